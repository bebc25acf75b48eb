package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
)

// removedNames finds imports and uses of names of the registry, by what they are.
func removedNames(s *scan, n syntax.Node) {
	switch n := n.(type) {
	case *syntax.Import:
		for _, a := range n.Names {
			s.importedModule(n, a)
		}
	case *syntax.ImportFrom:
		s.importedNames(n)
	case *syntax.Attribute:
		s.attribute(n)
	case *syntax.Subscript:
		// config.flask["analytics_enabled"]
		if !s.m.UsesTracer {
			return
		}
		if v := s.m.Value(n.Value); v.Tracer() && strings.HasPrefix(v.Name, "ddtrace.config") {
			if key, ok := s.m.Const(n.Index); ok {
				v.Name += "." + key
				s.mention(v, n.Value, n.Index)
			}
		}
	case *syntax.Name:
		if s.m.UsesTracer && s.imported(n.ID) && !s.stored(n) {
			if v := s.m.Value(n); v.Tracer() && v.Kind != names.Instance && v.Own == "" {
				s.mention(v, n, n)
			}
		}
	}
}

// importedModule looks at one module of an import statement.
func (s *scan) importedModule(statement *syntax.Import, a *syntax.Alias) {
	path := a.Name.Name
	if !strings.HasPrefix(path, "ddtrace.") {
		return
	}
	if name, change, ok := registry().module(path); ok {
		s.report(use{name: name, change: change, at: a, sure: true, value: names.Value{Kind: names.Package, Name: path, Sure: true}})
	}
}

// importedNames looks at a from-import: one finding if its module is gone, else one for each name.
func (s *scan) importedNames(n *syntax.ImportFrom) {
	module := s.m.ImportedModule(n)
	if module != "ddtrace" && !strings.HasPrefix(module, "ddtrace.") {
		s.reimported(n)
		return
	}
	internal := isInternal(module)
	if name, change, ok := registry().module(module); ok {
		u := use{name: name, change: change, at: n.Module, sure: true}
		if n.Module.Name == "" && len(n.Names) > 0 {
			u.at = n.Names[0].Name // from . import x
		}
		u.value = names.Value{Kind: names.Package, Name: module, Sure: true}
		s.report(u)
		return
	}
	for _, a := range n.Names {
		path := module + "." + a.Name.Name
		name, change, ok := registry().lookup(path)
		v := s.m.Imported(a)
		if !ok && v.Tracer() && v.Kind != names.Package {
			name, change, ok = registry().lookup(v.Name)
			if ok && internal {
				// Internals may outlive the public name, and go at any time.
				if s.private == nil {
					s.private = map[string]bool{}
				}
				s.private[local(a)] = true
			}
		}
		if ok {
			v.Name = path
			s.report(use{name: name, change: change, at: a.Name, value: v, sure: !s.private[local(a)], internal: s.private[local(a)]})
		}
	}
}

// reimported looks at names of ddtrace that come through a module of the project.
func (s *scan) reimported(n *syntax.ImportFrom) {
	if !s.m.UsesTracer {
		return
	}
	for _, a := range n.Names {
		v := s.m.Imported(a)
		if !v.Tracer() || v.Kind == names.Instance || v.Own != "" {
			continue
		}
		if name, change, ok := registry().lookup(v.Name); ok {
			s.report(use{name: name, change: change, at: a.Name, value: v, sure: v.Sure})
		}
	}
}

// isInternal says that a module is none of ddtrace's public ones.
func isInternal(module string) bool {
	return strings.Contains(module, "._") || strings.HasPrefix(module, "ddtrace.internal")
}

// local is the name that an alias binds.
func local(a *syntax.Alias) string {
	if a.AsName.Name != "" {
		return a.AsName.Name
	}
	return a.Name.Name
}

