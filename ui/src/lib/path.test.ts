import { expect, test } from 'vitest';
import { criticalPath, onPath, ownParts } from './path';
import { span } from './spans.testing';
import { build } from './tree';

const steps = (spans: Parameters<typeof build>[0]) =>
  criticalPath(build(spans)).map((s) => [s.node.id, s.from, s.to] as const);

test('own time is what no child covers', () => {
  const t = build([
    span('a', '', 0, 100),
    span('b', 'a', 10, 20),
    span('c', 'a', 20, 30),
    span('d', 'a', 90, 50),
  ]);
  expect(ownParts(t.nodes[0])).toEqual([
    [0, 10],
    [50, 90],
  ]);
  expect(ownParts(t.nodes[1])).toEqual([[10, 30]]);
});

test('one after the other: all of it is on the path', () => {
  expect(steps([span('a', '', 0, 100), span('b', 'a', 10, 20), span('c', 'a', 40, 50)])).toEqual([
    ['a', 0, 10],
    ['b', 10, 30],
    ['a', 30, 40],
    ['c', 40, 90],
    ['a', 90, 100],
  ]);
});

test('side by side: the one that ends last holds up the whole', () => {
  expect(steps([span('a', '', 0, 100), span('b', 'a', 10, 60), span('c', 'a', 10, 80)])).toEqual([
    ['a', 0, 10],
    ['c', 10, 90],
    ['a', 90, 100],
  ]);
});

test('overlapping: the earlier one counts up to where the later one begins', () => {
  expect(steps([span('a', '', 0, 100), span('b', 'a', 0, 60), span('c', 'a', 50, 50)])).toEqual([
    ['b', 0, 50],
    ['c', 50, 100],
  ]);
});

test('a task that runs on after its parent was not waited for', () => {
  expect(steps([span('a', '', 0, 100), span('b', 'a', 50, 500)])).toEqual([['a', 0, 100]]);
});

test('a child that ends a little late by another clock was', () => {
  expect(steps([span('a', '', 0, 100), span('b', 'a', 10, 92)])).toEqual([
    ['a', 0, 10],
    ['b', 10, 100],
  ]);
});

test('the path covers the root without gap or overlap', () => {
  const spans = [span('r', '', 0, 1000)];
  let seed = 1;
  const rnd = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let i = 0; i < 300; i++) {
    const parent = spans[Math.floor(rnd() * spans.length)];
    const at = parent.offset + rnd() * parent.duration;
    spans.push(span('s' + i, parent.span_id, at, rnd() * (parent.offset + parent.duration - at)));
  }
  const path = criticalPath(build(spans));
  expect(path[0].from).toBe(0);
  expect(path.at(-1)?.to).toBe(1000);
  for (let i = 1; i < path.length; i++) expect(path[i].from).toBeCloseTo(path[i - 1].to, 9);
});

test('the share of a group is that of its members', () => {
  const kids = [0, 1, 2, 3].map((i) => span('k' + i, 'a', i * 10, 10, { resource: 'q' }));
  const t = build([span('a', '', 0, 50), ...kids]);
  expect(onPath(criticalPath(t), t.byId.get('gk0')!)).toBe(40);
});
