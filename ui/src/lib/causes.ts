/** How many things went wrong in a trace, rather than how many spans say so. */

import type { TraceSpan } from '../api/types';

/**
 * The distinct causes among failed spans. A failed span with a failed span
 * below it, at any depth, is a consequence; of the rest, those that carry the
 * same error type and message are one exception that was recorded on its way.
 */
export function causes(spans: readonly TraceSpan[]): number {
  const byId = new Map(spans.map((s) => [s.span_id, s]));
  const consequences = new Set<string>();
  for (const failed of spans) {
    if (!failed.error) continue;
    // Ends at an ancestor that was marked before: those above it are marked too. So does a ring of parents.
    let id = failed.parent_id;
    while (byId.has(id) && !consequences.has(id)) {
      consequences.add(id);
      id = byId.get(id)!.parent_id;
    }
  }
  const out = new Set<string>();
  for (const s of spans) {
    if (!s.error || consequences.has(s.span_id)) continue;
    const type = s.tags?.['error.type'];
    const message = s.tags?.['error.message'] ?? '';
    out.add(type ? `${type}\n${message}` : s.span_id);
  }
  return out.size;
}
