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
		all, err := s.Store.Group(r.Context(), store.Group{Range: where})
		if err != nil {
			return nil, err
		}
		for _, name := range []string{query.Service, query.Resource, query.Name, query.Status, query.Duration, query.Type, query.Kind, query.Env, query.Version, query.Host} {
			if !strings.HasPrefix(name, p.prefix) || all.Total.Spans == 0 {
				continue
			}
			spans := all.Total.Spans
			f := query.Field{Name: name}
			if f.TagKey() != "" { // kept in a tag, which a span may lack
				having, err := s.Store.Group(r.Context(), store.Group{Range: withTerm(where, exists(f))})
				if err != nil {
					return nil, err
				}
				spans = having.Total.Spans
			}
			if spans > 0 {
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
