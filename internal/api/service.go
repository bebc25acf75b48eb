package api

import (
	"cmp"
	"net/http"
	"slices"

	"hoofprint/internal/identity"
	"hoofprint/internal/query"
	"hoofprint/internal/store"
)

type resourceAnswer struct {
	Name           string  `json:"name"`
	Operation      string  `json:"operation"`
	Requests       int64   `json:"requests"`
	Errors         int64   `json:"errors"`
	Rate           float64 `json:"rate"`
	P50            int64   `json:"p50"`
	P95            int64   `json:"p95"`
	P99            int64   `json:"p99"`
	Duration       int64   `json:"duration"`
	RequestBuckets []int64 `json:"request_buckets"`
	ErrorBuckets   []int64 `json:"error_buckets"`
}

func (s *server) service(r *http.Request, p *params) (any, error) {
	name := r.PathValue("name")
	own := equals(query.Field{Name: query.Service}, name)
	services, err := s.countServices(r.Context(), p, own)
	if err != nil {
		return nil, err
	}
	if len(services) == 0 {
		known := s.identity(name)
		if known == nil {
			return nil, notFound("no request to a service named %s was ever seen; /api/v1/services lists those there are", name)
		}
		quiet := &serviceAnswer{
			Name: name, Identity: known, LastSeen: optional(s.Registry.LastSeen(name, p.env)),
			RequestBuckets: make([]int64, sparkBuckets), ErrorBuckets: make([]int64, sparkBuckets),
		}
		version, since := s.Registry.Version(name, p.env)
		quiet.Version, quiet.VersionSince = version, optional(since)
		services = append(services, quiet)
	}
	by := []query.Field{{Name: query.Resource}, {Name: query.Name}}
	where := p.within(identity.Entries(), own)
	overTime, err := s.Store.Group(r.Context(), store.Group{Range: where, By: by, TimeBuckets: sparkBuckets, Limit: maxResources})
	if err != nil {
		return nil, err
	}
	latency, err := s.Store.Group(r.Context(), store.Group{Range: where, By: by, Latency: true, Limit: maxResources})
	if err != nil {
		return nil, err
	}
	type key [2]string
	histograms := map[key]*store.Histogram{}
	for _, g := range latency.Groups {
		histograms[key(g.Keys)] = g.Latency
	}
	resources := make([]resourceAnswer, 0, len(overTime.Groups))
	for _, g := range overTime.Groups {
		h := histograms[key(g.Keys)]
		a := resourceAnswer{
			Name: g.Keys[0], Operation: g.Keys[1], Requests: g.Spans, Errors: g.Errors, Rate: perSecond(g.Spans, s.covered(p)),
			P50: h.Quantile(.50), P95: h.Quantile(.95), P99: h.Quantile(.99), Duration: g.Duration,
			RequestBuckets: make([]int64, sparkBuckets), ErrorBuckets: make([]int64, sparkBuckets),
		}
		addBuckets(a.RequestBuckets, a.ErrorBuckets, g.Buckets)
		resources = append(resources, a)
	}
	slices.SortFunc(resources, func(a, b resourceAnswer) int {
		return cmp.Or(cmp.Compare(b.Duration, a.Duration), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Operation, b.Operation))
	})
	return map[string]any{
		"from": millis(p.from), "to": millis(p.to), "step": millis((p.to - p.from) / sparkBuckets),
		"service": services[0], "resources": resources, "distinct": overTime.Distinct,
	}, nil
}
