package names

import (
	"strings"
	"sync"
	"unicode"
)

// What ddtrace 2.x, 3.x and 4.x have, as far as a name must be followed through it.

// aliases are other paths of the same thing: module path -> canonical module path, or thing by thing.
// The longest alias that fits a path wins.
const aliasTable = `
ddtrace.trace.Span          ddtrace.Span ddtrace.span.Span ddtrace._trace.span.Span ddtrace.tracer.Span ddtrace._trace.tracer.Span
ddtrace.trace.Tracer        ddtrace.Tracer ddtrace.tracer.Tracer ddtrace._trace.tracer.Tracer
ddtrace.trace.tracer        ddtrace.tracer
ddtrace.trace.Context       ddtrace.Context ddtrace.context.Context ddtrace._trace.context.Context
ddtrace.trace.Pin           ddtrace.Pin ddtrace.pin.Pin ddtrace._trace.pin.Pin ddtrace.trace._Pin
ddtrace.trace.TraceFilter   ddtrace.filters.TraceFilter ddtrace._trace.filters.TraceFilter
ddtrace.trace.BaseContextProvider ddtrace.provider.BaseContextProvider ddtrace._trace.provider.BaseContextProvider
ddtrace.trace.DefaultContextProvider ddtrace.provider.DefaultContextProvider ddtrace._trace.provider.DefaultContextProvider
ddtrace.trace.SpanProcessor ddtrace._trace.processor.SpanProcessor ddtrace.internal.processor.SpanProcessor
ddtrace.trace.TraceProcessor ddtrace._trace.processor.TraceProcessor ddtrace.internal.processor.trace.TraceProcessor
ddtrace.trace.SpanLink      ddtrace._trace._span_link.SpanLink
ddtrace.patch_all           ddtrace._monkey.patch_all ddtrace.monkey.patch_all
ddtrace.patch               ddtrace._monkey.patch ddtrace.monkey.patch
ddtrace.config              ddtrace.settings.config ddtrace.settings._config.config ddtrace.internal.settings._config.config
ddtrace.settings.Config     ddtrace.settings._config.Config ddtrace.settings.config.Config
ddtrace.opentracer.Tracer   ddtrace.opentracer.tracer.Tracer
ddtrace.opentracer.Span     ddtrace.opentracer.span.Span
ddtrace.opentracer.SpanContext ddtrace.opentracer.span_context.SpanContext
ddtrace.opentelemetry.Span  ddtrace.internal.opentelemetry.span.Span
ddtrace.opentelemetry.Tracer ddtrace.internal.opentelemetry.trace.Tracer
ddtrace.opentelemetry.TracerProvider ddtrace.internal.opentelemetry.trace.TracerProvider
ddtrace.llmobs.LLMObs       ddtrace.llmobs._llmobs.LLMObs ddtrace.llmobs.decorators.LLMObs
ddtrace.llmobs.LLMObsSpan   ddtrace.llmobs._llmobs.LLMObsSpan
ddtrace.llmobs.Dataset      ddtrace.llmobs._experiment.Dataset
ddtrace.llmobs.Experiment   ddtrace.llmobs._experiment.Experiment
ddtrace.profiling.Profiler  ddtrace.profiling.profiler.Profiler
ddtrace.propagation.http.HTTPPropagator ddtrace.propagation.HTTPPropagator
ddtrace.contrib.trace_utils ddtrace.contrib.internal.trace_utils
ddtrace.contrib.asgi        ddtrace.contrib.internal.asgi.middleware ddtrace.contrib.asgi.middleware
ddtrace.contrib.wsgi        ddtrace.contrib.internal.wsgi.wsgi ddtrace.contrib.wsgi.wsgi
ddtrace.runtime.RuntimeMetrics ddtrace.runtime._RuntimeMetricsStatus
`

