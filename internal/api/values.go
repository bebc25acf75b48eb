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
	groups, err := s.Store.Group(r.Context(), store.Group{Range: where, By: []query.Field{p.key.field}, Limit: limit + 1})
	if err != nil {
		return nil, err
	}
	out := []valueAnswer{}
	distinct := groups.Distinct
	for _, g := range groups.Groups {
		if g.Keys[0] == "" {
			distinct-- // the spans without it
			continue
		}
		if len(out) < limit {
			out = append(out, valueAnswer{g.Keys[0], g.Spans})
		}
	}
	return map[string]any{"values": out, "distinct": distinct}, nil
}

// escapeGlob makes * and ? stand for themselves.
func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(s)
}
