package telemetry

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"hoofprint/internal/settings"
)

// unsetDefaults are settings whose default ddtrace reports as null, whatever
// stands for it later.
func unsetDefaults() map[string]bool {
	return map[string]bool{
		"DD_TRACE_AGENT_PORT": true, "DD_AGENT_PORT": true, "DD_DOGSTATSD_PORT": true, "DD_DOGSTATSD_URL": true,
		"DD_TRACE_API_VERSION": true, "DD_ENV": true, "DD_VERSION": true, "DD_TRACE_LOG_FILE": true,
		"DD_INJECT_FORCE": true, "DD_INJECTION_ENABLED": true,
	}
}

// writtenDefaults are those that ddtrace writes in another way than the registry.
func writtenDefaults() map[string]string {
	return map[string]string{
		"DD_TELEMETRY_HEARTBEAT_INTERVAL":                  "60",
		"DD_TRACE_BAGGAGE_TAG_KEYS":                        "user.id,account.id,session.id",
		"DD_AGENTLESS_ENABLED":                             "false",
		"DD_TRACE_PROPAGATION_AS_SPAN_LINKS":               "",
		"DD_TRACE_STATS_ADDITIONAL_TAGS":                   "",
		"DD_TRACE_STATS_CARDINALITY_LIMIT":                 "7000",
		"DD_TRACE_STATS_RESOURCE_CARDINALITY_LIMIT":        "1024",
		"DD_TRACE_STATS_HTTP_ENDPOINT_CARDINALITY_LIMIT":   "512",
		"DD_TRACE_STATS_PEER_TAGS_CARDINALITY_LIMIT":       "512",
		"DD_TRACE_STATS_ADDITIONAL_TAGS_CARDINALITY_LIMIT": "100",
	}
}

// fromEnvironment lists every setting that Hoofprint acts on: its default, then
// what the environment has made of it. The last one of a name counts.
func fromEnvironment(environment map[string]string, langVersion string) []setting {
	unset, written := unsetDefaults(), writtenDefaults()
	if !fromPython314(langVersion) {
		written["DD_TRACE_STATS_COMPUTATION_ENABLED"] = "false"
	}
	lookup := func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	}
	var out []setting
	for _, s := range settings.All() {
		if !s.Implemented || s.Serve || s.Sensitive || strings.HasPrefix(s.Name, "HOOFPRINT_") || strings.HasPrefix(s.Name, "OTEL_") {
			continue
		}
		var fallback *string
		if text, ok := written[s.Name]; ok {
			fallback = &text
		} else if s.HasDefault && !unset[s.Name] {
			fallback = &s.Default
		}
		out = append(out, setting{Name: s.Name, Value: quote(fallback), Origin: "default"})
		if text, ok := environment[s.Otel]; ok {
			text = harmless(text)
			out = append(out, setting{Name: s.Name, Value: quote(&text), Origin: "otel_env_var"})
		}
		if v := s.Resolve(lookup); v.Set && v.Source != s.Otel {
			text := harmless(asWritten(s.Type, v.Text))
			out = append(out, setting{Name: s.Name, Value: quote(&text), Origin: "env_var"})
		}
	}
	return out
}

// fromPython314: there ddtrace counts statistics itself unless it is told not to.
func fromPython314(version string) bool {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(minor)
	return major != "3" || err != nil || n >= 14
}

// asWritten gives a value as ddtrace writes it in its telemetry.
func asWritten(kind settings.Type, text string) string {
	switch kind {
	case settings.Boolean:
		return strconv.FormatBool(settings.Bool(text))
	case settings.Decimal:
		if f, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
			text = strconv.FormatFloat(f, 'f', -1, 64)
			if !strings.Contains(text, ".") {
				text += ".0"
			}
		}
	case settings.Int:
		return strings.TrimSpace(text)
	}
	return text
}

// harmless is a value without the user and password of an address.
func harmless(text string) string {
	if !strings.Contains(text, "://") || !strings.Contains(text, "@") {
		return text
	}
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}

// secret says that a setting must never be told.
func secret(name string) bool {
	s, known := settings.Lookup(name)
	return known && s.Sensitive
}

// quote gives a value as JSON text, null for none.
func quote(text *string) json.RawMessage {
	b, err := json.Marshal(text)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}
