package rules

import (
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/migration"
)

// removedParameters finds keyword arguments of the registry's parameters.
func removedParameters(s *scan, n syntax.Node) {
	c, ok := n.(*syntax.Call)
	if !ok || len(c.Keywords) == 0 {
		return
	}
	function, _, v := s.callee(c, func(last string) bool {
		for _, k := range c.Keywords {
			if registry().takes(last, k.Name.Name) {
				return true
			}
		}
		return false
	})
	if function == "" && len(c.Args) > 0 && s.m.UsesTracer && s.m.Value(c.Func).Name == "functools.partial" {
		s.partial(c)
		return
	}
	for _, k := range c.Keywords {
		if function != "" {
			if change, ok := registry().parameter(function, k.Name.Name); ok {
				s.report(use{name: function + "(" + k.Name.Name + ")", change: change, at: k, expr: k.Value, call: c, value: v, sure: v.Sure})
			}
			continue
		}
		s.unknownParameter(c, k)
	}
}

// partial finds them where functools.partial keeps them for a later call.
func (s *scan) partial(c *syntax.Call) {
	v := s.m.Value(c.Args[0])
	for _, k := range c.Keywords {
		if change, ok := registry().parameter(v.Name, k.Name.Name); ok {
			s.report(use{name: v.Name + "(" + k.Name.Name + ")", change: change, at: k, expr: k.Value, value: v, sure: v.Sure})
		}
	}
}

// unknownParameter finds keywords of functions that are not known, where they say enough.
func (s *scan) unknownParameter(c *syntax.Call, k *syntax.Keyword) {
	a, ok := c.Func.(*syntax.Attribute)
	if !ok || s.foreign(c.Func) || s.foreign(a.Value) {
		return
	}
	name, distinct := distinctive[k.Name.Name]
	switch {
	case distinct && strings.HasSuffix(name, "("+k.Name.Name+")"):
	case a.Attr.Name == "record_exception" && (k.Name.Name == "timestamp" || k.Name.Name == "escaped") && s.ownSpans():
		name = "ddtrace.trace.Span.record_exception(" + k.Name.Name + ")"
	case a.Attr.Name == "submit_evaluation" && k.Name.Name == "span_context":
		name = "ddtrace.llmobs.LLMObs.submit_evaluation(span_context)"
	default:
		return
	}
	if change, ok := registry().change(name); ok {
		s.report(use{name: name, change: change, at: k, expr: k.Value, call: c})
	}
}

// ownSpans says that a span in this module is more likely ddtrace's than OpenTelemetry's.
func (s *scan) ownSpans() bool {
	return s.m.UsesTracer && !strings.Contains(string(s.file.Text), "opentelemetry")
}

// takes says that a function of this last name had a parameter that is gone.
func (x *index) takes(last, parameter string) bool {
	for function, all := range x.parameters {
		if strings.HasSuffix(function, "."+last) {
			for _, p := range all {
				if p.name == parameter {
					return true
				}
			}
		}
	}
	return false
}

// callee is the function that is called, if worth says so of its last name or if it may go by
// another; "" if it is not known.
func (s *scan) callee(c *syntax.Call, worth func(last string) bool) (function string, shift int, v names.Value) {
	if a, ok := c.Func.(*syntax.Attribute); ok && !worth(a.Attr.Name) && !s.m.UsesTracer {
		return "", 0, names.Value{}
	}
	return s.method(c)
}

// positions are where the registry's parameters stood, from 0 and without self.
var positions = map[string]int{
	"ddtrace.propagation.http.HTTPPropagator.inject(non_active_span)":  2,
	"ddtrace.trace.Span.record_exception(timestamp)":                   2,
	"ddtrace.trace.Span.record_exception(escaped)":                     3,
	"ddtrace.trace.Context(lock)":                                      6,
	"ddtrace.contrib.dbapi.TracedConnection(pin)":                      1,
	"ddtrace.contrib.dbapi.TracedCursor(pin)":                          1,
	"ddtrace.contrib.dbapi_async.TracedAsyncConnection(pin)":           1,
	"ddtrace.contrib.dbapi_async.TracedAsyncCursor(pin)":               1,
	"ddtrace.appsec.trace_utils.block_request_if_user_blocked(tracer)": 0,
	"ddtrace.profiling.Profiler.start(stop_on_exit)":                   0,
	"ddtrace.profiling.Profiler.start(profile_children)":               1,
	"ddtrace.contrib.wsgi.DDWSGIMiddleware(tracer)":                    1,
	"ddtrace.contrib.asgi.TraceMiddleware(tracer)":                     1,
	"ddtrace.contrib.bottle.TracePlugin(tracer)":                       1,
	"ddtrace.contrib.falcon.TraceMiddleware(tracer)":                   0,
	"ddtrace.contrib.flask_cache.get_traced_cache(ddtracer)":           0,
	"ddtrace.contrib.flask_cache.get_traced_cache(tracer)":             0,
	"ddtrace.contrib.sqlalchemy.trace_engine(tracer)":                  1,
	"ddtrace.contrib.aiohttp.trace_app(tracer)":                        1,
	"ddtrace.contrib.cherrypy.TraceMiddleware(tracer)":                 1,
	"ddtrace.runtime.RuntimeMetrics.enable(tracer)":                    0,
}

// shifting are the parameters whose removal moves those after them, so that a positional
// argument becomes another's.
const spanContext = "ddtrace.llmobs.LLMObs.submit_evaluation(span_context)"

// evaluationParameters are those of submit_evaluation in ddtrace 3, in their order.
var evaluationParameters = []string{
	"label", "metric_type", "value", "span_context", "span", "span_with_tag_value", "tags",
	"ml_app", "timestamp_ms", "metadata", "assessment", "reasoning",
}

