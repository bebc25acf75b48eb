import { expect, test } from 'vitest';
import { clicked, directionOf, sorted } from './sort';

const rows = [
  { n: 'b', v: 1 },
  { n: 'a', v: 3 },
  { n: 'c', v: 2 },
];
const columns = [
  { key: 'n', value: (r: (typeof rows)[0]) => r.n },
  { key: 'v', value: (r: (typeof rows)[0]) => r.v },
];
const names = (sort: string) =>
  sorted(rows, columns, sort)
    .map((r) => r.n)
    .join('');

test('numbers descend, text ascends, a second click turns round', () => {
  expect(names('v')).toBe('acb');
  expect(names(clicked('v', 'v'))).toBe('bca');
  expect(names('n')).toBe('abc');
  expect(names('-n')).toBe('cba');
  expect(names('unknown')).toBe('bac');
});

test('the arrow says what the order is', () => {
  expect(directionOf('v', 'v')).toBe('descending');
  expect(directionOf('-v', 'v')).toBe('ascending');
  expect(directionOf('n', 'n', true)).toBe('ascending');
  expect(directionOf('n', 'v')).toBeUndefined();
});
