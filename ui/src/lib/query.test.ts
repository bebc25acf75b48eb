import { expect, test } from 'vitest';
import * as q from './query';

test('terms are cut at spaces outside quotes and parentheses', () => {
  expect(q.split('service:a  "free text" resource:"POST /x y" (a OR b:"c d") @n:[1 TO 2]')).toEqual([
    'service:a',
    '"free text"',
    'resource:"POST /x y"',
    '(a OR b:"c d")',
    '@n:[1 TO 2]',
  ]);
  expect(q.split('a:"quote \\" inside" b')).toEqual(['a:"quote \\" inside"', 'b']);
  expect(q.split('duration:> 20ms x')).toEqual(['duration:>20ms', 'x']);
  expect(q.split('   ')).toEqual([]);
});

test('an open quote or parenthesis swallows the rest and loses nothing', () => {
  expect(q.split('a:"b c')).toEqual(['a:"b c']);
  expect(q.split('(a b')).toEqual(['(a b']);
  expect(q.split('a) b')).toEqual(['a)', 'b']);
});

test('a term knows its parts', () => {
  expect(q.term('-@user.tier:trade')).toMatchObject({ excluded: true, key: '@user.tier', value: 'trade' });
  expect(q.term('OR')).toMatchObject({ operator: true, key: '' });
  expect(q.term('word')).toMatchObject({ key: '', value: 'word', operator: false });
  expect(q.term('-')).toMatchObject({ excluded: false, value: '-' });
  expect(q.term('"a:b"')).toMatchObject({ key: '' });
});

test('a quoted value reads back', () => {
  for (const v of ['plain', 'two words', 'a"b', 'back\\slash', 'a:b', 'star*', '', '-x', '(y)', '>5'])
    expect(q.unquote(q.term(q.is('k', v)).value)).toBe(v);
  expect(q.is('k', 'plain')).toBe('k:plain');
  expect(q.is('k', 'star*')).toBe('k:"star*"');
});

test('toggling adds, takes away and turns round', () => {
  let s = q.toggle('free', 'service', 'web');
  expect(s).toBe('free service:web');
  s = q.toggle(s, 'service', 'web', true);
  expect(s).toBe('free -service:web');
  expect(q.has(s, 'service', 'web')).toBe('out');
  expect(q.toggle(s, 'service', 'web', true)).toBe('free');
});

test('only one value of its key', () => {
  expect(q.only('a:1 b:2 -a:3', 'a', '4')).toBe('b:2 a:4');
});

test('editing a term in place', () => {
  expect(q.replace('a:1 b:2 c:3', 1, 'b:5')).toBe('a:1 b:5 c:3');
  expect(q.replace('a:1 b:2', 0, '  ')).toBe('b:2');
  expect(q.remove('a:1 b:2', 1)).toBe('a:1');
});

test('what is being typed', () => {
  expect(q.typing('@us')).toEqual({ excluded: false, key: '@us', value: undefined });
  expect(q.typing('-@user.tier:"tr')).toEqual({ excluded: true, key: '@user.tier', value: 'tr' });
});

test('a numeric facet becomes two terms', () => {
  expect(q.rangeTerms('@n', 6, 20)).toBe('@n:>=6 @n:<=20');
  expect(q.rangeTerms('@n', undefined, 5)).toBe('@n:<=5');
});