// members: of a class or module, what its attributes are; () is what a call gives. [x] is a list of x,
// ~x a context manager that gives x, {x} a dict of x, @x a property's or attribute's instance of x.
// A name without anything is a method or function of whose result nothing is known.
const memberTable = `
ddtrace.trace tracer=Tracer
ddtrace patch patch_all tracer=Tracer config= get_version install_excepthook uninstall_excepthook
ddtrace.trace.Tracer trace()=Span start_span()=Span _start_span()=Span start_active_span()=Span current_span()=Span
ddtrace.trace.Tracer get_current_span()=Span current_root_span()=Span active_span=Span active_root_span=Span
ddtrace.trace.Tracer current_trace_context()=Context get_call_context()=Context context_provider=BaseContextProvider provider=BaseContextProvider
ddtrace.trace.Tracer wrap configure flush shutdown set_tags on_start_span deregister_on_start_span sample set_service_info _wrap_executor
ddtrace.trace.Tracer get_log_correlation_context debug_logging= agent_trace_url= enabled= log= write submit set_wrap_executor get_service_entry_span()=Span
ddtrace.trace.Span context=Context _parent=Span _local_root=Span _root=Span _service_entry_span=Span parent=Span root=Span root_span=Span local_root=Span
ddtrace.trace.Span __enter__()=Span finish set_tag set_tags set_tag_str set_struct_tag get_struct_tag get_tag get_tags set_metric set_metrics get_metric get_metrics
ddtrace.trace.Span set_traceback set_exc_info record_exception finish_with_ancestors _finish_with_ancestors _pprint pprint to_dict link_span set_link
ddtrace.trace.Span _set_tag_str _set_struct_tag _get_struct_tag _set_ctx_item _get_ctx_item _set_ctx_items _add_event add_event _ignore_exception _tracer=Tracer tracer=Tracer
ddtrace.trace.Span _set_attribute _get_attribute set_attribute get_attribute _get_str_attribute _get_numeric_attribute _set_sampling_decision_maker _override_sampling_decision _finish_ns
ddtrace.trace.Span _add_on_finish_exception_callback _add_span_pointer _update_tags_from_context _get_traceback
ddtrace.trace.Span name= service= resource= span_type= trace_id= span_id= parent_id= duration= duration_ns= start= start_ns= error= finished= sampled= meta= metrics= _meta= _metrics= _links= _events=
ddtrace.trace.Context copy()=Context clone()=Context __enter__()=Context _with_baggage_item()=Context set_baggage_item _set_baggage_item get_baggage_item _get_baggage_item get_all_baggage_items remove_baggage_item
ddtrace.trace.Context _with_span()=Context get_current_span()=Span get_current_root_span()=Span trace_id= span_id= sampling_priority= dd_origin= dd_user_id= _meta= _metrics=
ddtrace.trace.BaseContextProvider active()=Span|Context activate _has_active_context __call__()=Span|Context
ddtrace.trace.Pin get_from()=Pin _find()=Pin override _override clone()=Pin _clone()=Pin onto remove_from enabled tracer=Tracer _tracer=Tracer service= tags= app=
ddtrace.trace.TraceFilter process_trace()=[Span]
ddtrace.trace.TraceProcessor process_trace()=[Span]
ddtrace.trace.SpanProcessor on_span_start on_span_finish shutdown register unregister
ddtrace.propagation.http.HTTPPropagator inject extract()=Context
ddtrace.contrib.trace_utils activate_distributed_headers set_http_meta set_user ext_service int_service set_flattened_tags wrap unwrap iswrapped with_traced_module
ddtrace.contrib.asgi span_from_scope()=Span
ddtrace.contrib.sqlalchemy trace_engine
ddtrace.llmobs.LLMObs agent()=Span embedding()=Span llm()=Span retrieval()=Span task()=Span tool()=Span workflow()=Span _experiment()=Span _start_span()=Span experiment()=ddtrace.llmobs.Experiment
ddtrace.llmobs.LLMObs _current_span()=Span _current_trace_context()=Context enable disable flush annotate annotation_context export_span submit_evaluation submit_evaluation_for inject_distributed_headers
ddtrace.llmobs.LLMObs activate_distributed_headers register_processor enabled= create_dataset()=ddtrace.llmobs.Dataset pull_dataset()=ddtrace.llmobs.Dataset create_dataset_from_csv()=ddtrace.llmobs.Dataset
ddtrace.llmobs.decorators agent embedding llm retrieval task tool workflow
ddtrace.opentracer set_global_tracer
ddtrace.opentracer.helpers set_global_tracer
ddtrace.opentracer.Tracer start_span()=ddtrace.opentracer.Span start_active_span()=ddtrace.opentracer.Scope active_span=ddtrace.opentracer.Span inject extract()=ddtrace.opentracer.SpanContext
ddtrace.opentracer.Tracer scope_manager=ddtrace.opentracer.ScopeManager _dd_tracer=Tracer close
ddtrace.opentracer.ScopeManager active=ddtrace.opentracer.Scope activate()=ddtrace.opentracer.Scope
ddtrace.opentracer.Scope span=ddtrace.opentracer.Span close
ddtrace.opentracer.Span context=ddtrace.opentracer.SpanContext _dd_span=Span set_tag()=ddtrace.opentracer.Span set_operation_name()=ddtrace.opentracer.Span log_kv()=ddtrace.opentracer.Span
ddtrace.opentracer.Span set_baggage_item()=ddtrace.opentracer.Span get_baggage_item finish log tracer=ddtrace.opentracer.Tracer
ddtrace.opentracer.SpanContext _dd_context=Context
ddtrace.opentelemetry.TracerProvider get_tracer()=ddtrace.opentelemetry.Tracer
ddtrace.opentelemetry.Tracer start_span()=ddtrace.opentelemetry.Span start_as_current_span()=~ddtrace.opentelemetry.Span
ddtrace.opentelemetry.Span _ddspan=Span record_exception set_attribute set_attributes add_event end update_name set_status
ddtrace.profiling.Profiler start stop copy()=ddtrace.profiling.Profiler
ddtrace.runtime.RuntimeMetrics enable disable
ddtrace.settings.Config analytics_enabled=
ddtrace.constants ANALYTICS_SAMPLE_RATE_KEY= MANUAL_KEEP_KEY= MANUAL_DROP_KEY= SPAN_MEASURED_KEY= ENV_KEY= VERSION_KEY=
`

