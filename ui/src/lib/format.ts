/**
 * How numbers, durations and times are written, everywhere in the product.
 * A quantity is a list of parts so that a page can set the unit in a fainter
 * ink; `text` writes the same as plain text.
 */

export interface Part {
  value: string;
  unit: string;
}
export type Quantity = Part[];

const NBSP = '\u00a0';
const THIN = '\u2009';

/** What stands for a value that is not known. */
export const UNKNOWN: Quantity = [{ value: '–', unit: '' }];

const one = (value: string, unit = ''): Quantity => [{ value, unit }];

/** Plain text: a no-break space before each unit. */
export function text(q: Quantity): string {
  return q.map((p) => (p.unit ? p.value + NBSP + p.unit : p.value)).join(NBSP);
}

const round3 = (x: number) => Number(x.toPrecision(3));

/** Three significant digits of 1 <= x < 1000, trailing zeros kept. */
function digits3(x: number): string {
  return x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2);
}

const pad2 = (n: number) => String(n).padStart(2, '0');

/** A duration in ns: 840 µs, 1.92 ms, 3.12 s, 3 m 04 s, 2 h 05 m, 6 d. */
export function duration(ns: number): Quantity {
  if (!Number.isFinite(ns)) return UNKNOWN;
  if (ns < 0) return duration(-ns).map((p, i) => (i ? p : { ...p, value: '−' + p.value }));
  if (ns === 0) return one('0');
  if (ns < 999.5) return one(String(Math.max(1, Math.round(ns))), 'ns');
  for (const [scale, unit] of [
    [1e3, 'µs'],
    [1e6, 'ms'],
  ] as const) {
    const v = round3(ns / scale);
    if (v < 1000) return one(digits3(v), unit);
  }
  const s = round3(ns / 1e9);
  if (s < 60) return one(digits3(s), 's');
  const seconds = Math.round(ns / 1e9);
  if (seconds < 3600)
    return [
      { value: String(Math.floor(seconds / 60)), unit: 'm' },
      { value: pad2(seconds % 60), unit: 's' },
    ];
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60)
    return [
      { value: String(Math.floor(minutes / 60)), unit: 'h' },
      { value: pad2(minutes % 60), unit: 'm' },
    ];
  return one(String(Math.round(minutes / 1440)), 'd');
}

/** A tick of a duration axis: as duration, without zeros at the end. */
export function durationTick(ns: number): string {
  const q = duration(ns);
  return text(
    q.map((p) => ({ ...p, value: p.value.includes('.') ? p.value.replace(/\.?0+$/, '') : p.value })),
  );
}

/** A rate per second: 0.42 /s, 38.4 /s, 1.84 k/s; below 0.1 /s by the minute or hour. */
export function rate(perSecond: number): Quantity {
  if (!Number.isFinite(perSecond)) return UNKNOWN;
  if (perSecond <= 0) return one('0');
  if (perSecond < 0.1) {
    const perMinute = perSecond * 60;
    if (perMinute >= 1) return one(short(perMinute), '/min');
    return one(short(perSecond * 3600), '/h');
  }
  if (perSecond < 0.995) return one(perSecond.toFixed(2), '/s');
  return scaled(perSecond, ['/s', 'k/s', 'M/s', 'G/s']);
}

/** Two significant digits, no zeros at the end: 2, 3.5. */
function short(x: number): string {
  if (x < 0.01) return '< 0.01';
  return String(Number(x.toPrecision(2)));
}

function scaled(x: number, units: readonly string[]): Quantity {
  let v = x;
  for (let i = 0; ; i++) {
    const r = round3(v);
    if (r < 1000 || i === units.length - 1) return one(digits3(r), units[i]);
    v /= 1000;
  }
}

/** A share from 0 to 1: 0, < 0.01 %, 0.31 %, 3.1 %, 61 %; 100 % only when all. */
export function share(x: number): Quantity {
  if (!Number.isFinite(x)) return UNKNOWN;
  if (x <= 0) return one('0');
  if (x >= 1) return one('100', '%');
  const p = x * 100;
  if (p < 0.01) return one('< 0.01', '%');
  if (p < 0.995) return one(p.toFixed(2), '%');
  if (p < 9.95) return one(p.toFixed(1), '%');
  if (p < 99.5) return one(p.toFixed(0), '%');
  if (p < 99.995) return one((Math.floor(p * 100) / 100).toFixed(2), '%');
  return one('> 99.99', '%');
}

