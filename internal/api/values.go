package api

import (
	"net/http"
	"strings"

	"hoofprint/internal/query"
	"hoofprint/internal/store"
)

type valueAnswer struct {
	Value string `json:"value"`
	Spans int64  `json:"spans"`
}

func (s *server) values(r *http.Request, p *params) (any, error) {
	if p.key == nil {
		return nil, badInput("values need a key: key=service or key=@http.method")
	}
	where := p.searched()
	if p.prefix != "" {
		where = withTerm(where, query.Compare{Field: p.key.field, Op: query.Glob, Value: escapeGlob(p.prefix) + "*"})
	}
	limit := min(p.limitOr(maxValuesListed), maxValuesListed)
	counts, err := s.Store.Facets(r.Context(), store.Facets{Range: where, Fields: []query.Field{p.key.field}})
	if err != nil {
		return nil, err
	}
	out := []valueAnswer{}
	facet := counts.Facets[0]
	distinct := facet.Distinct
	for _, v := range facet.Values {
		if v.Value == "" {
			distinct-- // the spans without it
			continue
		}
		if len(out) < limit {
			out = append(out, valueAnswer{v.Value, v.Spans})
		}
	}
	answer := map[string]any{"values": out, "distinct": distinct}
	if facet.Partial {
		answer["distinct_is_bound"] = true
	}
	return answer, nil
}

// escapeGlob makes * and ? stand for themselves.
func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(s)
}
