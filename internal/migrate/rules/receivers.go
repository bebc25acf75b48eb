package rules

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
)

// mentionsSpan says that an expression reads like a span: self.span, root_span, ...
func mentionsSpan(text string) bool {
	text = strings.ToLower(text)
	if dot := strings.LastIndexByte(text, '.'); dot >= 0 {
		text = text[dot+1:]
	}
	return strings.Contains(text, "span")
}

// foreign says that an expression is known to be something that is not ddtrace's, nor a mock,
// nor of a copy of ddtrace in the project.
func (s *scan) foreign(e syntax.Expr) bool {
	v := s.m.Value(e)
	return v.Sure && v.Kind == names.Foreign && !isMock(v.Name) && !strings.HasPrefix(v.Name, "ddtrace.")
}

// otherSpan says that an expression is known to be something else than a span or a tracer of
// ddtrace: of another tracing library, of a class of another package, or of one of the
// project's. What a function of another package returns is not known: it may hand spans out.
func (s *scan) otherSpan(e syntax.Expr) bool {
	if !s.foreign(e) {
		return false
	}
	name := s.m.Value(e).Name
	top, _, _ := strings.Cut(name, ".")
	if slices.Contains(otherTracers, top) {
		return true
	}
	_, last, _ := cutLast(strings.TrimRight(name, "()[]"))
	first, _ := utf8.DecodeRuneInString(last)
	return unicode.IsUpper(first)
}

// otherTracers are the packages whose spans have methods of the same kind, and the builtins.
var otherTracers = []string{
	"builtins", "elasticapm", "jaeger_client", "lightstep", "logfire", "newrelic", "opencensus",
	"opentelemetry", "opentracing", "py_zipkin", "sentry_sdk", "skywalking", "zipkin",
}

// method resolves the function of a call, for functions whose parameters changed: the name of
// the function, how many arguments precede those of a bound call, and how sure it is.
func (s *scan) method(c *syntax.Call) (name string, shift int, v names.Value) {
	v = s.m.Value(c.Func)
	if !v.Tracer() || v.Kind == names.Instance || v.Own != "" {
		return "", 0, v
	}
	if a, ok := c.Func.(*syntax.Attribute); ok && instanceMethods[v.Name] && s.m.Value(a.Value).Kind == names.Class {
		shift = 1
	}
	return v.Name, shift, v
}

// instanceMethods take the instance first where they are called on the class.
var instanceMethods = map[string]bool{
	"ddtrace.trace.Span.record_exception": true,
	"ddtrace.trace.Span.set_tag":          true,
	"ddtrace.trace.Span.set_tags":         true,
	"ddtrace.trace.Span.set_metric":       true,
	"ddtrace.trace.Span.set_metrics":      true,
}
