package rules

import (
	"bytes"
	"strings"

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
