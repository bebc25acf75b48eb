import { expect, test } from 'vitest';
import { LATENCY, axisFor, decades, linearTicks, position, valueAt } from './logaxis';

test('a decade is as wide everywhere; outside stands at the edge', () => {
  expect(position(LATENCY, 1e6)).toBe(0);
  expect(position(LATENCY, 10e6)).toBeCloseTo(0.25);
  expect(position(LATENCY, 100e6)).toBeCloseTo(0.5);
  expect(position(LATENCY, 10e9)).toBe(1);
  expect(position(LATENCY, 5)).toBe(0);
  expect(position(LATENCY, 1e12)).toBe(1);
  expect(position(LATENCY, NaN)).toBe(0);
});

test('valueAt is the inverse of position', () => {
  for (const ns of [1e6, 3e6, 42e6, 9e9]) expect(valueAt(LATENCY, position(LATENCY, ns))).toBeCloseTo(ns, -1);
});

test('values under the common axis get one of their own', () => {
  expect(axisFor([5e6, 2e9])).toBe(LATENCY);
  expect(axisFor([])).toBe(LATENCY);
  expect(axisFor([0, 75_700, 2e5])).toEqual({ min: 1e4, max: 1e8 });
  expect(axisFor([75_700, 3e9])).toEqual({ min: 1e4, max: 1e10 });
});

test('decades', () => {
  expect(decades(LATENCY)).toEqual([1e6, 1e7, 1e8, 1e9, 1e10]);
  expect(decades({ min: 2e6, max: 5e7 })).toEqual([1e7]);
});

test('linear ticks are round', () => {
  expect(linearTicks(0, 4.18e9, 5)).toEqual([0, 1e9, 2e9, 3e9, 4e9]);
  expect(linearTicks(5, 5, 4)).toEqual([5]);
});
