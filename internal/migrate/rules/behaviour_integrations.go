package rules

import (
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
)

// integration is one that ddtrace 4 has not any more, or gives up.
type integration struct {
	name    string // in ddtrace.patch and ddtrace.config
	library string // as it is imported
	change  string
	gone    bool
}

var integrations = []integration{
	{"aioredis", "aioredis", "integration-aioredis", true},
	{"cassandra", "cassandra", "integration-cassandra", true},
	{"freezegun", "freezegun", "integration-freezegun", true},
	{"google_generativeai", "google.generativeai", "integration-google-generativeai", true},
	{"mongoengine", "mongoengine", "integration-mongoengine", true},
	{"vertica", "vertica_python", "integration-vertica", false},
	{"yaaredis", "yaaredis", "integration-yaaredis", false},
}

func integrationNamed(name string) (integration, bool) {
	for _, i := range integrations {
		if i.name == name {
			return i, true
		}
	}
	return integration{}, false
}

// goneLibraries finds the first import in a module of a library that is not traced any more.
func goneLibraries(s *scan, n syntax.Node) {
	switch n := n.(type) {
	case *syntax.Import:
		for _, a := range n.Names {
			s.goneLibrary(a.Name.Name, a)
		}
	case *syntax.ImportFrom:
		if n.Level > 0 {
			return
		}
		s.goneLibrary(n.Module.Name, n.Module)
		for _, a := range n.Names {
			if n.Module.Name == "google" && a.Name.Name == "generativeai" {
				s.goneLibrary("google.generativeai", a.Name)
			}
		}
	}
}

func (s *scan) goneLibrary(module string, at syntax.Node) {
	for _, i := range integrations {
		if module != i.library && !strings.HasPrefix(module, i.library+".") {
			continue
		}
		for _, f := range s.found {
			if f.Rule == i.change {
				return
			}
		}
		s.behaves(i.change, at, finding.Likely)
	}
}

// goneIntegrations finds them named to ddtrace.patch and patch_all, and in ddtrace.config.
func goneIntegrations(s *scan, n syntax.Node) {
	if !s.m.UsesTracer {
		return
	}
	switch n := n.(type) {
	case *syntax.Call:
		v := s.m.Value(n.Func)
		if v.Kind != names.Function || v.Name != "ddtrace.patch" && v.Name != "ddtrace.patch_all" {
			return
		}
		for _, k := range n.Keywords {
			switch i, ok := integrationNamed(k.Name.Name); {
			case ok && i.gone:
				s.patched(n, k, i, v)
			case ok:
				s.behaves(i.change, k, certainty(v))
			case k.Name.Name == "":
				s.patchedKeys(k.Value, v)
			}
		}
	case *syntax.Attribute:
		if i, ok := integrationNamed(n.Attr.Name); ok && i.gone {
			if v := s.m.Value(n.Value); v.Tracer() && v.Name == "ddtrace.config" {
				f := s.behaves(i.change, n.Attr, certainty(v))
				f.Message = "the integration of " + i.library + " is gone, and asking ddtrace.config for it raises AttributeError"
			}
		}
	}
}

// patched is about patch(freezegun=True).
func (s *scan) patched(c *syntax.Call, k *syntax.Keyword, i integration, v names.Value) {
	f := s.behaves(i.change, k, certainty(v))
	value, ok := k.Value.(*syntax.Constant)
	off := ok && value.Value == "False"
	f.Message = i.patched(off, v)
	if ok {
		f.Edits = s.withoutArgument(c, k)
		// The library had spans before: that they are gone is for a person to see.
		f.Safe = len(f.Edits) > 0 && f.Certainty == finding.Certain && (off || i.name == "freezegun")
	}
}

// patchedKeys is about patch(**{"freezegun": True}).
func (s *scan) patchedKeys(e syntax.Expr, v names.Value) {
	d, ok := e.(*syntax.Dict)
	if !ok {
		return
	}
	for at, key := range d.Keys {
		c, ok := key.(*syntax.Constant)
		if !ok || c.Kind != syntax.Str {
			continue
		}
		if i, ok := integrationNamed(c.Value); ok {
			f := s.behaves(i.change, c, certainty(v))
			if i.gone {
				value, ok := d.Values[at].(*syntax.Constant)
				f.Message = i.patched(ok && value.Kind == syntax.False, v)
			}
		}
	}
}

// patched says what becomes of an integration that is named to patch or patch_all.
func (i integration) patched(off bool, v names.Value) string {
	if off || v.Name == "ddtrace.patch_all" {
		return "the integration of " + i.library + " is gone, so there is nothing to switch on or off"
	}
	return "the integration of " + i.library + " is gone, and ddtrace.patch raises ModuleNotFoundException for it"
}

func certainty(v names.Value) finding.Certainty {
	if v.Sure {
		return finding.Certain
	}
	return finding.Likely
}

// wrappedMethods finds @tracer.wrap() on methods, whose spans get another name in ddtrace 5.
func wrappedMethods(s *scan, n syntax.Node) {
	def, ok := n.(*syntax.FunctionDef)
	if !ok || !s.m.UsesTracer || len(def.Decorators) == 0 {
		return
	}
	if _, method := s.m.Parent(def).(*syntax.ClassDef); !method {
		return
	}
	for _, d := range def.Decorators {
		if c, ok := d.(*syntax.Call); ok && names.Arg(c, 0, "name") == nil && !hasKeyword(c, "") {
			if v := s.m.Value(c.Func); v.Kind == names.Function && v.Name == "ddtrace.trace.Tracer.wrap" {
				s.behaves("wrap-method-name", c, certainty(v))
			}
		}
	}
}
