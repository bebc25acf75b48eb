/** SQL for reading: keywords bold, clauses on their own lines. A reader's aid, not a parser. */

export type SqlKind = 'keyword' | 'placeholder' | 'string' | 'plain';
export interface SqlPart {
  kind: SqlKind;
  text: string;
}

/** Statements longer than this stay as they are. */
const LONGEST = 20_000;

const KEYWORDS = new Set(
  (
    'SELECT FROM WHERE AND OR NOT NULL IS IN LIKE ILIKE BETWEEN EXISTS AS ON USING JOIN LEFT RIGHT INNER OUTER FULL CROSS ' +
    'GROUP ORDER BY HAVING LIMIT OFFSET UNION ALL DISTINCT INSERT INTO VALUES UPDATE SET DELETE RETURNING WITH ' +
    'RECURSIVE CASE WHEN THEN ELSE END ASC DESC CREATE TABLE INDEX UNIQUE DROP ALTER ADD COLUMN PRIMARY KEY FOREIGN ' +
    'REFERENCES DEFAULT IF BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE PRAGMA EXPLAIN ANALYZE CAST ANY OVER PARTITION ' +
    'FOR SHARE NOWAIT CONFLICT DO NOTHING REPLACE VIEW TRIGGER TEMPORARY TEMP VIRTUAL GLOB MATCH COLLATE'
  ).split(' '),
);

/** Keywords that begin a line. */
const CLAUSES = new Set(
  'FROM WHERE SET VALUES GROUP ORDER HAVING LIMIT OFFSET UNION RETURNING JOIN LEFT RIGHT INNER CROSS FULL AND OR ON'.split(
    ' ',
  ),
);
/** These stand a step further in. */
const INNER = new Set(['AND', 'OR', 'ON']);

const TOKEN =
  /(\s+)|('(?:[^']|'')*'?|"(?:[^"]|"")*"?|`[^`]*`?)|(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(%\(\w+\)s|%s|\$\d+|\?\d*|:[A-Za-z_]\w*)|([A-Za-z_][\w$]*)|([\s\S])/g;

/** Cuts a statement into parts, as it is. */
export function parts(sql: string): SqlPart[] {
  const out: SqlPart[] = [];
  const put = (kind: SqlKind, text: string) => {
    const last = out[out.length - 1];
    if (last && last.kind === kind && kind === 'plain') last.text += text;
    else out.push({ kind, text });
  };
  for (const m of sql.matchAll(TOKEN)) {
    if (m[2] !== undefined) put('string', m[2]);
    else if (m[4] !== undefined) put('placeholder', m[4]);
    else if (m[5] !== undefined && KEYWORDS.has(m[5].toUpperCase())) put('keyword', m[5]);
    else put('plain', m[0]);
  }
  return out;
}

/** Clauses end in this column, as SQL is often set by hand. */
const RIVER = 6;
/** More conditions than this stand on lines of their own. */
const FEW_CONDITIONS = 2;

/** The statement with a line for each clause; clauses inside parentheses stay where they are. */
export function formatted(sql: string): SqlPart[] {
  const trimmed = sql.trim();
  if (trimmed.length > LONGEST) return [{ kind: 'plain', text: trimmed }];
  const out: SqlPart[] = [];
  let depth = 0;
  let clause = '';
  let between = false;
  const many = (trimmed.match(/\b(and|or)\b/gi) ?? []).length > FEW_CONDITIONS;
  for (const part of parts(trimmed)) {
    if (part.kind === 'plain') {
      const t = part.text.replace(/\s+/g, ' ');
      for (const c of t) depth = c === '(' ? depth + 1 : c === ')' ? Math.max(0, depth - 1) : depth;
      out.push({ kind: 'plain', text: t });
      continue;
    }
    const word = part.text.toUpperCase();
    if (part.kind === 'keyword' && depth === 0) {
      const joined = word === 'JOIN' && ['LEFT', 'RIGHT', 'INNER', 'CROSS', 'FULL'].includes(clause);
      const ofBetween: boolean = word === 'AND' && between;
      const afterInsert = word === 'ON' && clause === 'VALUES';
      const inLine = INNER.has(word) && !afterInsert && (word === 'ON' || !many);
      if (
        CLAUSES.has(word) &&
        out.length &&
        !joined &&
        !ofBetween &&
        !inLine &&
        !(word === 'SET' && clause === 'ON')
      ) {
        const last = out[out.length - 1];
        if (last.kind === 'plain') last.text = last.text.trimEnd();
        out.push({ kind: 'plain', text: '\n' + ' '.repeat(Math.max(0, RIVER - word.length)) });
      }
      if (CLAUSES.has(word)) clause = word;
      between = word === 'BETWEEN' || (between && !ofBetween);
    }
    out.push(part);
  }
  return out.filter((p) => p.text !== '');
}

/** Whether a span's resource is a statement. */
export function isSql(type: string, resource: string): boolean {
  return (
    type === 'sql' ||
    /^\s*(select|insert|update|delete|with|create|drop|alter|begin|commit|rollback|savepoint|release|pragma)\b/i.test(
      resource,
    )
  );
}
