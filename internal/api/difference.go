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
	columns, err := s.differenceKeys(ctx, p)
	if err != nil {
		return nil, err
	}
	fields := make([]query.Field, len(columns))
	for i, c := range columns {
		fields[i] = c.field
	}
	all, err := s.Store.Facets(ctx, store.Facets{Range: p.within(p.search), Fields: fields})
	if err != nil {
		return nil, err
	}
	inside, err := s.Store.Facets(ctx, store.Facets{Range: p.searched(), Fields: fields})
	if err != nil {
		return nil, err
	}
	out := differenceAnswer{Selected: inside.Spans, Others: max(all.Spans-inside.Spans, 0), Rows: []differenceRow{}}
	for i, c := range columns {
		rows := compare(c, all.Facets[i], inside.Facets[i], out.Selected, out.Others)
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

// compare holds the values of one key inside the selection against the others.
func compare(c column, all, inside store.Facet, selected, others int64) []differenceRow {
	chosen := make(map[string]int64, len(inside.Values))
	for _, v := range inside.Values {
		chosen[v.Value] = v.Spans
	}
	var out []differenceRow
	for _, v := range all.Values {
		n, counted := chosen[v.Value]
		if v.Value == "" || v.Spans < minDifferenceSpans || !counted && (inside.Partial || inside.Distinct > len(inside.Values)) {
			continue
		}
		row := differenceRow{
			Key: c.name, Value: v.Value,
			Selected: share(n, selected), Others: share(v.Spans-n, others),
		}
		if math.Abs(row.Selected-row.Others) >= minDifference {
			out = append(out, row)
		}
	}
	slices.SortStableFunc(out, func(a, b differenceRow) int {
		return cmp.Compare(math.Abs(b.Selected-b.Others), math.Abs(a.Selected-a.Others))
	})
	return out[:min(len(out), maxDifferenceValues)]
}