// mentions are parameters in whose place another one moved: an argument there is theirs if it
// reads like one, or is None.
var mentions = map[string]string{
	"ddtrace.appsec.trace_utils.block_request_if_user_blocked(tracer)": "tracer",
	"ddtrace.trace.Context(lock)":                                      "lock",
}

func (s *scan) mentions(e syntax.Expr, word string) bool {
	if c, ok := e.(*syntax.Constant); ok {
		return c.Kind == syntax.None && word == "lock"
	}
	return strings.Contains(strings.ToLower(s.text(e)), word)
}

// positionalArguments finds arguments that stand where a removed parameter stood.
func positionalArguments(s *scan, n syntax.Node) {
	c, ok := n.(*syntax.Call)
	if !ok || len(c.Args) == 0 {
		return
	}
	function, shift, v := s.callee(c, func(string) bool { return false })
	if function == "" {
		s.unknownPositional(c)
		return
	}
	for _, p := range registry().parameters[function] {
		name := function + "(" + p.name + ")"
		at, known := positions[name]
		if name == spanContext {
			s.shifted(c, p.change, v.Sure)
			continue
		}
		if !known || at+shift >= len(c.Args) || starred(c.Args[:at+shift+1]) {
			continue
		}
		argument := c.Args[at+shift]
		if word := mentions[name]; word != "" && !s.mentions(argument, word) {
			continue
		}
		s.report(use{name: name, change: p.change, at: argument, expr: argument, call: c, value: v, sure: v.Sure})
	}
}

// unknownPositional finds positional arguments of methods that only ddtrace gives so many.
func (s *scan) unknownPositional(c *syntax.Call) {
	a, ok := c.Func.(*syntax.Attribute)
	if !ok || len(c.Args) < 3 || starred(c.Args) || s.foreign(c.Func) || s.foreign(a.Value) {
		return
	}
	name, at := "", 0
	switch {
	case a.Attr.Name == "submit_evaluation" && len(c.Args) > 3:
		if change, ok := registry().change(spanContext); ok {
			s.shifted(c, change, false)
		}
		return
	case a.Attr.Name == "inject" && len(c.Args) == 3 && s.m.UsesTracer && mentionsPropagator(s.text(a.Value)):
		name, at = "ddtrace.propagation.http.HTTPPropagator.inject(non_active_span)", 2
	case a.Attr.Name == "record_exception" && len(c.Args) > 2 && s.ownSpans():
		name, at = "ddtrace.trace.Span.record_exception(timestamp)", 2
	default:
		return
	}
	if change, ok := registry().change(name); ok {
		s.report(use{name: name, change: change, at: c.Args[at], expr: c.Args[at], call: c})
	}
}

func mentionsPropagator(text string) bool {
	return strings.Contains(strings.ToLower(text), "propagator")
}

func starred(all []syntax.Expr) bool {
	for _, e := range all {
		if _, ok := e.(*syntax.Starred); ok {
			return true
		}
	}
	return false
}

// mendParameter gives an argument the new name of its parameter.
func mendParameter(s *scan, u use, k *syntax.Keyword, f *finding.Finding, next string) {
	_, name, ok := strings.Cut(strings.TrimSuffix(next, ")"), "(")
	if u.change.ID == "ext-ci-env" {
		// ddtrace before 4.16 knows the old name alone, and all of them the place.
		if len(u.call.Args) == 0 && u.call.Keywords[0] == k {
			start, _ := k.Range()
			end, _ := k.Value.Range()
			if value := string(s.file.Text[start:end]); strings.HasSuffix(strings.TrimRight(value, " \t"), "=") {
				f.Edits, f.Safe = []finding.Edit{{Start: start, End: end}}, true
				return
			}
		}
		f.Edits = []finding.Edit{put(k.Name, name)}
		return
	}
	if ok && !slices.ContainsFunc(u.call.Keywords, func(other *syntax.Keyword) bool { return other.Name.Name == name }) {
		f.Edits, f.Safe = []finding.Edit{put(k.Name, name)}, true
	}
}

// mendUnusedArgument takes out an argument of which nothing came.
func mendUnusedArgument(s *scan, u use, f *finding.Finding) {
	if u.call == nil {
		return
	}
	if _, named := u.at.(*syntax.Keyword); !named && u.change.What == migration.Deprecated && u.call.Args[len(u.call.Args)-1] != u.expr {
		return // the parameter is still there, so those after it would move
	}
	f.Edits = s.withoutArgument(u.call, u.at)
	f.Safe = len(f.Edits) > 0 && harmless(u.expr)
}

// harmless says that leaving an expression unevaluated changes nothing: it calls nothing, but
// for clocks.
func harmless(e syntax.Expr) bool {
	fine := true
	syntax.Walk(e, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Call:
			a, ok := n.Func.(*syntax.Attribute)
			name, plain := n.Func.(*syntax.Name)
			switch {
			case ok && (a.Attr.Name == "time" || a.Attr.Name == "time_ns" || a.Attr.Name == "monotonic" || a.Attr.Name == "monotonic_ns"):
			case ok && (a.Attr.Name == "RLock" || a.Attr.Name == "Lock" || a.Attr.Name == "now" || a.Attr.Name == "utcnow" || a.Attr.Name == "timestamp"):
			case plain && (name.ID == "int" || name.ID == "float" || name.ID == "bool" || name.ID == "round" || name.ID == "time" || name.ID == "time_ns"):
			default:
				fine = false
			}
		case *syntax.Await, *syntax.Yield, *syntax.YieldFrom, *syntax.NamedExpr:
			fine = false
		}
		return fine
	})
	return fine
}
