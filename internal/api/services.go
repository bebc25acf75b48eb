package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"hoofprint/internal/identity"
	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

type serviceAnswer struct {
	Name           string             `json:"name"`
	Identity       *identity.Identity `json:"identity"`
	Framework      string             `json:"framework"`
	Type           string             `json:"type"`
	Requests       int64              `json:"requests"`
	Errors         int64              `json:"errors"`
	Rate           float64            `json:"rate"`
	P50            int64              `json:"p50"`
	P95            int64              `json:"p95"`
	P99            int64              `json:"p99"`
	Apdex          *float64           `json:"apdex"`
	RequestBuckets []int64            `json:"request_buckets"`
	ErrorBuckets   []int64            `json:"error_buckets"`
	Version        string             `json:"version"`
	VersionSince   *millis            `json:"version_since"`
	LastSeen       *millis            `json:"last_seen"`

	latency, succeeded store.Histogram
	most               int64 // requests of the framework shown
}

type inferredAnswer struct {
	Name     string  `json:"name"`
	Kind     string  `json:"kind"`
	Requests int64   `json:"requests"`
	Errors   int64   `json:"errors"`
	Rate     float64 `json:"rate"`
	P50      int64   `json:"p50"`
	P95      int64   `json:"p95"`
	P99      int64   `json:"p99"`

	latency store.Histogram
}

func (s *server) services(r *http.Request, p *params) (any, error) {
	var services []*serviceAnswer
	var inferred []*inferredAnswer
	err := together(func() (err error) {
		services, err = s.countServices(r.Context(), p)
		return err
	}, func() (err error) {
		inferred, err = s.inferred(r.Context(), p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"from": millis(p.from), "to": millis(p.to), "step": millis((p.to - p.from) / sparkBuckets),
		"services": services, "inferred": inferred,
	}, nil
}

// countServices sums up each service with requests in the range, those with
// most first; more conditions narrow the spans.
func (s *server) countServices(ctx context.Context, p *params, more ...query.Expr) ([]*serviceAnswer, error) {
	where := p.within(append([]query.Expr{identity.Entries()}, more...)...)
	service := query.Field{Name: query.Service}
	overTime, err := s.Store.Group(ctx, store.Group{Range: where, By: []query.Field{service}, TimeBuckets: sparkBuckets})
	if err != nil {
		return nil, err
	}
	details, err := s.Store.Group(ctx, store.Group{
		Range: where, Latency: true,
		By: []query.Field{service, {Name: query.Status}, tagField(span.KeyComponent), {Name: query.Type}},
	})
	if err != nil {
		return nil, err
	}
	out := make([]*serviceAnswer, 0, len(overTime.Groups))
	byName := make(map[string]*serviceAnswer, len(overTime.Groups))
	for _, g := range overTime.Groups {
		a := &serviceAnswer{
			Name: g.Keys[0], Identity: s.identity(g.Keys[0]), Requests: g.Spans, Errors: g.Errors,
			Rate:           perSecond(g.Spans, s.covered(p)),
			RequestBuckets: make([]int64, sparkBuckets), ErrorBuckets: make([]int64, sparkBuckets),
		}
		addBuckets(a.RequestBuckets, a.ErrorBuckets, g.Buckets)
		out = append(out, a)
		byName[a.Name] = a
	}
	for _, g := range details.Groups {
		a := byName[g.Keys[0]]
		if a == nil { // arrived between the two counts
			continue
		}
		a.latency.Merge(g.Latency)
		if g.Keys[1] != "error" {
			a.succeeded.Merge(g.Latency)
		}
		if g.Spans > a.most {
			a.most, a.Framework, a.Type = g.Spans, g.Keys[2], g.Keys[3]
		}
	}
	for _, a := range out {
		a.P50, a.P95, a.P99 = a.latency.Quantile(.50), a.latency.Quantile(.95), a.latency.Quantile(.99)
		a.Apdex = apdex(&a.succeeded, a.Requests)
		version, since := s.Registry.Version(a.Name, p.env)
		a.Version, a.VersionSince = version, optional(since)
		a.LastSeen = optional(s.Registry.LastSeen(a.Name, p.env))
	}
	slices.SortFunc(out, func(a, b *serviceAnswer) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Name, b.Name))
	})
	return out, nil
}