// packages are modules of ddtrace that hold others; what is lower-case in them is a module.
const packageList = `appsec bootstrap commands contrib debugging errortracking ext internal llmobs openfeature opentelemetry
opentracer profiling propagation runtime settings sourcecode trace vendor _trace auto constants data_streams version
span context pin filters provider sampler monkey helpers utils http compat encoding api writer payload`

// constantTable are strings that ddtrace names.
const constantTable = `
ddtrace.constants.ANALYTICS_SAMPLE_RATE_KEY _dd1.sr.eausr
ddtrace.constants.MANUAL_KEEP_KEY manual.keep
ddtrace.constants.MANUAL_DROP_KEY manual.drop
ddtrace.constants.SPAN_MEASURED_KEY _dd.measured
ddtrace.constants.ENV_KEY env
ddtrace.constants.VERSION_KEY version
ddtrace.constants.SERVICE_KEY service.name
`

type member struct {
	call   bool // a function or method
	result things
}

type tables struct {
	aliases   map[string]string
	members   map[string]member // by full path
	classes   map[string]bool
	packages  map[string]bool
	constants map[string]string
}

// ddtraceTables reads the tables above once.
var ddtraceTables = sync.OnceValue(func() *tables {
	t := &tables{map[string]string{}, map[string]member{}, map[string]bool{}, map[string]bool{}, map[string]string{}}
	for _, line := range lines(aliasTable) {
		for _, alias := range line[1:] {
			t.aliases[alias] = line[0]
		}
		t.note(line[0])
	}
	for _, line := range lines(constantTable) {
		t.constants[line[0]] = line[1]
	}
	for _, name := range strings.Fields(packageList) {
		t.packages["ddtrace."+name] = true
	}
	for _, line := range lines(memberTable) {
		t.note(line[0])
		for _, field := range line[1:] {
			name, kind, data := strings.Cut(field, "=")
			called := strings.HasSuffix(name, "()")
			name = strings.TrimSuffix(name, "()")
			t.members[line[0]+"."+name] = member{call: called || !data, result: t.parse(kind)}
		}
	}
	return t
})

// note says that a path is a class if it looks like one.
func (t *tables) note(path string) {
	if last := path[strings.LastIndexByte(path, '.')+1:]; unicode.IsUpper(rune(last[0])) {
		t.classes[path] = true
	}
}

func (t *tables) parse(kind string) things {
	if kind == "" {
		return nil
	}
	switch kind[0] {
	case '[':
		return one(boxOf("list", t.parse(kind[1:len(kind)-1])))
	case '~':
		return one(boxOf("contextmanager", t.parse(kind[1:])))
	}
	var out things
	for _, name := range strings.Split(kind, "|") {
		if !strings.Contains(name, ".") {
			name = "ddtrace.trace." + name
		}
		t.note(name)
		out = append(out, thing{shape: external, path: name, instance: true})
	}
	return out
}

func lines(table string) (out [][]string) {
	for _, line := range strings.Split(table, "\n") {
		if fields := strings.Fields(line); len(fields) > 0 {
			out = append(out, fields)
		}
	}
	return out
}

