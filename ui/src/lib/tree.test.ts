import { expect, test } from 'vitest';
import { span } from './spans.testing';
import { build, extent, failed, isOpen, own, reveal, rows, shownFor, total } from './tree';

const none = new Set<string>();
const ids = (t: ReturnType<typeof build>, toggled: ReadonlySet<string> = none) =>
  rows(t, toggled).map((n) => n.id);

test('rows stand under their parents, in order of start', () => {
  const t = build([
    span('a', '', 0, 100),
    span('b', 'a', 10, 50),
    span('c', 'b', 20, 5),
    span('d', 'a', 70, 10),
  ]);
  expect(ids(t)).toEqual(['a', 'b', 'c', 'd']);
  expect(rows(t, none).map((n) => n.depth)).toEqual([0, 1, 2, 1]);
  expect(ids(t, new Set(['b']))).toEqual(['a', 'b', 'd']);
});

test('zeros are no parent', () => {
  const t = build([span('a', '0000000000000000', 0, 1), span('b', '0', 0, 1)]);
  expect(t.roots.map((r) => r.kind)).toEqual(['span', 'span']);
});

test('spans of one parent that never came stand under one row', () => {
  const t = build([span('a', '', 0, 100), span('x', 'gone', 5, 10), span('y', 'gone', 30, 10)]);
  expect(ids(t)).toEqual(['a', 'mgone', 'x', 'y']);
  const stand = t.byId.get('mgone');
  expect(stand?.kind).toBe('missing');
  expect(stand && extent(stand)).toEqual([5, 40]);
});

test('a cycle of parents ends, with every span in a row once', () => {
  const t = build([span('a', 'b', 0, 1), span('b', 'a', 0, 1), span('c', 'c', 0, 1)]);
  expect(
    ids(t)
      .filter((i) => !i.startsWith('m'))
      .sort(),
  ).toEqual(['a', 'b', 'c']);
});

test('equal siblings fold to one row and open on demand', () => {
  const same = Array.from({ length: 5 }, (_, i) =>
    span('s' + i, 'a', i * 10, 5, { resource: 'SELECT 1', own: 4, error: i === 3 }),
  );
  const t = build([span('a', '', 0, 100), ...same, span('z', 'a', 90, 5)]);
  expect(ids(t)).toEqual(['a', 'gs0', 'z']);
  const g = t.byId.get('gs0')!;
  expect(total(g)).toBe(25);
  expect(own(g)).toBe(20);
  expect(failed(g)).toBe(true);
  expect(isOpen(g, none)).toBe(false);
  expect(ids(t, new Set(['gs0']))).toEqual(['a', 'gs0', 's0', 's1', 's2', 's3', 's4', 'z']);
});

test('fewer than four equal siblings stay as they are', () => {
  const t = build([
    span('a', '', 0, 9),
    ...[1, 2, 3].map((i) => span('s' + i, 'a', i, 1, { resource: 'q' })),
  ]);
  expect(ids(t)).toEqual(['a', 's1', 's2', 's3']);
});

test('a hidden span is stood for by the outermost fold, and revealed through all of them', () => {
  const kids = [0, 1, 2, 3].map((i) => span('k' + i, 'b', i, 1, { resource: 'q' }));
  const t = build([span('a', '', 0, 50), span('b', 'a', 0, 50), ...kids]);
  const k2 = t.byId.get('k2')!;
  expect(shownFor(k2, none).id).toBe('gk0');
  expect(shownFor(k2, new Set(['b'])).id).toBe('b');
  const open = reveal(k2, new Set(['b']));
  expect(ids(t, open)).toContain('k2');
});

test('ten thousand spans, one deep chain, no recursion', () => {
  const chain = Array.from({ length: 10_000 }, (_, i) =>
    span('n' + i, i ? 'n' + (i - 1) : '', i, 10_000 - i),
  );
  const t = build(chain);
  expect(rows(t, none).length).toBe(10_000);
  expect(t.nodes.at(-1)?.depth).toBe(9999);
});
