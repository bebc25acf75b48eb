package api

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"sync"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

// memory is the plainest Store: it looks at every span for every question.
type memory struct {
	mu    sync.Mutex
	spans []span.Span
	asked int // questions answered
}

func (m *memory) Append(_ context.Context, spans []span.Span) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.spans = append(m.spans, spans...)
	return nil
}

func (m *memory) matching(r store.Range) []span.Span {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	var out []span.Span
	for i := range m.spans {
		s := &m.spans[i]
		if r.From <= s.Start && s.Start < r.To && query.Match(r.Where, s) {
			out = append(out, *s)
		}
	}
	return out
}

func (m *memory) Trace(_ context.Context, id span.TraceID) ([]span.Span, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []span.Span
	for _, s := range m.spans {
		if s.TraceID == id {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b span.Span) int { return cmp.Compare(a.Start, b.Start) })
	return out, nil
}

func (m *memory) List(ctx context.Context, q store.List) iter.Seq2[span.Span, error] {
	found := m.matching(q.Range)
	slices.SortStableFunc(found, func(a, b span.Span) int {
		switch q.Order {
		case store.Oldest:
			return cmp.Compare(a.Start, b.Start)
		case store.Slowest:
			return cmp.Compare(b.Duration, a.Duration)
		case store.Failing:
			return cmp.Or(cmp.Compare(b.Error, a.Error), cmp.Compare(b.Start, a.Start))
		}
		return cmp.Compare(b.Start, a.Start)
	})
	if q.Limit == 0 {
		q.Limit = 50
	}
	found = found[min(q.Offset, len(found)):]
	found = found[:min(q.Limit, len(found))]
	return func(yield func(span.Span, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(span.Span{}, err)
			return
		}
		for _, s := range found {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func (m *memory) Group(ctx context.Context, q store.Group) (store.Groups, error) {
	if err := ctx.Err(); err != nil {
		return store.Groups{}, err
	}
	found := m.matching(q.Range)
	groups := map[string]*store.GroupCount{}
	out := store.Groups{Scanned: int64(len(found))}
	for i := range found {
		s := &found[i]
		if q.WithoutChild != nil && slices.ContainsFunc(m.spans, func(c span.Span) bool {
			return c.TraceID == s.TraceID && c.ParentID == s.ID && query.Match(q.WithoutChild, &c)
		}) {
			continue
		}
		keys := make([]string, len(q.By))
		for j, f := range q.By {
			keys[j] = query.StringValue(f, s)
		}
		g := groups[strings.Join(keys, "\x00")]
		if g == nil {
			g = &store.GroupCount{Keys: keys}
			if q.TimeBuckets > 0 {
				g.Buckets = make([]store.Count, q.TimeBuckets)
			}
			if q.Latency {
				g.Latency = &store.Histogram{}
				g.LatencyBuckets = make([]*store.Histogram, q.TimeBuckets)
			}
			groups[strings.Join(keys, "\x00")] = g
		}
		counts := []*store.Count{&out.Total, &g.Count}
		if q.Latency {
			g.Latency.Add(s.Duration)
		}
		if q.TimeBuckets > 0 {
			b := int((s.Start - q.From) * int64(q.TimeBuckets) / (q.To - q.From))
			counts = append(counts, &g.Buckets[b])
			if q.Latency {
				if g.LatencyBuckets[b] == nil {
					g.LatencyBuckets[b] = &store.Histogram{}
				}
				g.LatencyBuckets[b].Add(s.Duration)
			}
		}
		for _, c := range counts {
			c.Spans++
			c.Errors += int64(s.Error)
			c.Duration += s.Duration
		}
	}
	for _, g := range groups {
		out.Groups = append(out.Groups, *g)
	}
	slices.SortFunc(out.Groups, func(a, b store.GroupCount) int {
		return cmp.Or(cmp.Compare(b.Spans, a.Spans), slices.Compare(a.Keys, b.Keys))
	})
	out.Distinct = len(out.Groups)
	if q.Limit == 0 {
		q.Limit = 10_000
	}
	out.Groups = out.Groups[:min(q.Limit, len(out.Groups))]
	return out, nil
}

func (m *memory) Facets(ctx context.Context, q store.Facets) (store.FacetCounts, error) {
	all, err := m.Group(ctx, store.Group{Range: q.Range})
	out := store.FacetCounts{Spans: all.Total.Spans, Errors: all.Total.Errors}
	for _, f := range q.Fields {
		groups, _ := m.Group(ctx, store.Group{Range: q.Range, By: []query.Field{f}, Limit: q.Limit})
		facet := store.Facet{Field: f, Distinct: groups.Distinct}
		for _, g := range groups.Groups {
			facet.Values = append(facet.Values, store.FacetValue{Value: g.Keys[0], Spans: g.Spans, Errors: g.Errors})
		}
		out.Facets = append(out.Facets, facet)
	}
	return out, err
}

func (m *memory) Keys(_ context.Context, r store.Range) ([]store.Key, error) {
	counts := map[store.Key]int64{}
	for _, s := range m.matching(r) {
		for _, t := range s.Tags {
			counts[store.Key{Field: query.Field{Name: t.Key, Tag: true}}]++
		}
		for _, t := range s.Metrics {
			counts[store.Key{Field: query.Field{Name: t.Key, Tag: true}, Number: true}]++
		}
	}
	var out []store.Key
	for k, n := range counts {
		k.Spans = n
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b store.Key) int {
		return cmp.Or(cmp.Compare(b.Spans, a.Spans), cmp.Compare(a.Field.Name, b.Field.Name))
	})
	return out, nil
}

func (m *memory) Usage() store.Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := store.Usage{Spans: int64(len(m.spans)), Bytes: 100 * int64(len(m.spans)), Retention: 14 * 86400e9}
	for _, s := range m.spans {
		if u.Oldest == 0 || s.Start < u.Oldest {
			u.Oldest = s.Start
		}
		u.Newest = max(u.Newest, s.Start)
	}
	if u.Spans > 0 {
		u.BytesPerDay = []store.DayUsage{{Day: u.Oldest / 86400e9 * 86400e9, Bytes: u.Bytes, Spans: u.Spans}}
	}
	return u
}

func (m *memory) Close() error { return nil }