/** A count: 4 101 (thin space), then 138 k, 2.31 M. */
export function count(n: number): Quantity {
  if (!Number.isFinite(n)) return UNKNOWN;
  if (Math.abs(n) <= 99_999) return one(grouped(n));
  return scaled(n / 1000, ['k', 'M', 'G', 'T']);
}

/** The whole number, digits grouped by a thin space. */
export function grouped(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, THIN);
}

/** Bytes, decimal: 64.8 GB. */
export function bytes(n: number): Quantity {
  if (!Number.isFinite(n)) return UNKNOWN;
  if (n === 0) return one('0');
  if (n < 1000) return one(String(Math.round(n)), 'B');
  return scaled(n / 1000, ['kB', 'MB', 'GB', 'TB', 'PB']);
}

/** Apdex: two digits. */
export function apdex(x: number): Quantity {
  return Number.isFinite(x) ? one(x.toFixed(2)) : UNKNOWN;
}

/** An age in ms: now, 4 m, 5 h, 6 d. */
export function age(ms: number): Quantity {
  if (!Number.isFinite(ms)) return UNKNOWN;
  if (ms < 60_000) return one('now');
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return one(String(minutes), 'm');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return one(String(hours), 'h');
  return one(String(Math.floor(hours / 24)), 'd');
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface Fields {
  year: number;
  month: number;
  day: number;
  hours: number;
  minutes: number;
  seconds: number;
  millis: number;
}

function fields(ms: number, utc: boolean): Fields {
  const d = new Date(ms);
  return utc
    ? {
        year: d.getUTCFullYear(),
        month: d.getUTCMonth(),
        day: d.getUTCDate(),
        hours: d.getUTCHours(),
        minutes: d.getUTCMinutes(),
        seconds: d.getUTCSeconds(),
        millis: d.getUTCMilliseconds(),
      }
    : {
        year: d.getFullYear(),
        month: d.getMonth(),
        day: d.getDate(),
        hours: d.getHours(),
        minutes: d.getMinutes(),
        seconds: d.getSeconds(),
        millis: d.getMilliseconds(),
      };
}

/** How exactly a time of day is written. */
export type Precision = 'minute' | 'second' | 'milli';

/** The time of day of Unix ms: 14:58:41.207. */
export function clock(ms: number, utc: boolean, precision: Precision = 'minute'): string {
  const f = fields(ms, utc);
  let out = `${pad2(f.hours)}:${pad2(f.minutes)}`;
  if (precision !== 'minute') out += `:${pad2(f.seconds)}`;
  if (precision === 'milli') out += `.${String(f.millis).padStart(3, '0')}`;
  return out;
}

/** The day of Unix ms: 21 Nov, with the year when it is not now's. */
export function day(ms: number, now: number, utc: boolean): string {
  const f = fields(ms, utc);
  const n = fields(now, utc);
  const out = `${f.day}${NBSP}${MONTHS[f.month]}`;
  return f.year === n.year ? out : `${out}${NBSP}${f.year}`;
}

/** The time of day, the day before it when it is not today. */
export function moment(ms: number, now: number, utc: boolean, precision: Precision = 'minute'): string {
  const f = fields(ms, utc);
  const n = fields(now, utc);
  const today = f.year === n.year && f.month === n.month && f.day === n.day;
  const c = clock(ms, utc, precision);
  return today ? c : `${day(ms, now, utc)} ${c}`;
}

/** The exact time for a title: local time, zone and UTC. */
export function exact(ms: number): string {
  const d = new Date(ms);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const local = `${fields(ms, false).day} ${MONTHS[d.getMonth()]} ${d.getFullYear()} ${clock(ms, false, 'milli')}`;
  return `${local} ${zone}, ${d.toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}

/** A number of things with its noun: 1 span, 4 101 spans. */
export function plural(n: number, singular: string, many = singular + 's'): string {
  return `${text(count(n))}${NBSP}${n === 1 ? singular : many}`;
}
