/**
 * A search as a row of chips. The server knows the language; here a query is
 * only cut into its top-level terms, each kept exactly as typed.
 */

export interface Term {
  /** As typed. */
  text: string;
  /** With a leading `-`. */
  excluded: boolean;
  /** The key before the colon, `@` included; empty for free text, groups and operators. */
  key: string;
  /** What follows the colon, as typed. */
  value: string;
  /** AND, OR, NOT. */
  operator: boolean;
}

/** Cuts a query at spaces outside quotes, parentheses and brackets. */
export function split(q: string): string[] {
  const out: string[] = [];
  let term = '';
  let quoted = false;
  let depth = 0;
  for (let i = 0; i < q.length; i++) {
    const c = q[i];
    if (quoted && c === '\\' && i + 1 < q.length) {
      term += c + q[++i];
      continue;
    }
    if (c === '"') quoted = !quoted;
    else if (!quoted && (c === '(' || c === '[')) depth++;
    else if (!quoted && (c === ')' || c === ']')) depth = Math.max(0, depth - 1);
    // A space after a comparison belongs to its term: `duration:> 20ms`.
    if (!quoted && depth === 0 && /\s/.test(c)) {
      if (/:[<>]=?$/.test(term)) continue;
      if (term) out.push(term);
      term = '';
    } else term += c;
  }
  if (term) out.push(term);
  return out;
}

/** Reads one term. */
export function term(typed: string): Term {
  const operator = typed === 'AND' || typed === 'OR' || typed === 'NOT';
  const excluded = typed.length > 1 && typed.startsWith('-');
  const body = excluded ? typed.slice(1) : typed;
  const m = /^(@?[^\s:()"]+):([\s\S]*)$/.exec(body);
  if (operator || !m) return { text: typed, excluded, key: '', value: body, operator };
  return { text: typed, excluded, key: m[1], value: m[2], operator };
}

/** The terms of a query. */
export const terms = (q: string): Term[] => split(q).map(term);

/** Writes a value so that it is one term: quoted when it has to be. */
export function quote(value: string): string {
  if (value !== '' && /^[^\s"()[\]:*?\\,<>]+$/.test(value) && !value.startsWith('-')) return value;
  return '"' + value.replace(/\\/g, '\\\\').replace(/"/g, '\\"') + '"';
}

/** A value without its quotes. */
export function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  return value.slice(1, -1).replace(/\\(.)/g, '$1');
}

/** `key:value` as one term. */
export const is = (key: string, value: string) => `${key}:${quote(value)}`;

/** Whether the query has this very term, excluded or not. */
export function has(q: string, key: string, value: string): 'in' | 'out' | undefined {
  for (const t of terms(q)) {
    if (t.key !== key || unquote(t.value) !== value) continue;
    return t.excluded ? 'out' : 'in';
  }
  return undefined;
}

const join = (parts: string[]) => parts.join(' ');

/** Appends a term. */
export function add(q: string, t: string): string {
  return join([...split(q), t]);
}

/** Without the n-th term. */
export function remove(q: string, n: number): string {
  return join(split(q).filter((_, i) => i !== n));
}

/** With the n-th term as `t`; without it when `t` is blank. */
export function replace(q: string, n: number, t: string): string {
  return join(split(q).flatMap((old, i) => (i === n ? split(t) : [old])));
}

/** Without every term on a key. */
export function without(q: string, key: string): string {
  return join(
    terms(q)
      .filter((t) => t.key !== key)
      .map((t) => t.text),
  );
}

/** The term if it is missing, none if it is there; `out` asks for its exclusion. */
export function toggle(q: string, key: string, value: string, out = false): string {
  const wanted = out ? 'out' : 'in';
  const was = has(q, key, value);
  const rest = terms(q)
    .filter((t) => !(t.key === key && unquote(t.value) === value))
    .map((t) => t.text);
  return was === wanted ? join(rest) : join([...rest, (out ? '-' : '') + is(key, value)]);
}

/** Only this value of its key. */
export const only = (q: string, key: string, value: string) => add(without(q, key), is(key, value));

/** A range of numbers on a key: `@cart.items:>=6 @cart.items:<=20`. */
export function rangeTerms(key: string, min: number | undefined, max: number | undefined): string {
  const out: string[] = [];
  if (min !== undefined) out.push(`${key}:>=${min}`);
  if (max !== undefined) out.push(`${key}:<=${max}`);
  return out.join(' ');
}

/** What is being typed: a key, or a value of a key. */
export interface Typing {
  excluded: boolean;
  key: string;
  value: string | undefined;
}

/** What completion should offer for the term being typed. */
export function typing(draft: string): Typing {
  const excluded = draft.startsWith('-');
  const body = excluded ? draft.slice(1) : draft;
  const m = /^(@?[^\s:()"]+):([\s\S]*)$/.exec(body);
  return m
    ? { excluded, key: m[1], value: m[2].replace(/^"/, '') }
    : { excluded, key: body, value: undefined };
}

/** The key of a facet as a term's key: intrinsic names as they are. */
export const INTRINSIC = [
  'service',
  'name',
  'resource',
  'type',
  'status',
  'kind',
  'duration',
  'env',
  'version',
  'host',
  'trace_id',
  'span_id',
] as const;
