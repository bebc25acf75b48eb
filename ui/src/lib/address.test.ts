import { expect, test } from 'vitest';
import { EMPTY, format, link, parse, type Address } from './address';

const round = (a: Address) => {
  const [path, search = ''] = format(a).split(/\?(.*)/s);
  return parse(path, search ? '?' + search : '');
};

test('defaults are left out', () => {
  expect(format(EMPTY)).toBe('/services');
  expect(format({ ...EMPTY, page: 'traces' })).toBe('/traces');
});

test('every state reads back as itself', () => {
  const states: Partial<Address>[] = [
    { page: 'services', sort: '-p99' },
    { page: 'migration', env: 'prod', service: 'web a', change: 'pin', days: '14', sort: 'file' },
    { page: 'service', subject: 'a/b c?d#e' },
    {
      page: 'trace',
      subject: '6740c1e8000000004f1c09be77a2d310',
      span: '00ff',
      tab: 'tags',
      fold: ['a', 'gb'],
    },
    {
      page: 'traces',
      env: 'prod',
      from: '-15m',
      q: 'service:checkout -@user.tier:"tr & de" resource:"GET /a?b=c#d" duration:>20ms 100%',
      sel: [1e12, 1e12 + 5000, 1_000_000, 5_400_000_000],
      cols: ['@user.tier', '@cart.items'],
      mode: 'traces',
      sort: 'slowest',
      utc: true,
    },
    { page: 'traces', from: '1000', to: '2000' },
  ];
  for (const s of states) expect(round({ ...EMPTY, ...s })).toEqual({ ...EMPTY, ...s });
});

test('a search stays readable', () => {
  expect(format({ ...EMPTY, page: 'traces', q: 'service:web @a.b:c' })).toBe(
    '/traces?q=service:web%20@a.b:c',
  );
});

test('what is wrong falls back', () => {
  expect(parse('/traces', '?sel=1,2,3').sel).toBeUndefined();
  expect(parse('/traces', '?sel=2,1,3,4').sel).toBeUndefined();
  expect(parse('/traces', '?sel=a,b,c,d').sel).toBeUndefined();
  expect(parse('/elsewhere', '').page).toBe('missing');
  expect(parse('/services/%E0%A4%A', '').subject).toBe('%E0%A4%A');
  expect(parse('/', '').page).toBe('services');
});

test('a link carries environment, time and zone, nothing else', () => {
  const here = {
    ...EMPTY,
    page: 'traces' as const,
    env: 'prod',
    from: '-4h',
    q: 'x',
    sort: 'slowest',
    utc: true,
  };
  expect(link(here, { page: 'service', subject: 'web' })).toEqual({
    ...EMPTY,
    page: 'service',
    subject: 'web',
    env: 'prod',
    from: '-4h',
    utc: true,
  });
});
