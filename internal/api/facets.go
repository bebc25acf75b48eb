package api

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

type facetAnswer struct {
	Key      string       `json:"key"`
	Distinct int          `json:"distinct"`
	Numeric  bool         `json:"numeric"`
	Values   []facetValue `json:"values"`
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
	out := make([]facetAnswer, 0, len(columns))
	for _, c := range columns {
		f, err := s.facet(r.Context(), p, c, numbers[c.field])
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return map[string]any{"facets": out}, nil
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

func (s *server) facet(ctx context.Context, p *params, c column, numeric bool) (facetAnswer, error) {
	limit := min(p.limitOr(facetLimit), maxFacetLimit)
	ask := store.Group{Range: p.sel.narrow(p.within(without(p.search, c.field))), By: []query.Field{c.field}}
	if !numeric {
		ask.Limit = limit + 1 // spans without the field may take one
	}
	groups, err := s.Store.Group(ctx, ask)
	if err != nil {
		return facetAnswer{}, err
	}
	out := facetAnswer{Key: c.name, Distinct: groups.Distinct, Numeric: numeric, Values: []facetValue{}}
	if numeric {
		out.Values, out.Distinct = ranges(groups.Groups, limit)
		if groups.Distinct > len(groups.Groups) {
			out.Distinct = groups.Distinct
			err = s.recount(ctx, ask.Range, c.field, out.Values)
		}
		return out, err
	}
	for _, g := range groups.Groups {
		if g.Keys[0] == "" {
			out.Distinct-- // the spans without it are no value
			continue
		}
		if len(out.Values) < limit {
			out.Values = append(out.Values, facetValue{Value: g.Keys[0], Spans: g.Spans, Errors: g.Errors})
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
func ranges(groups []store.GroupCount, limit int) (out []facetValue, distinct int) {
	type number struct {
		value float64
		count store.Count
	}
	var numbers []number
	var total int64
	for _, g := range groups {
		if v, err := strconv.ParseFloat(g.Keys[0], 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
			numbers = append(numbers, number{v, g.Count})
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
