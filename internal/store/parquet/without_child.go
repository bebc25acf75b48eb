package parquet

import (
	"context"
	"time"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

// childSlack is how far outside of the range children are looked for: they
// begin while their parent runs, on a machine whose clock may differ.
const childSlack = int64(time.Minute)

// withChildren widens a range to where the children of its spans lie.
func withChildren(r store.Range) store.Range {
	if r.From > childSlack {
		r.From -= childSlack
	}
	r.To = max(r.To, r.To+childSlack) // it may overflow
	return r
}

// childless selects the rows of each part that have no matching child. A span
// and its child mostly come at the same time and lie in one part; the parents
// of those that do not are remembered, so that memory is bounded by what
// straddles two parts.
func (s *Store) childless(ctx context.Context, parts []part, q store.Group) ([]bitmap, error) {
	selected := make([]bitmap, len(parts))
	elsewhere := make(map[uint64]bool)
	near := withChildren(q.Range)
	near.Where = q.WithoutChild
	for i, p := range parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := withoutOwnChildren(p, q.Range, near, &selected[i], elsewhere)
		forget(p)
		if err != nil && !s.skip(p, err) {
			return nil, err
		}
	}
	if len(elsewhere) == 0 {
		return selected, nil
	}
	for i, p := range parts {
		if selected[i] == nil {
			continue
		}
		ids, rows, err := identities(p, selected[i], query.SpanID)
		forget(p)
		if err != nil {
			if s.skip(p, err) {
				selected[i] = nil
				continue
			}
			return nil, err
		}
		for k, id := range ids {
			if elsewhere[id] {
				selected[i].unset(rows[k])
			}
		}
	}
	return selected, nil
}

// withoutOwnChildren selects the rows without a child in their part, and adds
// the parents of the children of other parts.
func withoutOwnChildren(p part, r, near store.Range, selected *bitmap, elsewhere map[uint64]bool) error {
	hits, err := selectRows(p, r)
	if err != nil {
		return err
	}
	children, err := selectRows(p, near)
	if err != nil {
		return err
	}
	parents := make(map[uint64]bool)
	if children != nil {
		ids, _, err := identities(p, children, query.ParentID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			parents[id] = false
		}
	}
	if hits != nil && len(parents) > 0 {
		ids, rows, err := identities(p, hits, query.SpanID)
		if err != nil {
			return err
		}
		for k, id := range ids {
			if _, ok := parents[id]; ok {
				parents[id] = true
				hits.unset(rows[k])
			}
		}
	}
	for id, found := range parents {
		if !found {
			elsewhere[id] = true
		}
	}
	*selected = hits
	return nil
}

// identities gives a hash of trace id and span or parent id of each row.
func identities(p part, hits bitmap, field string) (ids []uint64, rows []int, err error) {
	rows = hits.rows()
	ids = make([]uint64, len(rows))
	traces := make([]span.TraceID, len(rows))
	if err := gather(p.column(intrinsic(query.TraceID)), rows, func(k int, v *vec, i int) { traces[k] = v.traceID(i) }); err != nil {
		return nil, nil, err
	}
	err = gather(p.column(intrinsic(field)), rows, func(k int, v *vec, i int) { ids[k] = hashSpan(traces[k], uint64(v.integer(i)), 0) })
	return ids, rows, err
}
