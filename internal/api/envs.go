package api

import (
	"net/http"

	"hoofprint/internal/query"
	"hoofprint/internal/store"
)

type envAnswer struct {
	Name  string `json:"name"`
	Spans int64  `json:"spans"`
}

func (s *server) envs(r *http.Request, p *params) (any, error) {
	groups, err := s.Store.Group(r.Context(), store.Group{
		Range: store.Range{From: p.from, To: p.to},
		By:    []query.Field{{Name: query.Env}},
	})
	if err != nil {
		return nil, err
	}
	out := []envAnswer{}
	for _, g := range groups.Groups {
		if g.Keys[0] != "" {
			out = append(out, envAnswer{g.Keys[0], g.Spans})
		}
	}
	return map[string]any{"envs": out}, nil
}
