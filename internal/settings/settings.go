// Package settings knows every setting of a traced process: its name, type and
// default, and whether Hoofprint acts on it yet. The table is generated from
// settings/registry.json.
package settings

import (
	"sort"
	"strings"
)

//go:generate go run hoofprint/settings/generate

// Type is how a setting's text is read.
type Type string

const (
	String  Type = "string"
	Boolean Type = "boolean"
	Int     Type = "int"
	Decimal Type = "decimal"
	Array   Type = "array" // a,b
	Map     Type = "map"   // a:b,c:d
	JSON    Type = "json"
)

// Setting is one environment variable.
type Setting struct {
	Name        string
	Type        Type
	Default     string // "" also where HasDefault is false
	HasDefault  bool
	Aliases     []string // other names, read in this order when Name is unset
	Otel        string   // the OpenTelemetry variable that stands for it where none of these is set
	Min, Max    string   // limits of a number, "" for none
	Choices     []string // the only texts that are taken, if any
	Integration string   // the integration that reads it
	Deprecated  bool
	Sensitive   bool   // the value is a secret, never shown
	Implemented bool   // Hoofprint acts on it
	Ours        bool   // ddtrace does not know it
	Serve       bool   // read by `hoofprint serve`, not by a traced process
	Description string // one line of Markdown, for implemented ones
}

// All returns every setting, sorted by name. The slice is the caller's.
func All() []Setting {
	return append([]Setting(nil), table...)
}

// Names returns the names and aliases of every setting, sorted.
func Names() []string {
	var names []string
	for _, s := range table {
		names = append(names, s.Name)
		names = append(names, s.Aliases...)
	}
	sort.Strings(names)
	return names
}

// Lookup finds a setting by its name, not by its aliases.
func Lookup(name string) (Setting, bool) {
	i := sort.Search(len(table), func(i int) bool { return table[i].Name >= name })
	if i < len(table) && table[i].Name == name {
		return table[i], true
	}
	return Setting{}, false
}

// Hidden stands for a secret.
const Hidden = "<hidden>"

// Where a value comes from.
const (
	OriginDefault       = "default"
	OriginEnvironment   = "environment"
	OriginAlias         = "alias" // another name of the setting
	OriginOpenTelemetry = "opentelemetry"
)

// Value is what a setting resolves to.
type Value struct {
	Text   string
	Source string // the variable it came from, or "default"
	Origin string
	Set    bool // from a variable, which may have been empty
	// Problem says what of the variable's text is not taken as it is written,
	// and what is used instead; "" if there is nothing.
	Problem string
}

// Resolve reads the setting from the environment, look-up by look-up, as the
// traced process does: the name first, then its aliases, then the OpenTelemetry
// variable that stands for it, then the default.
func (s Setting) Resolve(lookup func(string) (string, bool)) Value {
	if s.Name == "DD_RUNTIME_METRICS_ENABLED" || s.Name == "DD_METRICS_OTEL_ENABLED" {
		// Switched off by this one even where they are switched on by their own.
		if exporter, _ := lookup("OTEL_METRICS_EXPORTER"); strings.ToLower(exporter) == "none" {
			return Value{Text: "false", Source: "OTEL_METRICS_EXPORTER", Origin: OriginOpenTelemetry, Set: true}
		}
	}
	origin := OriginEnvironment
	for _, name := range append([]string{s.Name}, s.Aliases...) {
		if text, ok := lookup(name); ok {
			used, problem := s.check(name, text)
			if problem != "" && used == s.Default && used != text && s.Type != Boolean {
				return Value{Text: used, Source: OriginDefault, Origin: OriginDefault, Problem: problem}
			}
			return Value{Text: used, Source: name, Origin: origin, Set: true, Problem: problem}
		}
		origin = OriginAlias
	}
	problem := ""
	if s.Otel != "" {
		if text, _ := lookup(s.Otel); text != "" {
			var ok bool
			text, ok, problem = otelText(s.Name, s.Otel, text, lookup)
			if ok {
				used, more := s.check(s.Otel, text)
				if more != "" && problem == "" && s.Type != Map {
					problem = more
				}
				return Value{Text: used, Source: s.Otel, Origin: OriginOpenTelemetry, Set: true, Problem: problem}
			}
		}
	}
	return Value{Text: s.Default, Source: OriginDefault, Origin: OriginDefault, Problem: problem}
}

// Bool reads a boolean as ddtrace does: only "true" and "1" are true.
func Bool(text string) bool {
	text = strings.ToLower(text)
	return text == "true" || text == "1"
}

// BoolOf reads a boolean of the variables that a process tells of.
func BoolOf(told map[string]string, name string, byDefault bool) bool {
	if text, ok := told[name]; ok {
		return Bool(text)
	}
	return byDefault
}