// covered is the time in ns that a rate is taken over: the part of the range in
// which there was a store to count, and not the future.
func (s *server) covered(p *params) int64 {
	from, to := p.from, min(p.to, s.Now().UnixNano())
	if oldest := s.Store.Usage().Oldest; oldest != 0 {
		from = max(from, oldest)
	}
	return max(to-from, 1e9)
}

// apdex is the share of requests that satisfied plus half of those that were
// tolerated; failed ones count as neither. nil without requests.
func apdex(succeeded *store.Histogram, requests int64) *float64 {
	if requests == 0 {
		return nil
	}
	var satisfied, tolerated int64
	succeeded.Each(func(low, _, count int64) {
		switch {
		case low < int64(apdexThreshold):
			satisfied += count
		case low < 4*int64(apdexThreshold):
			tolerated += count
		}
	})
	value := (float64(satisfied) + float64(tolerated)/2) / float64(requests)
	return &value
}

// identity is nil for a service that no entry span was ever seen of.
func (s *server) identity(service string) *identity.Identity {
	if id, known := s.Registry.Of(service); known {
		return &id
	}
	return nil
}

func optional(ns int64) *millis {
	if ns == 0 {
		return nil
	}
	m := millis(ns)
	return &m
}

// The tags by which a caller names what it calls, in the order of inferredKey.
func inferredFields() []query.Field {
	return []query.Field{
		{Name: query.Service}, {Name: query.Type}, {Name: query.Kind},
		tagField("peer.service"), tagField("db.system"), tagField("db.name"),
		tagField("messaging.system"), tagField("out.host"),
	}
}

// inferred sums up the databases, caches, queues and outside services that
// services of the range call. A call that one of our services answered is no
// call to the outside, whatever host it names.
func (s *server) inferred(ctx context.Context, p *params) ([]*inferredAnswer, error) {
	groups, err := s.Store.Group(ctx, store.Group{
		Range: p.within(identity.Callers()), By: inferredFields(), Latency: true, WithoutChild: identity.Answers(),
	})
	if err != nil {
		return nil, err
	}
	type key struct{ name, kind string }
	found := map[key]*inferredAnswer{}
	for _, g := range groups.Groups {
		name, kind := inferredKey(g.Keys)
		a := found[key{name, kind}]
		if a == nil {
			a = &inferredAnswer{Name: name, Kind: kind}
			found[key{name, kind}] = a
		}
		a.Requests += g.Spans
		a.Errors += g.Errors
		a.latency.Merge(g.Latency)
	}
	out := make([]*inferredAnswer, 0, len(found))
	for _, a := range found {
		a.Rate = perSecond(a.Requests, s.covered(p))
		a.P50, a.P95, a.P99 = a.latency.Quantile(.50), a.latency.Quantile(.95), a.latency.Quantile(.99)
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b *inferredAnswer) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
	})
	return out, nil
}

func inferredKey(keys []string) (name, kind string) {
	service, spanType, spanKind := keys[0], keys[1], keys[2]
	peer, dbSystem, dbName, messaging, host := keys[3], keys[4], keys[5], keys[6], keys[7]
	switch {
	case isCache(dbSystem), isCache(spanType):
		kind = "cache"
	case dbSystem != "", spanType == "sql", spanType == "db", spanType == "mongodb", spanType == "cassandra", spanType == "elasticsearch":
		kind = "db"
	case messaging != "", spanKind == "producer", spanType == "queue":
		kind = "queue"
	default:
		kind = "http"
	}
	switch {
	case peer != "":
		name = peer
	case dbSystem != "" && dbName != "":
		name = dbSystem + ":" + dbName
	case kind == "http" && host != "":
		name = host
	default:
		name = cmp.Or(dbSystem, messaging, service)
	}
	return name, kind
}

func isCache(system string) bool {
	switch system {
	case "redis", "valkey", "memcached", "cache":
		return true
	}
	return false
}
