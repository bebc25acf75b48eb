package rules

import (
	"bytes"
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
)

const opentracer = "ddtrace.opentracer"

// opentracingUse finds imports of the opentracing library in projects that run it on ddtrace's
// tracer: it has none to run on any more.
func opentracingUse(s *scan, n syntax.Node) {
	change, ok := registry().gone[opentracer]
	if !ok {
		return
	}
	switch n := n.(type) {
	case *syntax.Import:
		for _, a := range n.Names {
			if ofOpentracing(a.Name.Name) && s.hasOpentracer() {
				s.report(use{name: opentracer, change: change, at: a.Name})
			}
		}
	case *syntax.ImportFrom:
		if n.Level == 0 && ofOpentracing(n.Module.Name) && s.hasOpentracer() {
			s.report(use{name: opentracer, change: change, at: n.Module})
		}
	case *syntax.Assign:
		// opentracing.tracer = tracer
		if target, ok := n.Targets[0].(*syntax.Attribute); ok && target.Attr.Name == "tracer" && s.m.Value(target.Value).Name == "opentracing" {
			s.globalTracer(n.Value, target.Attr)
		}
	case *syntax.Call:
		if f, ok := n.Func.(*syntax.Attribute); ok && len(n.Args) == 1 && f.Attr.Name == "set_global_tracer" && s.m.Value(f.Value).Name == "opentracing" {
			s.globalTracer(n.Args[0], f.Attr)
		}
	}
}

// globalTracer reports where opentracing is given a tracer of ddtrace that was made elsewhere;
// where it is made here, that is reported.
func (s *scan) globalTracer(e syntax.Expr, at syntax.Node) {
	switch e.(type) {
	case *syntax.Name, *syntax.Attribute:
	default:
		return
	}
	v := s.m.Value(e)
	if name, change, ok := registry().lookup(v.Name); ok && name == opentracer && v.Tracer() && v.Kind == names.Instance {
		s.report(use{name: name, change: change, at: at, value: v, sure: v.Sure})
	}
}

// chained says that an attribute of an attribute is reported already, for the same change.
func (s *scan) chained(e syntax.Expr, id string) bool {
	var inner syntax.Node = e
	for {
		outer, ok := s.m.Parent(inner).(*syntax.Attribute)
		if !ok {
			return false
		}
		if slices.ContainsFunc(s.found, func(f finding.Finding) bool { return f.Start == int(outer.Attr.Start) && f.Rule == id }) {
			return true
		}
		inner = outer
	}
}

func ofOpentracing(module string) bool {
	return module == "opentracing" || strings.HasPrefix(module, "opentracing.")
}

// hasOpentracer says that some module of the project mentions ddtrace's OpenTracing tracer.
func (s *scan) hasOpentracer() bool {
	for _, m := range s.p.Modules() {
		if bytes.Contains(m.File.Text, []byte("opentracer")) && m.UsesTracer {
			return true
		}
	}
	return false
}
