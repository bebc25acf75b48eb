import { expect, test } from 'vitest';
import * as time from './time';

const now = 1_000_000_000_000;
const hour = 3600e3;

test('relative and fixed ends', () => {
  expect(time.parseRange('-1h', 'now', now)).toEqual({ from: now - hour, to: now, relative: true });
  expect(time.parseRange('999999000000', 'now', now)).toEqual({
    from: 999999000000,
    to: now,
    relative: false,
  });
});

test('what is wrong falls back to the last hour', () => {
  for (const [from, to] of [
    ['yesterday', 'now'],
    ['now', '-1h'],
    ['5', '5'],
    ['', ''],
  ])
    expect(time.parseRange(from, to, now)).toEqual({ from: now - hour, to: now, relative: true });
});

test('shifting never passes now and keeps the width', () => {
  const r = time.parseRange('-1h', 'now', now);
  const back = time.shift(r, -1, now);
  expect(back).toEqual({ from: String(now - 1.5 * hour), to: String(now - hour / 2) });
  expect(time.shift(time.parseRange(back.from, back.to, now), 1, now)).toEqual({
    from: String(now - hour),
    to: String(now),
  });
  expect(time.shift(r, 1, now).to).toBe(String(now));
});

test('a relative range stays relative when it widens', () => {
  expect(time.widen(time.parseRange('-1h', 'now', now), 2)).toEqual({ from: '-2h', to: 'now' });
  expect(time.widen(time.parseRange('-1h', 'now', now), 0.5)).toEqual({ from: '-30m', to: 'now' });
  const fixed = time.parseRange('1000', '3000', now);
  expect(time.widen(fixed, 2)).toEqual({ from: '0', to: '4000' });
});

test('widths as relative ends read back as the same width', () => {
  for (const width of [1e3, 45e3, 90e3, hour, 36 * hour, 7 * 24 * hour, 86400e3]) {
    const end = time.parseEnd(time.relativeEnd(width), now);
    expect(now - (end ?? NaN)).toBe(width);
  }
});

test('back to now keeps the width', () => {
  expect(time.backToNow(time.parseRange('1000', '901000', now))).toEqual({ from: '-15m', to: 'now' });
});

test('ticks start at the left edge and are no more than asked', () => {
  for (const width of [10e3, 17 * 60e3, hour, 24 * hour, 30 * 24 * hour]) {
    const ticks = time.timeTicks(now - width, now, 7);
    expect(ticks[0]).toBe(now - width);
    expect(ticks.length).toBeLessThanOrEqual(8);
    expect(ticks.length).toBeGreaterThan(1);
  }
});
