package telemetry

import (
	"strings"
	"time"
)

// absorb takes in what the process has told.
func (s *session) absorb() {
	s.mu.Lock()
	waiting := s.waiting
	s.waiting, s.waitingBytes = nil, 0
	s.mu.Unlock()
	for _, b := range waiting {
		n, err := parseNote(b)
		if err != nil {
			s.r.log.Debug("a note of a traced process makes no sense", "service", s.app.ServiceName, "error", err)
			continue
		}
		s.learn(&n)
	}
}

func (s *session) learn(n *note) {
	environment := map[string]string{}
	for _, c := range n.Configuration {
		if text := c.text(); c.Origin == "env_var" && text != nil && !secret(c.Name) {
			environment[c.Name] = *text
		}
	}
	if n.Ancestors != nil && len(n.Ancestors) <= maxAncestors {
		s.ancestors = n.Ancestors
	}
	if n.Path != nil { // what is told once, at the start
		s.path = n.Path[:min(len(n.Path), maxPath)]
		if len(n.ProcessTags) <= maxText {
			s.app.ProcessTags = n.ProcessTags
		}
		s.told = true
		for name, value := range s.p.Description.Settings {
			if _, ok := environment[name]; !ok {
				environment[name] = value
			}
		}
		s.configure(environment)
		for _, c := range fromEnvironment(environment, s.p.Description.LangVersion) {
			s.conf.add(c.Name, c.text(), c.Origin)
		}
	}
	for _, c := range n.Configuration {
		if c.Origin != "env_var" && !secret(c.Name) && len(c.Name) <= maxText {
			s.conf.tell(c.Name, c.text(), c.Origin)
		}
	}
	for _, module := range n.Modules {
		if module != "" && len(module) < 1000 && len(s.modules) < maxModules && !s.modules[module] {
			s.modules[module] = true
			s.newModules = append(s.newModules, module)
		}
	}
	for _, i := range n.Integrations {
		s.integrate(i)
	}
	now := time.Now()
	for _, c := range n.Counts {
		if c.Name != "" && len(c.Name) < 200 && len(c.Tags) <= 20 {
			s.counters.add(now, c.Name, c.Tags, c.Value)
		}
	}
}

// findDependencies gives the distributions of modules that were told since the
// last time.
func (s *session) findDependencies() []dependency {
	modules := s.newModules
	s.newModules = nil
	if !s.dependencyWanted || len(modules) == 0 {
		return nil
	}
	found := s.r.folders.find(s.path, modules)
	sortDistributions(found)
	var out []dependency
	for _, d := range found {
		if d.name == "hoofprint" || d.name == "hoofprint-server" || d.name == "ddtrace" || s.hasDependency[d.name] {
			continue
		}
		s.hasDependency[d.name] = true
		out = append(out, dependency{Name: d.name, Version: d.version})
	}
	return out
}

func (s *session) integrate(i integration) {
	if i.Name == "" || len(i.Name) > 200 || len(i.Version) > 200 {
		return
	}
	if i.Version == "" && i.Module != "" {
		if found := s.r.folders.find(s.path, []string{i.Module}); len(found) == 1 {
			i.Version = found[0].version
		}
	}
	if _, known := s.integrations[i.Name]; !known && len(s.integrations) >= maxIntegrations {
		return
	}
	one := integrated{Name: i.Name, Enabled: i.Enabled, Compatible: true, AutoEnabled: true}
	if i.Version != "" {
		one.Version = &i.Version
	}
	if text := strings.ToValidUTF8(i.Error, "?"); text != "" {
		text = text[:min(len(text), maxText)]
		one.Error, one.Compatible = &text, false
	}
	s.integrations[i.Name] = one
	for _, name := range s.integrationList {
		if name == i.Name {
			return
		}
	}
	s.integrationList = append(s.integrationList, i.Name)
}

// takeIntegrations gives those that were told since the last time.
func (s *session) takeIntegrations() []integrated {
	var out []integrated
	for _, name := range s.integrationList {
		out = append(out, s.integrations[name])
	}
	s.integrationList = nil
	return out
}

func (s *session) allIntegrations() []integrated {
	out := []integrated{}
	for _, i := range s.integrations {
		out = append(out, i)
	}
	sortIntegrations(out)
	return out
}

// countDeliveries counts what became of the chunks since the last time.
func (s *session) countDeliveries(now time.Time) {
	d := s.p.Deliveries
	if d == nil {
		return
	}
	for i, one := range []struct {
		value int64
		name  string
		tags  []string
	}{
		{d.Requests.Load(), "trace_api.requests", nil},
		{d.Responses.Load(), "trace_api.responses", []string{"status_code:200"}},
		{d.Timeouts.Load(), "trace_api.errors", []string{"type:timeout"}},
		{d.Unreached.Load(), "trace_api.errors", []string{"type:network"}},
		{d.Statuses.Load(), "trace_api.errors", []string{"type:status_code"}},
		{d.Sent.Load(), "trace_chunks_sent", nil},
		{d.Refused.Load(), "trace_chunks_dropped", []string{"reason:send_failure"}},
		{d.Unsampled.Load(), "trace_chunks_dropped", []string{"reason:p0_drop"}},
	} {
		s.counters.add(now, one.name, one.tags, float64(one.value-s.deliveries[i]))
		s.deliveries[i] = one.value
	}
}
