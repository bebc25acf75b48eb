import { expect, test } from 'vitest';
import { span } from './spans.testing';
import { build, shownFor } from './tree';
import { criticalPath } from './path';
import { label, rowSteps, unfinished } from './waterfall';

test('steps inside a fold join on the row that stands for them', () => {
  const t = build([
    span('a', '', 0, 100),
    span('b', 'a', 10, 80),
    span('c', 'b', 20, 30),
    span('d', 'b', 60, 20),
  ]);
  const path = criticalPath(t);
  const folded = new Set(['b']);
  const order = new Map([
    ['a', 0],
    ['b', 1],
  ]);
  expect(rowSteps(path, (n) => order.get(shownFor(n, folded).id))).toEqual([
    { row: 0, from: 0, to: 10 },
    { row: 1, from: 10, to: 90 },
    { row: 0, from: 90, to: 100 },
  ]);
});

test('what stands beside a bar', () => {
  const same = [0, 1, 2, 3].map((i) => span('s' + i, 'a', i, 1, { resource: 'q', type: 'sql' }));
  const t = build([span('a', '', 0, 3e6), ...same, span('x', 'gone', 0, 1)]);
  expect(label(t.byId.get('a')!)).toBe('3.00\u00a0ms');
  expect(label(t.byId.get('gs0')!)).toBe('4 times the same statement');
  expect(label(t.byId.get('mgone')!)).toBe('parent not received');
});

test('an end that is missing is explained as far as it is known', () => {
  expect(unfinished(undefined)).toBe('not finished');
  expect(unfinished({})).toBe('still running');
  expect(unfinished({ '_hoofprint.unfinished': 1 })).toBe('ended with its process');
});
