import { expect, test } from 'vitest';
import { forecast } from './forecast';

const DAY = 86400e3;
const now = 100 * DAY;
const days = (bytes: number[]) => bytes.map((b, i) => ({ day: now - (bytes.length - i) * DAY, bytes: b }));

test('under three whole days there is no forecast', () => {
  expect(forecast(days([10, 10]), 20, 100, now)).toBeUndefined();
  const withToday = [...days([10, 10]), { day: now - DAY / 2, bytes: 500 }];
  expect(forecast(withToday, 520, 1000, now)).toBeUndefined();
});

test('equal days reach the limit without a spread', () => {
  expect(forecast(days([10, 10, 10, 10]), 40, 100, now)).toEqual({ perDay: 10, spread: 0, daysLeft: 6 });
});

test('uneven days have one', () => {
  const f = forecast(days([5, 10, 15]), 30, 100, now);
  expect(f?.perDay).toBe(10);
  expect(f?.spread).toBeCloseTo(5 / Math.sqrt(3));
});

test('no limit, or one already reached, has no date', () => {
  expect(forecast(days([1, 1, 1]), 3, 0, now)?.daysLeft).toBeUndefined();
  expect(forecast(days([1, 1, 1]), 30, 20, now)?.daysLeft).toBeUndefined();
});
