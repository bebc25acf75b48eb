/** The address is the state of a page: parse reads it, format writes it, defaults are left out. */

import { DEFAULT_FROM, DEFAULT_TO } from './time';

export type PageName = 'services' | 'service' | 'traces' | 'trace' | 'migration' | 'missing';

/** A brush: time in Unix ms, duration in ns. */
export type Brush = readonly [x0: number, x1: number, y0: number, y1: number];

export interface Address {
  page: PageName;
  /** The service of a service page, the trace id of a trace page. */
  subject: string;
  env: string;
  from: string;
  to: string;
  q: string;
  sort: string;
  cols: string[];
  sel: Brush | undefined;
  span: string;
  tab: string;
  mode: string;
  /** Rows whose fold differs from what they start as. */
  fold: string[];
  utc: boolean;
  /** What the migration page is narrowed to, and its time without a use. */
  service: string;
  change: string;
  days: string;
}

export const EMPTY: Address = {
  page: 'services',
  subject: '',
  env: '',
  from: DEFAULT_FROM,
  to: DEFAULT_TO,
  q: '',
  sort: '',
  cols: [],
  sel: undefined,
  span: '',
  tab: '',
  mode: '',
  fold: [],
  utc: false,
  service: '',
  change: '',
  days: '',
};

function path(pathname: string): Pick<Address, 'page' | 'subject'> {
  const parts = pathname.split('/').filter(Boolean).map(decode);
  if (parts.length === 0) return { page: 'services', subject: '' };
  if (parts.length === 1 && parts[0] === 'services') return { page: 'services', subject: '' };
  if (parts.length === 2 && parts[0] === 'services') return { page: 'service', subject: parts[1] };
  if (parts.length === 1 && parts[0] === 'traces') return { page: 'traces', subject: '' };
  if (parts.length === 2 && parts[0] === 'trace') return { page: 'trace', subject: parts[1].toLowerCase() };
  if (parts.length === 1 && parts[0] === 'migration') return { page: 'migration', subject: '' };
  return { page: 'missing', subject: pathname };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const list = (value: string | null) => (value ? value.split(',').filter(Boolean) : []);

function brush(value: string | null): Brush | undefined {
  if (!value) return undefined;
  const n = value.split(',').map(Number);
  if (n.length !== 4 || n.some((x) => !Number.isFinite(x))) return undefined;
  if (n[0] >= n[1] || n[2] >= n[3]) return undefined;
  return [n[0], n[1], n[2], n[3]];
}

/** Reads a path and its query; what is wrong falls back to its default. */
export function parse(pathname: string, search: string): Address {
  const p = new URLSearchParams(search);
  return {
    ...path(pathname),
    env: p.get('env') ?? '',
    from: p.get('from') || DEFAULT_FROM,
    to: p.get('to') || DEFAULT_TO,
    q: p.get('q') ?? '',
    sort: p.get('sort') ?? '',
    cols: list(p.get('cols')),
    sel: brush(p.get('sel')),
    span: p.get('span') ?? '',
    tab: p.get('tab') ?? '',
    mode: p.get('mode') ?? '',
    fold: list(p.get('fold')),
    utc: p.get('utc') === '1',
    service: p.get('service') ?? '',
    change: p.get('change') ?? '',
    days: p.get('days') ?? '',
  };
}

function pathOf(a: Address): string {
  switch (a.page) {
    case 'services':
      return '/services';
    case 'service':
      return '/services/' + encodeURIComponent(a.subject);
    case 'traces':
      return '/traces';
    case 'trace':
      return '/trace/' + encodeURIComponent(a.subject);
    case 'migration':
      return '/migration';
    case 'missing':
      return a.subject;
  }
}

/** Escapes as a browser would, so that an address stays readable and compares equal to location. */
const readable = (v: string) =>
  encodeURIComponent(v)
    .replace(/%(3A|2C|40|2F)/g, (m) => decodeURIComponent(m))
    .replace(/'/g, '%27');

/** Writes an address; parse reads the same back. */
export function format(a: Address): string {
  const out: string[] = [];
  const put = (key: string, value: string, fallback = '') => {
    if (value !== fallback) out.push(`${key}=${readable(value)}`);
  };
  put('env', a.env);
  put('from', a.from, DEFAULT_FROM);
  put('to', a.to, DEFAULT_TO);
  put('q', a.q);
  put('sort', a.sort);
  put('cols', a.cols.join(','));
  put('sel', a.sel ? a.sel.map((n) => Math.round(n)).join(',') : '');
  put('span', a.span);
  put('tab', a.tab);
  put('mode', a.mode);
  put('fold', a.fold.join(','));
  put('utc', a.utc ? '1' : '');
  put('service', a.service);
  put('change', a.change);
  put('days', a.days);
  return pathOf(a) + (out.length ? '?' + out.join('&') : '');
}

/** The address of another page: environment, time and zone come along, the rest is its own. */
export function link(from: Address, to: Partial<Address>): Address {
  return { ...EMPTY, env: from.env, from: from.from, to: from.to, utc: from.utc, ...to };
}
