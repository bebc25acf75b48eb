package api

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"

	"hoofprint/internal/identity"
	"hoofprint/internal/query"
	"hoofprint/internal/store"
	"hoofprint/internal/uses"
)

const (
	// quietAge is how long a service that sends no span counts as one to migrate.
	quietAge = 24 * time.Hour
	// maxDays bounds the time without a use that is asked for.
	maxDays = 365
)

type usesAnswer struct {
	uses.Summary
	Services []migratingService `json:"services"`
}

type migratingService struct {
	uses.Service
	Identity *identity.Identity `json:"identity"`
}

// uses tells which names that ddtrace 4 removed are in use, and which services
// could do without them.
func (s *server) uses(r *http.Request, p *params) (any, error) {
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badInput("read the parameters: %v", err)
	}
	days, err := whole(v, "days", uses.DefaultDays, 1, maxDays)
	if err != nil {
		return nil, err
	}
	out := usesAnswer{Summary: uses.Summary{Days: days, Uses: []uses.Row{}}, Services: []migratingService{}}
	if s.Uses != nil {
		out.Summary = s.Uses.Summary(uses.Filter{Service: p.service, Env: p.env, Version: v.Get("version"), Change: v.Get("change"), Days: days})
	}
	known := map[string]bool{}
	for _, one := range out.Summary.Services {
		known[one.Service] = true
		out.Services = append(out.Services, migratingService{one, s.identity(one.Service)})
	}
	if v.Get("version") == "" {
		quiet, err := s.pythonServices(r, p)
		if err != nil {
			return nil, err
		}
		for _, name := range quiet {
			if !known[name] {
				one := uses.Service{Service: name, State: uses.Off, Envs: []string{}, Versions: []string{}}
				out.Services = append(out.Services, migratingService{one, s.identity(name)})
			}
		}
	}
	slices.SortFunc(out.Services, func(a, b migratingService) int { return cmp.Compare(a.Service.Service, b.Service.Service) })
	return out, nil
}

// pythonServices lists the services with a request of late that Python answered.
func (s *server) pythonServices(r *http.Request, p *params) ([]string, error) {
	now := s.Now()
	more := []query.Expr{identity.Entries(), equals(tagField("language"), "python")}
	recent := *p
	recent.from, recent.to = now.Add(-quietAge).UnixNano(), now.UnixNano()
	if p.service != "" {
		more = append(more, equals(query.Field{Name: query.Service}, p.service))
	}
	groups, err := s.Store.Group(r.Context(), store.Group{
		Range: recent.within(more...),
		By:    []query.Field{{Name: query.Service}},
	})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, g := range groups.Groups {
		out = append(out, g.Keys[0])
	}
	return out, nil
}
