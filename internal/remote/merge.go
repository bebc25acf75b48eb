package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
)

// config is one file of APM_TRACING.
type config struct {
	target  *serviceTarget
	cluster bool // for the hosts of a Kubernetes cluster, which the agent has chosen
	lib     map[string]json.RawMessage
}

type serviceTarget struct {
	Service string `json:"service"`
	Env     string `json:"env"`
}

func parseConfig(raw []byte) (config, error) {
	var f struct {
		ServiceTarget json.RawMessage `json:"service_target"`
		Cluster       json.RawMessage `json:"k8s_target_v2"`
		Lib           json.RawMessage `json:"lib_config"`
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return config{}, fmt.Errorf("read it: %w", err)
	}
	var c config
	if isSet(f.ServiceTarget) {
		if err := json.Unmarshal(f.ServiceTarget, &c.target); err != nil {
			return config{}, fmt.Errorf("read service_target: %w", err)
		}
	}
	c.cluster = isSet(f.Cluster)
	if isSet(f.Lib) {
		if err := json.Unmarshal(f.Lib, &c.lib); err != nil {
			return config{}, errors.New("lib_config is no object")
		}
	}
	return c, nil
}

func isSet(b json.RawMessage) bool { return len(b) > 0 && !bytes.Equal(b, []byte("null")) }

// rank tells how closely a configuration is meant for a service in an
// environment; 0: not at all.
func (c *config) rank(service, env string) int {
	anyService, anyEnv := true, true
	if c.target != nil {
		anyService = c.target.Service == "" || c.target.Service == "*"
		anyEnv = c.target.Env == "" || c.target.Env == "*"
		if !anyService && c.target.Service != service || !anyEnv && c.target.Env != env {
			return 0
		}
	}
	switch {
	case !anyService && !anyEnv:
		return 6
	case !anyService:
		return 5
	case !anyEnv:
		return 4
	case c.cluster:
		return 3
	case c.target == nil:
		return 2
	}
	return 1 // everything of the organisation
}

// merge gives the lib_config for a service in an environment: for each key what
// the closest configuration says, null included; {} where there is none.
func merge(files map[string]*file, service, env string) json.RawMessage {
	var meant []*file
	for _, f := range files {
		if f.problem == "" && f.config.rank(service, env) > 0 {
			meant = append(meant, f)
		}
	}
	sort.Slice(meant, func(i, j int) bool {
		a, b := meant[i].config.rank(service, env), meant[j].config.rank(service, env)
		if a != b {
			return a > b
		}
		return meant[i].path < meant[j].path
	})
	merged := map[string]json.RawMessage{}
	for _, f := range meant {
		for key, value := range f.config.lib {
			if _, ok := merged[key]; !ok {
				merged[key] = value
			}
		}
	}
	b, err := json.Marshal(merged) // by key, so that the same merged config is the same bytes
	if err != nil {
		return json.RawMessage("{}")
	}
	return b
}
