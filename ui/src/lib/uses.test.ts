import { expect, test } from 'vitest';
import type { MigratingService, Use } from '../api/types';
import { places, shortFile, stateWords } from './uses';

const use = (more: Partial<Use>): Use => ({
  service: 'web',
  env: 'prod',
  version: '1',
  change: 'span-set-tag-str',
  name: 'Span.set_tag_str',
  file: '/srv/app/views.py',
  line: 3,
  function: 'f',
  count: 2,
  first: 10,
  last: 20,
  what: 'removed',
  why: '',
  instead: '',
  blocking: true,
  recent: false,
  ...more,
});

test('a place is one row, whatever versions and environments it ran in', () => {
  const rows = places([
    use({}),
    use({ version: '2', count: 5, first: 5, last: 30, recent: true }),
    use({ env: '', last: 1 }),
    use({ line: 4 }),
    use({ service: 'worker' }),
  ]);
  expect(rows.map((r) => [r.service, r.line, r.count])).toEqual([
    ['web', 3, 9],
    ['web', 4, 2],
    ['worker', 3, 2],
  ]);
  expect(rows[0]).toMatchObject({ first: 5, last: 30, recent: true, envs: ['prod'], versions: ['1', '2'] });
});

test('states in words', () => {
  const words = (state: MigratingService['state'], blocking = 0) =>
    stateWords({ state, blocking } as MigratingService);
  expect(words('uses', 1)).toBe('1\u00a0use left');
  expect(words('uses', 3)).toBe('3\u00a0uses left');
  expect([words('safe'), words('watching'), words('off')]).toEqual([
    'Safe for v4',
    'No use so far',
    'Bridge off',
  ]);
});

test('a file keeps the end that tells it from others', () => {
  expect(shortFile('/srv/app/shop/views.py')).toBe('…/app/shop/views.py');
  expect(shortFile('/srv/app/views.py')).toBe('/srv/app/views.py');
  expect(shortFile('views.py')).toBe('views.py');
});
