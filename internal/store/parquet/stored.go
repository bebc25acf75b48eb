package parquet

import (
	"context"
	"math"

	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

// Stored tells of each span whether one with its trace, id and start is stored.
// It looks at each part once, however many spans are asked for: after a kill
// thousands of short traces may have come twice.
func (s *Store) Stored(ctx context.Context, spans []span.Span) ([]bool, error) {
	found := make([]bool, len(spans))
	type identity struct {
		trace span.TraceID
		id    uint64
		start int64
	}
	asked := make(map[identity]int, len(spans))
	again := make(map[int]int) // a span that is asked for twice, and where first
	traces := make(map[span.TraceID]bool)
	r := store.Range{From: math.MaxInt64, To: math.MinInt64}
	for i := range spans {
		a := &spans[i]
		key := identity{a.TraceID, a.ID, a.Start}
		if first, ok := asked[key]; ok {
			again[i] = first
			continue
		}
		asked[key] = i
		traces[a.TraceID] = true
		r.From, r.To = min(r.From, a.Start), max(r.To, a.Start)
	}
	parts, release, err := s.acquire(r)
	if err != nil {
		return nil, err
	}
	defer release()
	for _, p := range parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if oldest, newest := p.times(); newest < r.From || oldest > r.To || !mayHoldAny(p, traces) {
			continue
		}
		rows, stored, err := identitiesOf(p, traces)
		forget(p)
		if err != nil {
			if s.skip(p, err) {
				continue
			}
			return nil, err
		}
		for k := range rows {
			if i, ok := asked[identity{stored[k].TraceID, stored[k].ID, stored[k].Start}]; ok {
				found[i] = true
			}
		}
	}
	for i, first := range again {
		found[i] = found[first]
	}
	return found, nil
}

func mayHoldAny(p part, traces map[span.TraceID]bool) bool {
	f, ok := p.(mayHold)
	if !ok {
		return true
	}
	for id := range traces {
		if f.mayHoldTrace(id) {
			return true
		}
	}
	return false
}

// identitiesOf gives the rows of traces, with trace id, span id and start filled.
func identitiesOf(p part, traces map[span.TraceID]bool) ([]int, []span.Span, error) {
	get := func(at int) column {
		name, _ := requiredColumn(at)
		return p.column(intrinsic(name))
	}
	traceID, spanID, start := get(atTraceID), get(atSpanID), get(atStart)
	if traceID == nil || spanID == nil || start == nil {
		return nil, nil, nil // only in an empty part
	}
	hits := newBitmap(p.rows())
	err := scan(traceID, matcher{traceID: func(id span.TraceID) bool { return traces[id] }}, fullBitmap(p.rows()), hits)
	if err != nil {
		return nil, nil, err
	}
	rows := hits.rows()
	out := make([]span.Span, len(rows))
	for _, fill := range []struct {
		from column
		take func(k int, v *vec, i int)
	}{
		{traceID, func(k int, v *vec, i int) { out[k].TraceID = v.traceID(i) }},
		{spanID, func(k int, v *vec, i int) { out[k].ID = uint64(v.integer(i)) }},
		{start, func(k int, v *vec, i int) { out[k].Start = v.integer(i) }},
	} {
		if err := gather(fill.from, rows, fill.take); err != nil {
			return nil, nil, err
		}
	}
	return rows, out, nil
}
