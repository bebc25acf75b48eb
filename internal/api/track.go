package api

import (
	"net/http"

	"hoofprint/internal/identity"
	"hoofprint/internal/query"
	"hoofprint/internal/store"
)

type trackAnswer struct {
	From        millis             `json:"from"`
	To          millis             `json:"to"`
	Step        millis             `json:"step"`
	Requests    []int64            `json:"requests"`
	Errors      []int64            `json:"errors"`
	Deployments []deploymentAnswer `json:"deployments"`
}

type deploymentAnswer struct {
	Time    millis `json:"time"`
	Service string `json:"service"`
	Version string `json:"version"`
}

func (s *server) track(r *http.Request, p *params) (any, error) {
	p.align(p.buckets)
	terms := []query.Expr{identity.Entries(), p.search}
	if p.service != "" {
		terms = append(terms, equals(query.Field{Name: query.Service}, p.service))
	}
	groups, err := s.Store.Group(r.Context(), store.Group{Range: p.within(terms...), TimeBuckets: p.buckets})
	if err != nil {
		return nil, err
	}
	out := trackAnswer{From: millis(p.from), To: millis(p.to), Step: millis((p.to - p.from) / int64(p.buckets)), Deployments: []deploymentAnswer{}}
	out.Requests, out.Errors = make([]int64, p.buckets), make([]int64, p.buckets)
	for _, g := range groups.Groups {
		addBuckets(out.Requests, out.Errors, g.Buckets)
	}
	for _, d := range s.Registry.Deployments(p.from, p.to, p.env, p.service) {
		out.Deployments = append(out.Deployments, deploymentAnswer{millis(d.Time), d.Service, d.Version})
	}
	return out, nil
}

// align moves a range that follows the clock to whole steps, so that the bars of
// two answers stand at the same times and only the last one grows.
func (p *params) align(buckets int) {
	step := (p.to - p.from) / int64(buckets)
	if !p.relative || step == 0 {
		return
	}
	if over := p.to % step; over != 0 {
		p.to += step - over
	}
	p.from = p.to - step*int64(buckets)
}

func addBuckets(requests, errors []int64, counts []store.Count) {
	for i, c := range counts {
		requests[i] += c.Spans
		errors[i] += c.Errors
	}
}
