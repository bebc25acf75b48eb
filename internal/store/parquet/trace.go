package parquet

import (
	"cmp"
	"context"
	"math"
	"slices"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

// mayHold is implemented by parts with a filter of trace ids.
type mayHold interface{ mayHoldTrace(span.TraceID) bool }

// Trace implements store.Store.
func (s *Store) Trace(ctx context.Context, id span.TraceID) ([]span.Span, error) {
	parts, release, err := s.acquire(store.Range{From: math.MinInt64, To: math.MaxInt64})
	if err != nil {
		return nil, err
	}
	defer release()
	out := []span.Span{}
	for _, p := range parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if f, ok := p.(mayHold); ok && !f.mayHoldTrace(id) {
			continue
		}
		spans, err := traceRows(p, id)
		forget(p)
		if err != nil {
			if s.skip(p, err) {
				continue
			}
			return nil, err
		}
		out = append(out, spans...)
	}
	slices.SortStableFunc(out, func(a, b span.Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.ID, b.ID))
	})
	// A payload delivered twice may lie in two files.
	return slices.CompactFunc(out, func(a, b span.Span) bool { return a.ID == b.ID && a.Start == b.Start }), nil
}

func traceRows(p part, id span.TraceID) ([]span.Span, error) {
	c := p.column(intrinsic(query.TraceID))
	if c == nil {
		return nil, nil
	}
	hits := newBitmap(p.rows())
	err := scan(c, matcher{traceID: func(v span.TraceID) bool { return v == id }}, fullBitmap(p.rows()), hits)
	if err != nil {
		return nil, err
	}
	rows := hits.rows()
	if len(rows) == 0 {
		return nil, nil
	}
	spans := make([]span.Span, len(rows))
	to := make([]*span.Span, len(rows))
	for i := range spans {
		to[i] = &spans[i]
	}
	return spans, fill(p, rows, nil, to)
}
