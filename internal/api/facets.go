package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

type facetAnswer struct {
	Key      string `json:"key"`
	Distinct int    `json:"distinct"`
	// DistinctIsBound says that there are more values than were counted.
	DistinctIsBound bool         `json:"distinct_is_bound,omitempty"`
	Numeric         bool         `json:"numeric"`
	Values          []facetValue `json:"values"`
}

type facetValue struct {
	Value  string   `json:"value"`
	Min    *float64 `json:"min,omitempty"`
	Max    *float64 `json:"max,omitempty"`
	Spans  int64    `json:"spans"`
	Errors int64    `json:"errors"`
}

func (s *server) facets(r *http.Request, p *params) (any, error) {
	columns := p.keys
	numbers, frequent, err := s.tagKeys(r.Context(), p)
	if err != nil {
		return nil, err
	}
	if columns == nil {
		for _, name := range []string{query.Status, query.Service, query.Resource, query.Env, query.Version, query.Host} {
			columns = append(columns, column{name, query.Field{Name: name}})
		}
		columns = append(columns, column{"@" + span.KeyErrorType, tagField(span.KeyErrorType)})
		columns = append(columns, frequent...)
	}
	out, err := s.countFacets(r.Context(), p, columns, numbers)
	if err != nil {
		return nil, err
	}
	return map[string]any{"facets": out}, nil
}

// countFacets counts all keys in one pass, but for those that the search has
// terms of: each facet ignores the terms on its own key.
func (s *server) countFacets(ctx context.Context, p *params, columns []column, numbers map[query.Field]bool) ([]facetAnswer, error) {
	out := make([]facetAnswer, len(columns))
	passes := map[string][]int{} // search -> columns
	for i, c := range columns {
		search := query.String(without(p.search, c.field))
		passes[search] = append(passes[search], i)
	}
	for _, pass := range passes {
		ask := store.Facets{Range: p.sel.narrow(p.within(without(p.search, columns[pass[0]].field)))}
		for _, i := range pass {
			ask.Fields = append(ask.Fields, columns[i].field)
		}
		counts, err := s.Store.Facets(ctx, ask)
		if err != nil {
			return nil, err
		}
		for k, i := range pass {
			if out[i], err = s.facet(ctx, p, ask.Range, columns[i], numbers[columns[i].field], counts.Facets[k]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// tagKeys says which tags are numbers, and which are the most frequent ones
// that a reader may want to see as a facet.
func (s *server) tagKeys(ctx context.Context, p *params) (numbers map[query.Field]bool, frequent []column, err error) {
	where := p.searched()
	if p.keys != nil {
		// A key that no match has is a number all the same.
		where = p.within()
	}
	keys, err := s.Store.Keys(ctx, where)
	if err != nil {
		return nil, nil, err
	}
	numbers = map[query.Field]bool{{Name: query.Duration}: true}
	for _, k := range keys {
		if k.Number {
			numbers[k.Field] = true
		}
		if len(frequent) < frequentTags && isTelling(k.Field.Name) {
			frequent = append(frequent, column{"@" + k.Field.Name, k.Field})
		}
	}
	return numbers, frequent, nil
}

// isTelling leaves out the tags that the tracer needs for itself, and those that
// other facets show or whose values hardly repeat.
func isTelling(key string) bool {
	switch key {
	case span.KeyEnv, span.KeyVersion, span.KeyKind, span.KeyRuntimeID, "language", "process_id", "thread.id",
		span.KeyErrorType, span.KeyErrorMessage, span.KeyErrorStack:
		return false
	}
	return !strings.HasPrefix(key, "_")
}

func (s *server) facet(ctx context.Context, p *params, where store.Range, c column, numeric bool, f store.Facet) (facetAnswer, error) {
	limit := min(p.limitOr(facetLimit), maxFacetLimit)
	out := facetAnswer{Key: c.name, Distinct: f.Distinct, DistinctIsBound: f.Partial, Numeric: numeric, Values: []facetValue{}}
	if numeric {
		var err error
		out.Values, out.Distinct = ranges(f.Values, limit)
		if f.Distinct > len(f.Values) || f.Partial {
			out.Distinct = f.Distinct
			err = s.recount(ctx, where, c.field, out.Values)
		}
		return out, err
	}
	for _, v := range f.Values {
		if v.Value == "" {
			out.Distinct-- // the spans without it are no value
			continue
		}
		if len(out.Values) < limit {
			out.Values = append(out.Values, facetValue{Value: v.Value, Spans: v.Spans, Errors: v.Errors})
		}
	}
	return out, nil
}

// recount makes ranges exact that were cut from the most frequent values only.
// They then touch each other; the first and the last are open.
func (s *server) recount(ctx context.Context, where store.Range, f query.Field, values []facetValue) error {
	for i := range values {
		v := &values[i]
		r := where
		if i > 0 {
			r = withTerm(r, query.Compare{Field: f, Op: query.Ge, Number: *v.Min, IsNumber: true})
		}
		if i < len(values)-1 {
			v.Max = values[i+1].Min
			r = withTerm(r, query.Compare{Field: f, Op: query.Lt, Number: *v.Max, IsNumber: true})
		} else {
			r = withTerm(r, exists(f))
		}
		groups, err := s.Store.Group(ctx, store.Group{Range: r})
		if err != nil {
			return err
		}
		v.Spans, v.Errors = groups.Total.Spans, groups.Total.Errors
	}
	return nil
}

// ranges cuts the values of a numeric key into at most limit ranges of about
// equally many spans. Both ends of a range belong to it.
func ranges(values []store.FacetValue, limit int) (out []facetValue, distinct int) {
	type number struct {
		value float64
		count store.FacetValue
	}
	var numbers []number
	var total int64
	for _, g := range values {
		if v, err := strconv.ParseFloat(g.Value, 64); err == nil && isFinite(v) {
			numbers = append(numbers, number{v, g})
			total += g.Spans
		}
	}
	slices.SortFunc(numbers, func(a, b number) int { return cmp.Compare(a.value, b.value) })
	out = []facetValue{}
	var open *facetValue
	var before int64 // spans in closed ranges
	for i, n := range numbers {
		if open == nil {
			low := n.value
			open = &facetValue{Min: &low}
		}
		high := n.value
		open.Max = &high
		open.Spans += n.count.Spans
		open.Errors += n.count.Errors
		full := (before+open.Spans)*int64(limit) >= total*int64(len(out)+1) && len(out) < limit-1
		if full || i == len(numbers)-1 {
			open.Value = rangeName(*open.Min, *open.Max)
			before += open.Spans
			out = append(out, *open)
			open = nil
		}
	}
	return out, len(numbers)
}

func rangeName(low, high float64) string {
	if low == high {
		return query.FormatNumber(low)
	}
	return query.FormatNumber(low) + " – " + query.FormatNumber(high)
}
