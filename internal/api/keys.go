package api

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"hoofprint/internal/query"
	"hoofprint/internal/store"
)

type keyAnswer struct {
	Key     string `json:"key"`
	Spans   int64  `json:"spans"`
	Numeric bool   `json:"numeric"`
}

func (s *server) keys(r *http.Request, p *params) (any, error) {
	where := p.searched()
	out := []keyAnswer{}
	if !strings.HasPrefix(p.prefix, "@") {
		// Those kept in tags, which a span may lack.
		kept := []query.Field{{Name: query.Kind}, {Name: query.Env}, {Name: query.Version}, {Name: query.Host}}
		all, err := s.Store.Facets(r.Context(), store.Facets{Range: where, Fields: kept})
		if err != nil {
			return nil, err
		}
		lacking := map[string]int64{}
		for _, f := range all.Facets {
			for _, v := range f.Values {
				if v.Value == "" {
					lacking[f.Field.Name] = v.Spans
				}
			}
		}
		for _, name := range []string{query.Service, query.Resource, query.Name, query.Status, query.Duration, query.Type, query.Kind, query.Env, query.Version, query.Host} {
			spans := all.Spans - lacking[name]
			if strings.HasPrefix(name, p.prefix) && spans > 0 {
				out = append(out, keyAnswer{name, spans, name == query.Duration})
			}
		}
	}
	tags, err := s.Store.Keys(r.Context(), where)
	if err != nil {
		return nil, err
	}
	prefix := strings.TrimPrefix(p.prefix, "@")
	var listed []keyAnswer
	for _, k := range tags {
		if strings.HasPrefix(k.Field.Name, prefix) {
			listed = append(listed, keyAnswer{"@" + k.Field.Name, k.Spans, k.Number})
		}
	}
	// What the tracer keeps for itself comes last.
	slices.SortStableFunc(listed, func(a, b keyAnswer) int {
		return cmp.Or(cmp.Compare(own(a.Key), own(b.Key)), cmp.Compare(b.Spans, a.Spans), cmp.Compare(a.Key, b.Key))
	})
	distinct := len(out) + len(listed)
	out = append(out, listed[:min(len(listed), maxKeysListed)]...)
	return map[string]any{"keys": out, "distinct": distinct}, nil
}

func own(key string) int {
	if strings.HasPrefix(key, "@_") {
		return 1
	}
	return 0
}

func withTerm(r store.Range, term query.Expr) store.Range {
	r.Where = and(r.Where, term)
	return r
}
