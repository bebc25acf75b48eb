/** Time ranges as the address holds them: relative (`-1h`, `now`) or Unix ms. */

export interface Range {
  from: number;
  to: number;
  /** Both ends move with the clock. */
  relative: boolean;
}

export const DEFAULT_FROM = '-1h';
export const DEFAULT_TO = 'now';

const UNITS: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 };

/** The choices of the range picker. */
export const PRESETS = [
  { from: '-5m', label: 'Last 5 m' },
  { from: '-15m', label: 'Last 15 m' },
  { from: '-1h', label: 'Last 1 h' },
  { from: '-4h', label: 'Last 4 h' },
  { from: '-24h', label: 'Last 24 h' },
  { from: '-7d', label: 'Last 7 d' },
  { from: '-30d', label: 'Last 30 d' },
] as const;

const MIN_WIDTH = 1000;
const MAX_WIDTH = 365 * 86400e3;

/** One end as Unix ms; undefined when it is not one. */
export function parseEnd(value: string, now: number): number | undefined {
  if (value === 'now') return now;
  const relative = /^-(\d+(?:\.\d+)?)([smhdw])$/.exec(value);
  if (relative) return now - Number(relative[1]) * UNITS[relative[2]];
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  return undefined;
}

const isRelative = (value: string) => value === 'now' || value.startsWith('-');

/** Both ends; falls back to the default where one is wrong or they are the wrong way round. */
export function parseRange(from: string, to: string, now: number): Range {
  const a = parseEnd(from, now);
  const b = parseEnd(to, now);
  if (a === undefined || b === undefined || a >= b) return parseRange(DEFAULT_FROM, DEFAULT_TO, now);
  return { from: a, to: b, relative: isRelative(from) && isRelative(to) };
}

/** A width in ms as a relative end: 3600e3 gives -1h. */
export function relativeEnd(width: number): string {
  for (const unit of ['w', 'd', 'h', 'm'] as const) {
    const n = width / UNITS[unit];
    if (Number.isInteger(n) && !(unit === 'd' && n === 1) && unit !== 'w') return `-${n}${unit}`;
  }
  return `-${Math.max(1, Math.round(width / 1e3))}s`;
}

/** What an address holds for a range. */
export interface Ends {
  from: string;
  to: string;
}

/** Fixed ends. */
export function absolute(from: number, to: number): Ends {
  return { from: String(Math.round(from)), to: String(Math.round(to)) };
}

/** Earlier (-1) or later (1) by half the range, never past now. */
export function shift(r: Range, direction: -1 | 1, now: number): Ends {
  const width = r.to - r.from;
  const to = Math.min(now, r.to + (direction * width) / 2);
  return absolute(to - width, to);
}

/** Twice (2) or half (0.5) as wide; a relative range keeps its end at now. */
export function widen(r: Range, factor: number): Ends {
  const width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, (r.to - r.from) * factor));
  if (r.relative) return { from: relativeEnd(width), to: DEFAULT_TO };
  const middle = (r.from + r.to) / 2;
  return absolute(middle - width / 2, middle + width / 2);
}

/** The same width, ending now. */
export function backToNow(r: Range): Ends {
  return { from: relativeEnd(Math.round((r.to - r.from) / 1000) * 1000), to: DEFAULT_TO };
}

/** "Last 1 h" for a relative range, undefined for a fixed one. */
export function relativeLabel(from: string, to: string): string | undefined {
  if (to !== 'now') return undefined;
  const m = /^-(\d+(?:\.\d+)?)([smhdw])$/.exec(from);
  return m ? `Last ${m[1]}\u00a0${m[2]}` : undefined;
}

const TICK_STEPS = [
  1e3,
  2e3,
  5e3,
  10e3,
  15e3,
  30e3,
  60e3,
  120e3,
  300e3,
  600e3,
  900e3,
  1800e3,
  3600e3,
  2 * 3600e3,
  3 * 3600e3,
  6 * 3600e3,
  12 * 3600e3,
  86400e3,
  2 * 86400e3,
  7 * 86400e3,
  14 * 86400e3,
  30 * 86400e3,
];

/** Evenly spaced ticks from the left edge, at most `most`. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const width = to - from;
  const step = TICK_STEPS.find((s) => width / s <= most) ?? width / most;
  const ticks: number[] = [];
  for (let t = from; t <= to; t += step) ticks.push(t);
  return ticks;
}