// Member is the public path of a thing of ddtrace, where what is below the tracer is of its class.
func Member(path string) string {
	path = canonical(path)
	if name, ok := strings.CutPrefix(path, "ddtrace.trace.tracer."); ok {
		return "ddtrace.trace.Tracer." + name
	}
	return path
}

// canonical is the public path of a thing of ddtrace; other paths stay as they are.
func canonical(path string) string {
	if !isTracerPath(path) {
		return path
	}
	t := ddtraceTables()
	for end := len(path); end > 0; end = strings.LastIndexByte(path[:end], '.') {
		// ddtrace.tracer is the tracer, but ddtrace.tracer.Tracer was a module's class in 1.x and 2.x.
		if to, ok := t.aliases[path[:end]]; ok && (end == len(path) || to != "ddtrace.trace.tracer") {
			return to + path[end:]
		}
	}
	return path
}

// kindOf says what a path of ddtrace is, that is no instance.
func kindOf(path string) Kind {
	t := ddtraceTables()
	if path == "ddtrace" || t.packages[path] {
		return Package
	}
	if t.classes[path] {
		return Class
	}
	if m, ok := t.members[path]; ok {
		if m.call {
			return Function
		}
		return Data
	}
	if strings.HasSuffix(path, ")") || strings.HasSuffix(path, "]") {
		return Data
	}
	dot := strings.LastIndexByte(path, '.')
	last, parent := path[dot+1:], path[:dot]
	trimmed := strings.TrimLeft(last, "_")
	switch {
	case trimmed == "" || strings.ToUpper(last) == last:
		return Data
	case unicode.IsUpper(rune(trimmed[0])) && kindOf(parent) == Package:
		return Class
	case kindOf(parent) == Package && inPackages(parent):
		return Package
	}
	return Data
}

func inPackages(parent string) bool {
	for _, prefix := range []string{"ddtrace.contrib", "ddtrace.ext", "ddtrace.internal", "ddtrace.settings", "ddtrace.vendor"} {
		if (parent == prefix || strings.HasPrefix(parent, prefix+".")) && parent != "ddtrace.contrib.trace_utils" {
			return true
		}
	}
	return false
}

// externalAttribute is an attribute of a thing outside the project.
func externalAttribute(t thing, name string) things {
	path := canonical(t.path + "." + name)
	if !isTracerPath(path) {
		if openNamespace(t.path) {
			return unknown
		}
		return one(thing{shape: external, path: path})
	}
	all := ddtraceTables()
	if m, ok := all.members[path]; ok && !m.call && len(m.result) > 0 {
		return m.result
	}
	return one(thing{shape: external, path: path})
}

// externalCall is what a call of a thing outside the project gives.
func externalCall(t thing) things {
	if !isTracerPath(t.path) {
		if openResult(t.path) {
			return unknown
		}
		return one(thing{shape: external, path: t.path + "()"})
	}
	all := ddtraceTables()
	if t.instance {
		if m, ok := all.members[t.path+".__call__"]; ok {
			return m.result
		}
		return unknown
	}
	if m, ok := all.members[t.path]; ok && m.call && len(m.result) > 0 {
		return m.result
	}
	if kindOf(t.path) == Class {
		return one(thing{shape: external, path: t.path, instance: true})
	}
	if _, ok := all.members[t.path]; ok {
		return one(thing{shape: external, path: t.path + "()"})
	}
	// ddtrace passes things of others on too, so it may be anything.
	return unknown
}

// openNamespace says that a program puts attributes of its own on a thing of another package.
func openNamespace(path string) bool {
	switch path {
	case "flask.g", "flask.ctx.g", "flask.globals.g", "quart.g", "threading.local()", "types.SimpleNamespace()", "argparse.Namespace()",
		"typing.Any()", "typing.Any", "gevent.local.local()", "werkzeug.local.Local()", "asgiref.local.Local()":
		return true
	}
	last := path[strings.LastIndexByte(path, '.')+1:]
	return last == "state" || last == "ctx" || last == "request" || last == "current_app" || strings.HasSuffix(last, "equest()")
}

// openResult says that what a call gives may be of any package.
func openResult(path string) bool {
	switch path {
	case "getattr", "builtins.getattr", "importlib.import_module", "builtins.__import__", "builtins.vars", "builtins.globals", "builtins.locals",
		"typing.Any", "builtins.eval", "builtins.super", "builtins.type":
		return true
	}
	last := strings.TrimRight(path[strings.LastIndexByte(path, '.')+1:], "()")
	switch last {
	case "Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock", "create_autospec":
		return true
	}
	return strings.HasPrefix(path, "contextvars.ContextVar()")
}
