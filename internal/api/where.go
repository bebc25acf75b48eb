package api

import (
	"math"
	"strconv"

	"hoofprint/internal/query"
	"hoofprint/internal/store"
)

func failed() query.Expr { return equals(query.Field{Name: query.Status}, "error") }

func tagField(key string) query.Field { return query.Field{Name: key, Tag: true} }

func equals(f query.Field, value string) query.Expr {
	c := query.Compare{Field: f, Op: query.Eq, Value: value}
	if n, err := strconv.ParseFloat(value, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
		c.Number, c.IsNumber = n, true
	}
	return c
}

func exists(f query.Field) query.Expr { return query.Compare{Field: f, Op: query.Exists} }

// and joins conditions; nil ones hold always.
func and(terms ...query.Expr) query.Expr {
	var out query.And
	for _, t := range terms {
		switch t := t.(type) {
		case nil:
		case query.And:
			out = append(out, t...)
		default:
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// within is the range asked for with its environment and more conditions.
func (p *params) within(more ...query.Expr) store.Range {
	terms := more
	if p.env != "" {
		terms = append([]query.Expr{equals(query.Field{Name: query.Env}, p.env)}, more...)
	}
	return store.Range{From: p.from, To: p.to, Where: and(terms...)}
}

// searched is the range with the search, and the selection if there is one.
func (p *params) searched(more ...query.Expr) store.Range {
	return p.sel.narrow(p.within(append([]query.Expr{p.search}, more...)...))
}

// narrow cuts a range down to the brush; a nil selection leaves it.
func (sel *selection) narrow(r store.Range) store.Range {
	if sel == nil {
		return r
	}
	duration := query.Field{Name: query.Duration}
	r.From, r.To = max(r.From, sel.x0), min(r.To, sel.x1)
	r.To = max(r.To, r.From)
	r.Where = and(r.Where,
		query.Compare{Field: duration, Op: query.Ge, Number: float64(sel.y0), IsNumber: true},
		query.Compare{Field: duration, Op: query.Lt, Number: float64(sel.y1), IsNumber: true})
	return r
}

// without drops the terms of a search that look at a field, so that its facet
// shows what else there is. Only terms that all spans must meet are dropped, and
// whole alternatives on the one field; a mixed one stays.
func without(x query.Expr, f query.Field) query.Expr {
	and, isAnd := x.(query.And)
	if !isAnd {
		if onlyAbout(x, f) {
			return nil
		}
		return x
	}
	var out query.And
	for _, term := range and {
		if !onlyAbout(term, f) {
			out = append(out, term)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func onlyAbout(x query.Expr, f query.Field) bool {
	all := func(terms []query.Expr) bool {
		for _, t := range terms {
			if !onlyAbout(t, f) {
				return false
			}
		}
		return len(terms) > 0
	}
	switch x := x.(type) {
	case query.Compare:
		return x.Field == f
	case query.Not:
		return onlyAbout(x.X, f)
	case query.And:
		return all(x)
	case query.Or:
		return all(x)
	}
	return false
}