// attribute looks at x.y.
func (s *scan) attribute(n *syntax.Attribute) {
	member := registry().members[n.Attr.Name]
	if !member && !s.m.UsesTracer {
		return
	}
	v, base := s.m.Value(n), s.m.Value(n.Value)
	if base.Tracer() && s.mentioned(n.Value, base) {
		return
	}
	if base.Kind == names.Package {
		// As it is written: ddtrace.Span, where ddtrace.trace.Span is.
		written := base.Name + "." + n.Attr.Name
		if c, ok := registry().gone[written]; ok {
			v.Name, v.Sure = written, base.Sure
			s.report(use{name: written, change: c, at: n.Attr, expr: n, call: s.callOf(n), value: v, sure: v.Sure})
			return
		}
	}
	if !v.Tracer() || v.Own != "" || v.Kind == names.Instance && !member {
		return
	}
	s.mention(v, n, n.Attr)
}

// mentioned says that an expression is itself reported, so that its attributes are not.
func (s *scan) mentioned(e syntax.Expr, v names.Value) bool {
	if c, ok := e.(*syntax.Call); ok {
		f := s.m.Value(c.Func)
		_, _, gone := registry().lookup(f.Name)
		return f.Tracer() && gone
	}
	if n, ok := e.(*syntax.Name); v.Kind == names.Instance || ok && !s.imported(n.ID) {
		return false
	}
	_, _, gone := registry().lookup(v.Name)
	return gone
}

// mention reports an expression whose value is of a name that is gone.
func (s *scan) mention(v names.Value, e syntax.Expr, at syntax.Node) {
	name, change, ok := registry().lookup(v.Name)
	if !ok || s.fromModule(name, v, e) || name == opentracer && s.chained(e, change.ID) {
		return
	}
	root, ok := rootOf(e).(*syntax.Name)
	internal := ok && s.private[root.ID]
	s.report(use{
		name: name, change: change, at: at, expr: e, call: s.callOf(e), value: v,
		sure: v.Sure && !internal, internal: internal,
	})
}

// fromModule says that an expression is only something that came from a module that is gone: its
// import is reported, and mending that mends it. OpenTracing's API has to go from everywhere.
func (s *scan) fromModule(name string, v names.Value, e syntax.Expr) bool {
	if name == v.Name || name == opentracer || strings.Contains(name, "*") {
		return false
	}
	_, last, _ := cutLast(name)
	if first, _ := utf8.DecodeRuneInString(last); unicode.IsUpper(first) {
		return false // a class
	}
	a, ok := e.(*syntax.Attribute)
	return !ok || s.m.Value(a.Value).Kind != names.Package
}

// rootOf is the leftmost expression of a chain of attributes and calls.
func rootOf(e syntax.Expr) syntax.Expr {
	for {
		switch x := e.(type) {
		case *syntax.Attribute:
			e = x.Value
		case *syntax.Call:
			e = x.Func
		default:
			return e
		}
	}
}

// distinctiveNames finds names that ddtrace alone has, on things that are not known.
func distinctiveNames(s *scan, n syntax.Node) {
	a, ok := n.(*syntax.Attribute)
	if !ok {
		return
	}
	name, ok := distinctive[a.Attr.Name]
	if !ok && a.Attr.Name == "_pprint" && s.m.UsesTracer && mentionsSpan(s.text(a.Value)) {
		name, ok = spanClass+"._pprint", true
	}
	if !ok || strings.HasSuffix(name, ")") {
		return
	}
	change, ok := registry().change(name)
	if !ok {
		return
	}
	v := s.m.Value(a)
	if _, _, reported := registry().lookup(v.Name); v.Tracer() && reported || s.otherSpan(a.Value) {
		return
	}
	s.report(use{name: name, change: change, at: a.Attr, expr: a, call: s.callOf(a), value: v})
}

// isMock says that a foreign thing is a double of the standard library, which has every name.
func isMock(name string) bool {
	return strings.HasPrefix(name, "unittest.mock.") || strings.HasPrefix(name, "mock.") || strings.HasPrefix(name, "pytest_mock.")
}
