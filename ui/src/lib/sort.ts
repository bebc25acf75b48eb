/** Sorting by a column: `p99` in the column's own direction, `-p99` the other way. */

export type Direction = 'ascending' | 'descending';

export interface Column<T> {
  key: string;
  /** What is compared; text ascends by itself, numbers descend. */
  value: (row: T) => string | number;
}

/** Rows in the order asked; an unknown column leaves them as they are. */
export function sorted<T>(rows: readonly T[], columns: readonly Column<T>[], sort: string): T[] {
  const turned = sort.startsWith('-');
  const column = columns.find((c) => c.key === (turned ? sort.slice(1) : sort));
  if (!column) return [...rows];
  const sign = turned ? -1 : 1;
  return [...rows].sort((a, b) => {
    const x = column.value(a);
    const y = column.value(b);
    if (typeof x === 'string' || typeof y === 'string') return sign * String(x).localeCompare(String(y));
    return sign * (y - x);
  });
}

/** The sort after a click on a column head. */
export function clicked(sort: string, key: string): string {
  return sort === key ? '-' + key : key;
}

/** For aria-sort and the arrow beside the word. */
export function directionOf(sort: string, key: string, text = false): Direction | undefined {
  if (sort === key) return text ? 'ascending' : 'descending';
  if (sort === '-' + key) return text ? 'descending' : 'ascending';
  return undefined;
}
