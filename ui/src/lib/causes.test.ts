import { expect, test } from 'vitest';
import { causes } from './causes';
import { span } from './spans.testing';

const failed = (id: string, parent: string, type = '', message = '') =>
  span(id, parent, 0, 1, { error: true, tags: type ? { 'error.type': type, 'error.message': message } : {} });

test('a failed span over a failed one is a consequence, with sound spans between as well', () => {
  expect(causes([failed('a', ''), span('b', 'a', 0, 1), failed('c', 'b', 'E', 'm')])).toBe(1);
});

test('one exception recorded by several spans is one cause', () => {
  const spans = [failed('a', ''), failed('b', 'a', 'E', 'm'), failed('c', 'a', 'E', 'm')];
  expect(causes(spans)).toBe(1);
  expect(causes([...spans, failed('d', 'a', 'E', 'other')])).toBe(2);
});

test('failed spans that name no error are causes of their own', () => {
  expect(causes([span('a', '', 0, 1), failed('b', 'a'), failed('c', 'a')])).toBe(2);
  expect(causes([span('a', '', 0, 1)])).toBe(0);
});

test('a span that is its own ancestor ends the walk', () => {
  expect(causes([failed('a', 'b'), failed('b', 'a')])).toBe(0);
});
