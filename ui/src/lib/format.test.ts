import { expect, test } from 'vitest';
import * as f from './format';

const t = f.text;

test.each([
  [0, '0'],
  [640, '640 ns'],
  [999.4, '999 ns'],
  [1000, '1.00 µs'],
  [840e3, '840 µs'],
  [999_600, '1.00 ms'],
  [1.92e6, '1.92 ms'],
  [9.999e6, '10.0 ms'],
  [38e6, '38.0 ms'],
  [312e6, '312 ms'],
  [3.12e9, '3.12 s'],
  [42.1e9, '42.1 s'],
  [59.96e9, '1 m 00 s'],
  [184e9, '3 m 04 s'],
  [3599.7e9, '1 h 00 m'],
  [7500e9, '2 h 05 m'],
  [6 * 86400e9, '6 d'],
  [-1.5e6, '−1.50 ms'],
  [NaN, '–'],
])('duration %d is %s', (ns, written) => expect(t(f.duration(ns)).replace(/\u00a0/g, ' ')).toBe(written));

test.each([
  [1e9, '1 s'],
  [100e6, '100 ms'],
  [1.5e9, '1.5 s'],
  [20e6, '20 ms'],
])('tick %d is %s', (ns, written) => expect(f.durationTick(ns).replace(/\u00a0/g, ' ')).toBe(written));

test.each([
  [0, '0'],
  [0.42, '0.42 /s'],
  [0.999, '1.00 /s'],
  [38.4, '38.4 /s'],
  [412, '412 /s'],
  [1840, '1.84 k/s'],
  [2 / 3600, '2 /h'],
  [3 / 60, '3 /min'],
])('rate %d is %s', (r, written) => expect(t(f.rate(r)).replace(/\u00a0/g, ' ')).toBe(written));

test.each([
  [0, '0'],
  [0.00004, '< 0.01 %'],
  [0.0031, '0.31 %'],
  [0.031, '3.1 %'],
  [0.61, '61 %'],
  [0.9951, '99.51 %'],
  [0.999999, '> 99.99 %'],
  [1, '100 %'],
])('share %d is %s', (s, written) => expect(t(f.share(s)).replace(/\u00a0/g, ' ')).toBe(written));

test('a share is 100 % only when all', () => {
  for (let n = 1; n < 5000; n += 7) expect(t(f.share(n / (n + 1)))).not.toMatch(/^100\u00a0/);
});

test.each([
  [7, '7'],
  [4101, '4\u2009101'],
  [99_999, '99\u2009999'],
  [138_000, '138\u00a0k'],
  [2_310_000, '2.31\u00a0M'],
])('count %d is %s', (n, written) => expect(t(f.count(n))).toBe(written));

test('bytes are decimal', () => {
  expect(t(f.bytes(64.8e9))).toBe('64.8\u00a0GB');
  expect(t(f.bytes(2.9e9))).toBe('2.90\u00a0GB');
  expect(t(f.bytes(999_600))).toBe('1.00\u00a0MB');
  expect(t(f.bytes(512))).toBe('512\u00a0B');
});

test('ages', () => {
  expect([10e3, 4 * 60e3, 5 * 3600e3, 6 * 86400e3].map((ms) => t(f.age(ms)).replace('\u00a0', ' '))).toEqual([
    'now',
    '4 m',
    '5 h',
    '6 d',
  ]);
});

test('times add the day when it is not today', () => {
  const now = Date.UTC(2026, 10, 21, 15, 2);
  const at = Date.UTC(2026, 10, 21, 14, 58, 41, 207);
  expect(f.moment(at, now, true, 'milli')).toBe('14:58:41.207');
  expect(f.moment(at - 86400e3, now, true)).toBe('20\u00a0Nov 14:58');
  expect(f.moment(Date.UTC(2025, 0, 2), now, true)).toBe('2\u00a0Jan\u00a02025 00:00');
  expect(f.exact(at)).toMatch(/2026-11-21 14:58:41\.207 UTC$/);
});
