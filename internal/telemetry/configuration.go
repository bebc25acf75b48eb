package telemetry

import (
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
		"DD_TRACE_API_VERSION": true, "DD_ENV": true, "DD_VERSION": true,
	}
}

// fromEnvironment lists every setting that Hoofprint acts on: its default, then
// what the environment has made of it. The last one of a name counts.
func fromEnvironment(environment map[string]string) []setting {
	unset := unsetDefaults()
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
		if s.HasDefault && !unset[s.Name] {
			text := s.Default
			if s.Name == "DD_TELEMETRY_HEARTBEAT_INTERVAL" {
				text = "60" // ddtrace's own default is a whole number here
			} else if s.Name == "DD_TRACE_BAGGAGE_TAG_KEYS" {
				text = "user.id,account.id,session.id"
			}
			fallback = &text
		}
		out = append(out, setting{Name: s.Name, Value: quote(fallback), Origin: "default"})
		if text, ok := environment[s.Otel]; ok {
			text = harmless(text)
			out = append(out, setting{Name: s.Name, Value: quote(&text), Origin: "otel_env_var"})
		}
		if v := s.Resolve(lookup); v.Set && v.Source != s.Otel {
			text := harmless(written(s.Type, v.Text))
			out = append(out, setting{Name: s.Name, Value: quote(&text), Origin: "env_var"})
		}
	}
	return out
}

// written gives a value as ddtrace writes it in its telemetry.
func written(kind settings.Type, text string) string {
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
