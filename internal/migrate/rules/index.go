package rules

import (
	"slices"
	"strings"
	"sync"

	"hoofprint/migration"
)

// index is the registry's changes of the API by what code mentions.
type index struct {
	gone       map[string]migration.Change // a name that is removed, renamed or deprecated
	parameters map[string][]parameter      // by function or class
	changed    map[string]migration.Change // a name that stays, and means something else
	modules    map[string]migration.Change // one that is gone, where the name is something else's now
	members    map[string]bool             // the last parts of gone names
}

// parameter is one that a function does not take any more.
type parameter struct {
	name   string
	change migration.Change
}

var registry = sync.OnceValue(func() *index {
	x := &index{
		gone: map[string]migration.Change{}, parameters: map[string][]parameter{},
		changed: map[string]migration.Change{}, modules: map[string]migration.Change{}, members: map[string]bool{},
	}
	for _, c := range migration.Changes() {
		if c.Kind != migration.API {
			continue
		}
		for _, name := range c.Names {
			function, rest, of := strings.Cut(name, "(")
			switch {
			case of:
				p := parameter{strings.TrimSuffix(rest, ")"), c}
				x.parameters[function] = append(x.parameters[function], p)
			case c.What == migration.Changed:
				x.changed[name] = c
			case slices.Contains(shadowed, name):
				x.modules[name] = c
			default:
				x.gone[name] = c
				x.members[name[strings.LastIndexByte(name, '.')+1:]] = true
			}
		}
	}
	return x
})

// lookup is the change of a dotted path, or of the innermost of what contains it.
func (x *index) lookup(path string) (name string, c migration.Change, ok bool) {
	for path != "" {
		if c, ok := x.gone[path]; ok {
			return path, c, true
		}
		if any := anyIntegration(path); any != "" {
			if c, ok := x.gone[any]; ok {
				return any, c, true
			}
		}
		at := strings.LastIndexByte(path, '.')
		if at < 0 {
			break
		}
		path = path[:at]
	}
	return "", migration.Change{}, false
}

// anyIntegration is ddtrace.config.*.name for ddtrace.config.flask.name, or "".
func anyIntegration(path string) string {
	rest, ok := strings.CutPrefix(path, "ddtrace.config.")
	if !ok {
		return ""
	}
	_, name, ok := strings.Cut(rest, ".")
	if !ok {
		return ""
	}
	return "ddtrace.config.*." + name
}

// module is the change of a module that is imported, or of a package around it.
func (x *index) module(path string) (name string, c migration.Change, ok bool) {
	for _, top := range shadowed {
		if path == top || strings.HasPrefix(path, top+".") {
			c, ok := x.modules[top]
			return top, c, ok
		}
	}
	return x.lookup(path)
}

// shadowed are modules of ddtrace 2 that have the name of something else in 4.
var shadowed = []string{"ddtrace.tracer"}

// parameter is the change of one parameter of a function.
func (x *index) parameter(function, name string) (migration.Change, bool) {
	for _, p := range x.parameters[function] {
		if p.name == name {
			return p.change, true
		}
	}
	return migration.Change{}, false
}

// distinctive are names that next to nothing but ddtrace has, with what they are of: a use on
// something unknown is likely one of ddtrace's.
var distinctive = map[string]string{
	"set_tag_str":              "ddtrace.trace.Span.set_tag_str",
	"set_struct_tag":           "ddtrace.trace.Span.set_struct_tag",
	"get_struct_tag":           "ddtrace.trace.Span.get_struct_tag",
	"finish_with_ancestors":    "ddtrace.trace.Span.finish_with_ancestors",
	"on_start_span":            "ddtrace.trace.Tracer.on_start_span",
	"deregister_on_start_span": "ddtrace.trace.Tracer.deregister_on_start_span",
	"submit_evaluation_for":    "ddtrace.llmobs.LLMObs.submit_evaluation_for",
	"non_active_span":          "ddtrace.propagation.http.HTTPPropagator.inject(non_active_span)",
}

// change is that of a name, which may be a parameter "function(name)".
func (x *index) change(name string) (migration.Change, bool) {
	if function, rest, of := strings.Cut(name, "("); of {
		return x.parameter(function, strings.TrimSuffix(rest, ")"))
	}
	c, ok := x.gone[name]
	return c, ok
}
