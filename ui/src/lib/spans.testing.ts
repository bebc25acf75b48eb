import type { TraceSpan } from '../api/types';

/** A span for tests: id, parent, offset and duration, the rest plain. */
export function span(
  id: string,
  parent: string,
  offset: number,
  duration: number,
  more: Partial<TraceSpan> = {},
): TraceSpan {
  return {
    span_id: id,
    parent_id: parent,
    offset,
    duration,
    own: duration,
    service: 'web',
    identity: { slot: 0, mark: 'solid' },
    inferred: false,
    name: 'op',
    resource: id,
    type: 'web',
    kind: '',
    error: false,
    unfinished: false,
    ...more,
  };
}
