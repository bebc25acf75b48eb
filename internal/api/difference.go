package api

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"slices"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

type differenceAnswer struct {
	Selected int64           `json:"selected"`
	Others   int64           `json:"others"`
	Rows     []differenceRow `json:"rows"`
	SameKeys int             `json:"same_keys"`
}

type differenceRow struct {
	Key      string  `json:"key"`
	Value    string  `json:"value"`
	Selected float64 `json:"selected"`
	Others   float64 `json:"others"`
}

func (s *server) difference(r *http.Request, p *params) (any, error) {
	if p.sel == nil {
		return nil, badInput("a difference needs a selection: sel=x0,x1,y0,y1")
	}
	ctx := r.Context()
	all, err := s.Store.Group(ctx, store.Group{Range: p.within(p.search)})
	if err != nil {
		return nil, err
	}
	inside, err := s.Store.Group(ctx, store.Group{Range: p.searched()})
	if err != nil {
		return nil, err
	}
	selected := inside.Total.Spans
	out := differenceAnswer{Selected: selected, Others: max(all.Total.Spans-selected, 0), Rows: []differenceRow{}}
	columns, err := s.differenceKeys(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, c := range columns {
		rows, err := s.compare(ctx, p, c, out.Selected, out.Others)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			out.SameKeys++
		}
		out.Rows = append(out.Rows, rows...)
	}
	slices.SortStableFunc(out.Rows, func(a, b differenceRow) int {
		return cmp.Compare(math.Abs(b.Selected-b.Others), math.Abs(a.Selected-a.Others))
	})
	out.Rows = out.Rows[:min(len(out.Rows), maxDifferenceRows)]
	return out, nil
}

// differenceKeys are the intrinsics worth comparing and the most frequent tags.
func (s *server) differenceKeys(ctx context.Context, p *params) ([]column, error) {
	var out []column
	for _, name := range []string{query.Service, query.Resource, query.Name, query.Type, query.Kind, query.Status, query.Env, query.Version, query.Host} {
		out = append(out, column{name, query.Field{Name: name}})
	}
	keys, err := s.Store.Keys(ctx, p.within(p.search))
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if len(out) == maxDifferenceKeys {
			break
		}
		switch {
		case k.Field.Name == span.KeyErrorStack, !isTelling(k.Field.Name) && k.Field.Name != span.KeyErrorType:
		default:
			out = append(out, column{"@" + k.Field.Name, k.Field})
		}
	}
	return out, nil
}

// compare counts the values of one key inside and outside of the selection.
func (s *server) compare(ctx context.Context, p *params, c column, selected, others int64) ([]differenceRow, error) {
	by := []query.Field{c.field}
	all, err := s.Store.Group(ctx, store.Group{Range: p.within(p.search), By: by})
	if err != nil {
		return nil, err
	}
	inside, err := s.Store.Group(ctx, store.Group{Range: p.searched(), By: by})
	if err != nil {
		return nil, err
	}
	chosen := make(map[string]int64, len(inside.Groups))
	for _, g := range inside.Groups {
		chosen[g.Keys[0]] = g.Spans
	}
	var out []differenceRow
	for _, g := range all.Groups {
		value := g.Keys[0]
		if value == "" || g.Spans < minDifferenceSpans {
			continue
		}
		row := differenceRow{
			Key: c.name, Value: value,
			Selected: share(chosen[value], selected), Others: share(g.Spans-chosen[value], others),
		}
		if math.Abs(row.Selected-row.Others) >= minDifference {
			out = append(out, row)
		}
	}
	slices.SortStableFunc(out, func(a, b differenceRow) int {
		return cmp.Compare(math.Abs(b.Selected-b.Others), math.Abs(a.Selected-a.Others))
	})
	return out[:min(len(out), maxDifferenceValues)], nil
}
