import { expect, test } from 'vitest';
import { formatted, isSql, parts } from './sql';

const text = (sql: string) =>
  formatted(sql)
    .map((p) => p.text)
    .join('');

test('clauses stand on lines of their own, right-aligned', () => {
  expect(text('UPDATE stock SET a = a + %s WHERE sku = ANY(%s) AND wh = %s')).toBe(
    'UPDATE stock\n   SET a = a + %s\n WHERE sku = ANY(%s) AND wh = %s',
  );
  expect(text('select a, b from t left join u on t.x = u.x where a between 1 and 2 order by b')).toBe(
    'select a, b\n  from t\n  left join u on t.x = u.x\n where a between 1 and 2\n order by b',
  );
});

test('what is in parentheses or quotes stays where it is', () => {
  const sql = "SELECT (SELECT max(x) FROM u WHERE y = 'a FROM b') FROM t";
  expect(text(sql)).toBe("SELECT (SELECT max(x) FROM u WHERE y = 'a FROM b')\n  FROM t");
});

test('keywords and placeholders are told apart', () => {
  expect(
    parts('SELECT x FROM t WHERE a = $1 AND b = ? AND c = :name AND d = %(e)s')
      .filter((p) => p.kind === 'placeholder')
      .map((p) => p.text),
  ).toEqual(['$1', '?', ':name', '%(e)s']);
});

test('nothing is lost but white space, whatever comes', () => {
  for (const sql of [
    "'open",
    '"',
    '/* no end',
    '-- c\nSELECT',
    'é ☃ SELECT 1;;',
    '))) ((( ',
    'x'.repeat(30_000),
  ]) {
    expect(
      parts(sql)
        .map((p) => p.text)
        .join(''),
    ).toBe(sql);
    expect(text(sql).replace(/\s/g, '')).toBe(sql.replace(/\s/g, ''));
  }
});

test('a statement is known by its type or its first word', () => {
  expect(isSql('sql', 'anything')).toBe(true);
  expect(isSql('', ' select 1')).toBe(true);
  expect(isSql('web', 'GET /select')).toBe(false);
  expect(isSql('template', 'selection.html')).toBe(false);
});
