package storetest

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"
	"strings"
	"sync"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

// Reference is a Store without any cleverness: a slice and query.Match. Other
// stores are held to its answers.
type Reference struct {
	mu     sync.Mutex
	spans  []span.Span
	closed bool
}

var _ store.Store = (*Reference)(nil)

func clone(s *span.Span) span.Span {
	out := *s
	out.Tags = slices.Clone(s.Tags)
	out.Metrics = slices.Clone(s.Metrics)
	out.Structs = slices.Clone(s.Structs)
	out.Links = slices.Clone(s.Links)
	out.Events = slices.Clone(s.Events)
	slices.SortFunc(out.Tags, func(a, b span.Tag) int { return strings.Compare(a.Key, b.Key) })
	slices.SortFunc(out.Metrics, func(a, b span.Metric) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// Append implements store.Store.
func (r *Reference) Append(_ context.Context, spans []span.Span) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return store.ErrClosed
	}
	for i := range spans {
		s := &spans[i]
		if !slices.ContainsFunc(r.spans, func(o span.Span) bool { return o.TraceID == s.TraceID && o.ID == s.ID && o.Start == s.Start }) {
			r.spans = append(r.spans, clone(s))
		}
	}
	return nil
}

// Trace implements store.Store.
func (r *Reference) Trace(_ context.Context, id span.TraceID) ([]span.Span, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := []span.Span{}
	for i := range r.spans {
		if r.spans[i].TraceID == id {
			out = append(out, clone(&r.spans[i]))
		}
	}
	slices.SortStableFunc(out, func(a, b span.Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

func (r *Reference) matching(q store.Range) []span.Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []span.Span
	for i := range r.spans {
		s := &r.spans[i]
		if s.Start >= q.From && s.Start < q.To && query.Match(q.Where, s) {
			out = append(out, clone(s))
		}
	}
	return out
}

// List implements store.Store.
func (r *Reference) List(_ context.Context, q store.List) iter.Seq2[span.Span, error] {
	spans := r.matching(q.Range)
	slices.SortFunc(spans, func(a, b span.Span) int {
		newest := cmp.Compare(b.Start, a.Start)
		switch q.Order {
		case store.Oldest:
			newest = -newest
		case store.Slowest:
			newest = cmp.Compare(b.Duration, a.Duration)
		case store.Failing:
			newest = cmp.Or(cmp.Compare(b.Error, a.Error), newest)
		}
		return cmp.Or(newest, cmp.Compare(a.ID, b.ID))
	})
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 10_000)
	spans = spans[min(q.Offset, len(spans)):]
	spans = spans[:min(limit, len(spans))]
	return func(yield func(span.Span, error) bool) {
		for _, s := range spans {
			if q.Columns != nil {
				s = project(s, q.Columns)
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}

// project keeps the tags that fields or intrinsics live in.
func project(s span.Span, fields []query.Field) span.Span {
	keep := map[string]bool{span.KeyKind: true, span.KeyEnv: true, span.KeyVersion: true, span.KeyHostname: true}
	numbers := map[string]bool{}
	for _, f := range fields {
		if f.Tag {
			keep[f.Name], numbers[f.Name] = true, true
		}
	}
	s.Tags = slices.DeleteFunc(s.Tags, func(t span.Tag) bool { return !keep[t.Key] })
	s.Metrics = slices.DeleteFunc(s.Metrics, func(m span.Metric) bool { return !numbers[m.Key] })
	s.Structs, s.Links, s.Events = nil, nil, nil
	return s
}

// Group implements store.Store.
func (r *Reference) Group(_ context.Context, q store.Group) (store.Groups, error) {
	var out store.Groups
	index := map[string]int{}
	type identity struct {
		trace span.TraceID
		id    uint64
	}
	parents := map[identity]bool{}
	if q.WithoutChild != nil {
		for _, s := range r.matching(store.Range{From: math.MinInt64, To: math.MaxInt64, Where: q.WithoutChild}) {
			parents[identity{s.TraceID, s.ParentID}] = true
		}
	}
	for _, s := range r.matching(q.Range) {
		if parents[identity{s.TraceID, s.ID}] {
			continue
		}
		keys := make([]string, len(q.By))
		for i, f := range q.By {
			keys[i] = query.StringValue(f, &s)
		}
		joined := strings.Join(keys, "\x00")
		at, ok := index[joined]
		if !ok {
			at = len(out.Groups)
			index[joined] = at
			g := store.GroupCount{Keys: keys}
			if q.TimeBuckets > 0 {
				g.Buckets = make([]store.Count, q.TimeBuckets)
			}
			if q.Latency {
				g.Latency = new(store.Histogram)
				if q.TimeBuckets > 0 {
					g.LatencyBuckets = make([]*store.Histogram, q.TimeBuckets)
				}
			}
			out.Groups = append(out.Groups, g)
		}
		g := &out.Groups[at]
		add := func(c *store.Count) {
			c.Spans++
			c.Errors += int64(s.Error)
			c.Duration += s.Duration
		}
		add(&g.Count)
		add(&out.Total)
		if q.Latency {
			g.Latency.Add(s.Duration)
		}
		if q.TimeBuckets > 0 {
			b := int(float64(s.Start-q.From) / float64(q.To-q.From) * float64(q.TimeBuckets))
			add(&g.Buckets[b])
			if q.Latency {
				if g.LatencyBuckets[b] == nil {
					g.LatencyBuckets[b] = new(store.Histogram)
				}
				g.LatencyBuckets[b].Add(s.Duration)
			}
		}
	}
	slices.SortFunc(out.Groups, func(a, b store.GroupCount) int {
		return cmp.Or(cmp.Compare(b.Spans, a.Spans), slices.Compare(a.Keys, b.Keys))
	})
	out.Distinct = len(out.Groups)
	if q.Limit > 0 {
		out.Groups = out.Groups[:min(q.Limit, len(out.Groups))]
	}
	return out, nil
}

// Facets implements store.Store.
func (r *Reference) Facets(ctx context.Context, q store.Facets) (store.FacetCounts, error) {
	all, err := r.Group(ctx, store.Group{Range: q.Range})
	out := store.FacetCounts{Spans: all.Total.Spans, Errors: all.Total.Errors, Facets: make([]store.Facet, len(q.Fields))}
	for i, f := range q.Fields {
		var groups store.Groups
		if groups, err = r.Group(ctx, store.Group{Range: q.Range, By: []query.Field{f}, Limit: q.Limit}); err != nil {
			break
		}
		out.Facets[i] = store.Facet{Field: f, Distinct: groups.Distinct}
		for _, g := range groups.Groups {
			out.Facets[i].Values = append(out.Facets[i].Values, store.FacetValue{Value: g.Keys[0], Spans: g.Spans, Errors: g.Errors})
		}
	}
	return out, err
}

// Keys implements store.Store.
func (r *Reference) Keys(_ context.Context, q store.Range) ([]store.Key, error) {
	type id struct {
		name   string
		number bool
	}
	counts := map[id]int64{}
	for _, s := range r.matching(q) {
		for _, t := range s.Tags {
			counts[id{t.Key, false}]++
		}
		for _, m := range s.Metrics {
			counts[id{m.Key, true}]++
		}
	}
	var out []store.Key
	for k, n := range counts {
		out = append(out, store.Key{Field: query.Field{Name: k.name, Tag: true}, Spans: n, Number: k.number})
	}
	sortKeys(out)
	return out, nil
}

func sortKeys(keys []store.Key) {
	slices.SortFunc(keys, func(a, b store.Key) int {
		number := func(k store.Key) int {
			if k.Number {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(b.Spans, a.Spans), cmp.Compare(a.Field.Name, b.Field.Name), cmp.Compare(number(a), number(b)))
	})
}

// Usage implements store.Store.
func (r *Reference) Usage() store.Usage {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := store.Usage{Spans: int64(len(r.spans))}
	for i, s := range r.spans {
		if i == 0 || s.Start < u.Oldest {
			u.Oldest = s.Start
		}
		u.Newest = max(u.Newest, s.Start)
	}
	return u
}

// Close implements store.Store.
func (r *Reference) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return nil
}
