package telemetry

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// configurationState is what a process runs with, and which of it the agent was
// not told yet.
type configurationState struct {
	seq     uint64
	entries []configuration // in the order they were told
	untold  int             // from here on
	remote  map[string]string
}

func (c *configurationState) add(name string, value *string, origin string) {
	if name == "" || len(c.entries) >= maxConfiguration {
		return
	}
	if value != nil {
		text := strings.ToValidUTF8(harmless(*value), "\uFFFD")
		value = &text
	}
	c.seq++
	c.entries = append(c.entries, configuration{Name: name, Value: value, Origin: origin, SeqID: c.seq})
}

// take gives what was not told yet.
func (c *configurationState) take() []configuration {
	out := c.entries[c.untold:]
	c.untold = len(c.entries)
	return out
}

// untake: they were not told after all. Nothing was added in between.
func (c *configurationState) untake(taken []configuration) { c.untold -= len(taken) }

// all gives everything that was told.
func (c *configurationState) all() []configuration {
	return append([]configuration{}, c.entries...)
}

// local is the last entry of a name that is not from the remote configuration.
func (c *configurationState) local(name string) (configuration, bool) {
	for i := len(c.entries) - 1; i >= 0; i-- {
		if e := c.entries[i]; e.Name == name && e.Origin != "remote_config" {
			return e, true
		}
	}
	return configuration{}, false
}

// setRemote adds what a remote configuration changes. What it no longer sets is
// again as it was.
func (c *configurationState) setRemote(config map[string]any) {
	now := remoteSettings(config)
	names := map[string]bool{}
	for name := range now {
		names[name] = true
	}
	for name := range c.remote {
		names[name] = true
	}
	sorted := make([]string, 0, len(names))
	for name := range names {
		sorted = append(sorted, name)
	}
	sort.Strings(sorted)
	for _, name := range sorted {
		value, set := now[name]
		was, wasSet := c.remote[name]
		switch {
		case set && (!wasSet || was != value):
			c.add(name, &value, "remote_config")
		case !set:
			if e, ok := c.local(name); ok {
				c.add(name, e.Value, e.Origin)
			} else {
				c.add(name, nil, "default")
			}
		}
	}
	c.remote = now
}

// remoteSettings gives the settings that a lib_config stands for, as ddtrace
// writes them.
func remoteSettings(config map[string]any) map[string]string {
	out := map[string]string{}
	var rules []string
	if list, ok := config["tracing_sampling_rules"].([]any); ok {
		for _, rule := range list {
			rules = append(rules, pythonJSON(rule))
		}
	}
	if rate, ok := config["tracing_sampling_rate"].(float64); ok {
		rules = append(rules, `{"sample_rate": `+number(rate)+`}`)
	}
	if len(rules) > 0 {
		out["DD_TRACE_SAMPLING_RULES"] = "[" + strings.Join(rules, ", ") + "]"
	}
	for key, name := range map[string]string{"log_injection_enabled": "DD_LOGS_INJECTION", "tracing_enabled": "DD_TRACE_ENABLED"} {
		if b, ok := config[key].(bool); ok {
			out[name] = strconv.FormatBool(b)
		}
	}
	if list, ok := config["tracing_header_tags"].([]any); ok {
		var pairs []string
		for _, one := range list {
			if m, ok := one.(map[string]any); ok {
				pairs = append(pairs, fmt.Sprintf("%v:%v", m["header"], m["tag_name"]))
			}
		}
		out["DD_TRACE_HEADER_TAGS"] = strings.Join(pairs, ",")
	}
	if list, ok := config["tracing_tags"].([]any); ok {
		var tags []string
		for _, one := range list {
			tags = append(tags, fmt.Sprint(one))
		}
		out["DD_TAGS"] = strings.Join(tags, ",")
	}
	return out
}

// pythonJSON writes JSON with the spaces that Python's encoder leaves.
func pythonJSON(value any) string {
	switch v := value.(type) {
	case map[string]any:
		// The order of a rule as people write it; anything else by name.
		known := []string{"service", "name", "resource", "tags", "provenance", "sample_rate"}
		keys := make([]string, 0, len(v))
		for _, key := range known {
			if _, ok := v[key]; ok {
				keys = append(keys, key)
			}
		}
		var rest []string
		for key := range v {
			if !contains(known, key) {
				rest = append(rest, key)
			}
		}
		sort.Strings(rest)
		parts := make([]string, 0, len(v))
		for _, key := range append(keys, rest...) {
			parts = append(parts, pythonJSON(key)+": "+pythonJSON(v[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, 0, len(v))
		for _, one := range v {
			parts = append(parts, pythonJSON(one))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case float64:
		return number(v)
	}
	b, err := json.Marshal(value)
	if err != nil {
		return "null"
	}
	return string(b)
}

// number is written with a point: a rate is one also where it is whole.
func number(f float64) string {
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

func contains(list []string, one string) bool {
	for _, s := range list {
		if s == one {
			return true
		}
	}
	return false
}

func sortIntegrations(list []integrated) {
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
}
