package identity

import (
	"context"
	"fmt"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

// CatchUp learns from what a store holds but the file did not: the last spans
// before a kill, or all when the file was lost (then services take their colours
// anew). It reads one count and two spans per service, environment and version.
func (r *Registry) CatchUp(ctx context.Context, s store.Store) error {
	usage := s.Usage()
	if usage.Spans == 0 {
		return nil
	}
	all := store.Range{From: usage.Oldest, To: usage.Newest + 1, Where: Entries()}
	r.mu.RLock()
	seen, saved := r.seen, r.saved
	r.mu.RUnlock()
	if seen && !saved.IsZero() {
		// A span of a clock that is ahead must not hide the last real ones.
		recent := min(usage.Newest, saved.UnixNano())
		all.From = max(all.From, recent-int64(10*freshness))
	}
	fields := []query.Field{{Name: query.Service}, {Name: query.Env}, {Name: query.Version}}
	groups, err := s.Group(ctx, store.Group{Range: all, By: fields})
	if err != nil {
		return fmt.Errorf("find the services of the stored spans: %w", err)
	}
	var ends []span.Span
	for _, g := range groups.Groups {
		where := query.And{Entries()}
		for i, f := range fields {
			same := query.Expr(query.Compare{Field: f, Op: query.Eq, Value: g.Keys[i]})
			if g.Keys[i] == "" {
				same = query.Not{X: query.Compare{Field: f, Op: query.Exists}}
			}
			where = append(where, same)
		}
		for _, order := range []store.Order{store.Oldest, store.Newest} {
			for found, err := range s.List(ctx, store.List{
				Range: store.Range{From: all.From, To: all.To, Where: where}, Order: order, Limit: 1,
			}) {
				if err != nil {
					return fmt.Errorf("find the first span of %s: %w", g.Keys[0], err)
				}
				ends = append(ends, found)
			}
		}
	}
	r.Observe(ends)
	r.mu.Lock()
	r.seen = true
	r.mu.Unlock()
	return nil
}
