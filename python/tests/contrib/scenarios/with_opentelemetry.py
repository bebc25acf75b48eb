"""The OpenTelemetry API in place of ours."""

from . import scenario


ON = {"DD_TRACE_OTEL_ENABLED": "true", "DD_SERVICE": "shop"}


def _tracer():
    from opentelemetry import trace

    return trace.get_tracer("scenarios", "1.2")


def _kinds():
    from opentelemetry.trace import SpanKind

    return list(SpanKind)


OPERATIONS = (
    {},
    {"http.request.method": "GET"},
    {"http.method": "GET"},
    {"db.system": "Redis"},
    {"messaging.system": "Kafka", "messaging.operation": "Receive"},
    {"messaging.system": "Kafka"},
    {"rpc.system": "gRPC"},
    {"rpc.system": "grpc", "rpc.service": "Greeter"},
    {"rpc.system": "aws-api"},
    {"rpc.system": "aws-api", "rpc.service": "S3"},
    {"faas.invoked_provider": "AWS", "faas.invoked_name": "Fn"},
    {"faas.trigger": "Datasource"},
    {"graphql.operation.type": "query"},
    {"network.protocol.name": "AMQP"},
    {"network.protocol.version": "2"},
    {"http.request.method": "GET", "db.system": "redis", "network.protocol.name": "http"},
)


@scenario(**ON)
def operation_names():
    from opentelemetry.trace import SpanKind

    tracer = _tracer()
    for number, attributes in enumerate(OPERATIONS):
        for kind in SpanKind:
            tracer.start_span("call %d" % number, kind=kind, attributes=attributes).end()


@scenario(**ON)
def operation_name_of_late_attributes():
    from opentelemetry.trace import SpanKind

    with _tracer().start_as_current_span("late", kind=SpanKind.CLIENT) as span:
        before = span._ddspan.name if hasattr(span, "_ddspan") else None
        span.set_attribute("db.system", "mysql")
    with _tracer().start_as_current_span("set", kind=SpanKind.CLIENT) as span:
        span.set_attribute("operation.name", "My.Operation")
    with _tracer().start_as_current_span("empty", attributes={"operation.name": ""}):
        pass
    with _tracer().start_as_current_span("number", attributes={"operation.name": 5}):
        pass
    return before


@scenario(**ON)
def reserved_attributes():
    for attributes in (
        {"resource.name": "GET /a", "service.name": "bakery", "span.type": "web", "operation.name": "web.request"},
        {"analytics.event": "true"},
        {"analytics.event": True},
        {"analytics.event": False},
        {"analytics.event": "something"},
        {"analytics.event": 1},
        {"http.response.status_code": 404},
        {"http.response.status_code": "503"},
        {"http.status_code": 200},
        {"service.version": "9"},
        {"service.name": 5, "resource.name": 6, "span.type": 7},
        {"service.name": None, "resource.name": None},
        {"env": "dev", "version": "3", "span.kind": "weird", "error": 1},
        {"error.type": "T", "error.message": "m", "error.stack": "s"},
        {"_dd.measured": 1, "component": "mine"},
        {"manual.keep": True, "language": "perl"},
        {"peer.service": "db", "_dd.base_service": "x"},
    ):
        with _tracer().start_as_current_span("first", attributes=attributes):
            pass
        with _tracer().start_as_current_span("later") as span:
            for key, value in attributes.items():
                span.set_attribute(key, value)


@scenario(**ON)
def manual_drop_and_keep():
    with _tracer().start_as_current_span("kept") as span:
        span.set_attribute("manual.keep", "")
        kept = span.get_span_context().trace_flags
    with _tracer().start_as_current_span("dropped") as span:
        span.set_attribute("manual.drop", "")
        return [kept, span.get_span_context().trace_flags]


@scenario(**ON)
def attribute_types():
    with _tracer().start_as_current_span("types") as span:
        span.set_attribute("text", "a")
        span.set_attribute("int", 5)
        span.set_attribute("float", 2.5)
        span.set_attribute("true", True)
        span.set_attribute("false", False)
        span.set_attribute("none", None)
        span.set_attribute("list", ["a", "b"])
        span.set_attribute("tuple", (1, 2))
        span.set_attribute("bools", [True, False])
        span.set_attribute("floats", [1.5, 2.0])
        span.set_attribute("nested", [[1, 2], ["a", ["b"]]])
        span.set_attribute("empty", [])
        span.set_attribute("dict", {"a": 1})
        span.set_attribute("bytes", b"abc")
        span.set_attribute("big", 1 << 70)
        span.set_attribute("set", {1})
        span.set_attributes({"several.a": 1, "several.b": "x"})
        span.set_attribute("mixed", [1, "a", None, True])
        span.set_attribute("", "no key")
    with _tracer().start_as_current_span("first", attributes={"list": [1, 2], "true": True, "none": None}):
        pass


@scenario(**ON)
def statuses():
    from opentelemetry.trace import Status
    from opentelemetry.trace import StatusCode

    ok, error, unset = StatusCode.OK, StatusCode.ERROR, StatusCode.UNSET
    for calls in (
        [(Status(error, "broken"),)],
        [(error, "broken")],
        [(error,)],
        [(ok,)],
        [(unset,)],
        [(error, "broken"), (ok,)],
        [(ok,), (error, "broken")],
        [(error, "broken"), (unset,)],
        [(error, "one"), (error, "two")],
        [(Status(ok, "fine"),)],
        [(Status(error, "in status"), "beside it")],
        [(error, "broken"), (Status(ok),), (error, "again")],
    ):
        with _tracer().start_as_current_span("status") as span:
            for call in calls:
                span.set_status(*call)


@scenario(**ON)
def exceptions():
    from opentelemetry.trace import StatusCode

    class Odd(Exception):
        def __str__(self):
            return "odd one"

    tracer = _tracer()
    for kwargs in (
        {},
        {"record_exception": False},
        {"set_status_on_exception": False},
        {"record_exception": False, "set_status_on_exception": False},
        {"end_on_exit": False},
    ):
        kept = None
        try:
            with tracer.start_as_current_span("raises", **kwargs) as kept:
                raise Odd("lost")
        except Odd:
            pass
        if kept is not None and kept.is_recording():
            kept.end()
    with tracer.start_as_current_span("recorded") as span:
        span.record_exception(ValueError("one"))
    with tracer.start_as_current_span("recorded with") as span:
        span.record_exception(ValueError("two"), {"exception.message": "mine", "other": 5}, escaped=True)
    with tracer.start_as_current_span("recorded as") as span:
        span.record_exception(ValueError("x"), {"exception.type": "T", "exception.escaped": "mine"})
    with tracer.start_as_current_span("ok before") as span:
        span.set_status(StatusCode.OK)
        span.record_exception(KeyError("three"))
    with tracer.start_as_current_span("two") as span:
        span.record_exception(ValueError("one"))
        span.record_exception(KeyError("two"))
    try:
        with tracer.start_as_current_span("ok, then raises") as span:
            span.set_status(StatusCode.OK)
            raise Odd
    except Odd:
        pass
    for kwargs in ({}, {"record_exception": False}, {"set_status_on_exception": False}):
        try:
            with tracer.start_span("span as a block", **kwargs):
                raise Odd
        except Odd:
            pass


@scenario(**ON)
def events():
    with _tracer().start_as_current_span("eventful") as span:
        span.add_event("plain")
        span.add_event("with attributes", {"a": 1, "b": [1, 2], "c": True, "d": "x", "e": 1.5})
        span.add_event("empty", {})
    span.add_event("after the end")


@scenario(**ON)
def links():
    from opentelemetry.trace import Link
    from opentelemetry.trace import SpanContext
    from opentelemetry.trace import TraceFlags
    from opentelemetry.trace import TraceState

    one = SpanContext(0x11, 0x22, True, TraceFlags(1), TraceState([("dd", "s:1"), ("a", "b")]))
    two = SpanContext((5 << 64) | 7, 0x44, False)
    with _tracer().start_as_current_span(
        "linked", links=[Link(one, {"link.name": "first", "list": [1, "a"], "yes": True}), Link(two)]
    ) as span:
        with _tracer().start_as_current_span("to the parent", links=[Link(span.get_span_context())]):
            pass


@scenario(**ON)
def times():
    import time

    start = time.time_ns()
    span = _tracer().start_span("timed", start_time=start)
    span.end(end_time=start + 1_500_000_000)
    return [span._ddspan.start_ns == start, span._ddspan.duration_ns]


@scenario(**ON)
def after_the_end():
    span = _tracer().start_span("done")
    recording = [span.is_recording()]
    span.end()
    recording.append(span.is_recording())
    span.set_attribute("late", 1)
    span.update_name("late")
    span.set_status(__import__("opentelemetry.trace").trace.StatusCode.ERROR, "late")
    span.record_exception(ValueError("late"))
    span.end()
    return recording


@scenario(**ON)
def update_name():
    with _tracer().start_as_current_span("before") as span:
        span.update_name("after")
        with _tracer().start_as_current_span("child") as child:
            child.set_attribute("resource.name", "res")
            child.update_name("named")


@scenario(**ON)
def nested():
    from ddtrace import tracer as ours

    theirs = _tracer()
    with theirs.start_as_current_span("otel root"):
        with ours.trace("dd.child"):
            with theirs.start_as_current_span("otel grandchild"):
                with ours.trace("dd.leaf"):
                    pass
        with theirs.start_as_current_span("otel child"):
            pass
    with ours.trace("dd.root", service="bakery"):
        with theirs.start_as_current_span("otel child", attributes={"a": 1}):
            pass
        theirs.start_span("not active").end()
        ours.trace("dd.sibling").finish()


@scenario(**ON)
def current_spans():
    from ddtrace import tracer as ours
    from opentelemetry import trace

    theirs = _tracer()
    seen = [trace.get_current_span().get_span_context().is_valid, ours.current_span() is None]
    with theirs.start_as_current_span("a") as a:
        seen.append(ours.current_span().span_id == a.get_span_context().span_id)
        seen.append(ours.current_span().trace_id == a.get_span_context().trace_id)
        seen.append(type(trace.get_current_span()).__name__)
        with ours.trace("b") as b:
            current = trace.get_current_span()
            seen.append(type(current).__name__)
            seen.append(current.get_span_context().span_id == b.span_id)
            current.set_attribute("from.otel", 1)
            seen.append(current.is_recording())
        seen.append(trace.get_current_span().get_span_context().span_id == a.get_span_context().span_id)
    seen.append(ours.current_span() is None)
    return seen


@scenario(**ON)
def attached_and_detached():
    from ddtrace import tracer as ours
    from opentelemetry import context
    from opentelemetry import trace

    theirs = _tracer()
    span = theirs.start_span("attached")
    token = context.attach(trace.set_span_in_context(span))
    with ours.trace("below"):
        pass
    inner = theirs.start_span("inner")
    inner_token = context.attach(trace.set_span_in_context(inner))
    ours.trace("below.inner").finish()
    context.detach(inner_token)
    inner.end()
    ours.trace("below.again").finish()
    span.end()
    context.detach(token)
    ours.trace("beside").finish()


@scenario(**ON)
def explicit_contexts():
    from opentelemetry import trace
    from opentelemetry.context import Context

    theirs = _tracer()
    with theirs.start_as_current_span("current"):
        theirs.start_span("root of its own", context=Context()).end()
        other = theirs.start_span("other")
        theirs.start_span("below other", context=trace.set_span_in_context(other)).end()
        with theirs.start_as_current_span("also below other", context=trace.set_span_in_context(other)):
            theirs.start_span("and below that").end()
        other.end()
        theirs.start_span("below nothing", context=trace.set_span_in_context(trace.INVALID_SPAN)).end()


def _state(made):
    """The trace state without what is random in it."""
    import re

    state = re.sub(r"p:[0-9a-f]{16}", "p:<span>", made.trace_state.to_header())
    return re.sub(r",?ot=rv:[0-9a-f]+;th:0", "", state)


@scenario(**ON)
def remote_parents():
    from opentelemetry import trace

    theirs = _tracer()
    seen = []
    for flags, state in (
        (1, "dd=s:2;o:rum;t.usr.id:12,other=1"),
        (0, ""),
        (1, ""),
        (0, "dd=s:-1"),
        (1, "x=y"),
    ):
        remote = trace.SpanContext(
            0x0102030405060708090A0B0C0D0E0F10,
            0xABCD,
            True,
            trace.TraceFlags(flags),
            trace.TraceState.from_header([state] if state else []),
        )
        context = trace.set_span_in_context(trace.NonRecordingSpan(remote))
        with theirs.start_as_current_span("below remote", context=context) as span:
            made = span.get_span_context()
            seen.append(
                [
                    made.trace_id == 0x0102030405060708090A0B0C0D0E0F10,
                    made.is_remote,
                    int(made.trace_flags),
                    _state(made),
                ]
            )
        local = trace.SpanContext(0x0102030405060708090A0B0C0D0E0F10, 0xABCD, False, trace.TraceFlags(flags))
        context = trace.set_span_in_context(trace.NonRecordingSpan(local))
        with theirs.start_as_current_span("below local", context=context) as span:
            made = span.get_span_context()
            seen.append([made.is_remote, int(made.trace_flags), _state(made)])
    return seen


@scenario(**ON)
def attached_remote_parent():
    from ddtrace import tracer as ours
    from opentelemetry import context
    from opentelemetry import trace

    remote = trace.SpanContext((1 << 64) + 0x77, 0xABCD, True, trace.TraceFlags(1), trace.TraceState([("a", "b")]))
    token = context.attach(trace.set_span_in_context(trace.NonRecordingSpan(remote)))
    current = trace.get_current_span()
    seen = [type(current).__name__, current.get_span_context().span_id == 0xABCD]
    active = ours.current_trace_context()
    seen.append([active.trace_id == (1 << 64) + 0x77, active.span_id == 0xABCD, active.sampling_priority])
    ours.trace("dd.below").finish()
    context.detach(token)
    seen.append(ours.current_trace_context() is None)
    return seen


@scenario(**ON)
def ddtrace_context_seen_by_otel():
    from ddtrace import tracer as ours
    from ddtrace.trace import Context
    from opentelemetry import trace

    ours.context_provider.activate(Context(trace_id=0x99, span_id=0x22, sampling_priority=2, dd_origin="synthetics"))
    current = trace.get_current_span()
    made = current.get_span_context()
    seen = [type(current).__name__, made.trace_id, made.span_id, made.is_remote, int(made.trace_flags)]
    seen.append(_state(made))
    with _tracer().start_as_current_span("below") as span:
        made = span.get_span_context()
        seen += [made.is_remote, int(made.trace_flags), _state(made)]
    ours.context_provider.activate(None)
    return seen


@scenario(**ON)
def span_contexts():
    with _tracer().start_as_current_span("a") as span:
        made = span.get_span_context()
        return [
            made.is_valid,
            made.is_remote,
            int(made.trace_flags),
            type(made.trace_flags).__name__,
            _state(made),
            made.trace_id >> 96 > 0,
            made.trace_id == span._ddspan.trace_id,
        ]


@scenario(DD_TRACE_SAMPLING_RULES='[{"sample_rate": 0}]', **ON)
def sampled_out():
    with _tracer().start_as_current_span("a") as span:
        made = span.get_span_context()
        recording = span.is_recording()
        with _tracer().start_as_current_span("b") as child:
            return [int(made.trace_flags), _state(made), recording, child.is_recording()]


@scenario(**ON)
def use_span():
    from ddtrace import tracer as ours
    from opentelemetry import trace

    span = _tracer().start_span("used")
    with trace.use_span(span, end_on_exit=True):
        ours.trace("below").finish()
    seen = [span.is_recording()]
    span = _tracer().start_span("kept")
    try:
        with trace.use_span(span, record_exception=True, set_status_on_exception=True):
            raise ValueError("in use")
    except ValueError:
        pass
    seen.append(span.is_recording())
    span.end()
    return seen


@scenario(**ON)
def finished_parent():
    theirs = _tracer()
    with theirs.start_as_current_span("parent") as parent:
        pass
    from opentelemetry import trace

    theirs.start_span("late child", context=trace.set_span_in_context(parent)).end()


@scenario(**ON)
def ended_while_active():
    from ddtrace import tracer as ours

    with _tracer().start_as_current_span("a"):
        with _tracer().start_as_current_span("b") as b:
            b.end()
            ours.trace("after b").finish()
            _tracer().start_span("otel after b").end()


@scenario(**ON)
def baggage():
    from ddtrace import tracer as ours
    from opentelemetry import baggage as otel_baggage
    from opentelemetry import context

    seen = []
    with ours.trace("dd.root") as root:
        root.context.set_baggage_item("from.dd", "1")
        seen.append(dict(otel_baggage.get_all()))
        token = context.attach(otel_baggage.set_baggage("from.otel", "2"))
        seen.append(dict(otel_baggage.get_all()))
        seen.append(sorted((ours.current_trace_context() or root.context).get_all_baggage_items().items()))
        with _tracer().start_as_current_span("otel child"):
            seen.append(sorted(ours.current_span().context.get_all_baggage_items().items()))
            seen.append(dict(otel_baggage.get_all()))
        inner = context.attach(otel_baggage.remove_baggage("from.dd"))
        seen.append(dict(otel_baggage.get_all()))
        seen.append(sorted(root.context.get_all_baggage_items().items()))
        context.detach(inner)
        context.detach(token)
    return seen


@scenario(**ON)
def propagators():
    from opentelemetry import propagate
    from opentelemetry import trace

    carrier = {
        "traceparent": "00-00000000000000010000000000000088-000000000000abcd-01",
        "tracestate": "dd=s:2;o:rum,other=1",
        "baggage": "a=b",
    }
    with _tracer().start_as_current_span("server", context=propagate.extract(carrier)) as span:
        sent = {}
        propagate.inject(sent)
        state = sent.get("tracestate")
        span_id = "%016x" % trace.get_current_span().get_span_context().span_id
        assert span is not None
        return [
            sorted(sent),
            sent["traceparent"].replace(span_id, "<span>"),
            state.replace(span_id, "<span>") if state else state,
            sent.get("baggage"),
        ]


@scenario(**ON)
def injected_by_ddtrace():
    from ddtrace.propagation.http import HTTPPropagator

    with _tracer().start_as_current_span("client") as span:
        headers = {}
        HTTPPropagator.inject(span._ddspan.context, headers)
        return sorted(headers)


@scenario(**ON)
def threads_and_tasks():
    import asyncio
    import contextvars
    import threading

    from ddtrace import tracer as ours

    theirs = _tracer()

    async def task(name):
        with theirs.start_as_current_span(name):
            await asyncio.sleep(0)
            ours.trace("in." + name).finish()

    async def main():
        with theirs.start_as_current_span("main"):
            await asyncio.gather(task("t"), task("t"))

    asyncio.run(main())

    def work():
        theirs.start_span("in thread").end()

    with theirs.start_as_current_span("starts"):
        context = contextvars.copy_context()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        thread = threading.Thread(target=context.run, args=(work,))
        thread.start()
        thread.join()


@scenario(**ON)
def decorators():
    import asyncio

    theirs = _tracer()

    @theirs.start_as_current_span("decorated", attributes={"a": 1})
    def function():
        return 1

    @theirs.start_as_current_span("decorated coroutine")
    async def coroutine():
        return 2

    return [function(), function(), asyncio.run(coroutine())]


@scenario(**ON)
def providers():
    from ddtrace.opentelemetry import TracerProvider
    from opentelemetry import trace

    provider = trace.get_tracer_provider()
    tracer = provider.get_tracer("name", "1", "url", {"a": "b"})
    other = TracerProvider().get_tracer("other")
    other.start_span("of another provider").end()
    return [
        type(provider).__name__,
        isinstance(provider, TracerProvider),
        isinstance(provider, trace.TracerProvider),
        type(tracer).__name__,
        isinstance(tracer, trace.Tracer),
        type(tracer.start_span("x")).__name__,
    ]


@scenario(**ON)
def in_flask():
    import flask

    from .servers import fetch
    from .servers import wsgi_server

    app = flask.Flask("shop")

    @app.route("/items/<int:n>")
    def item(n):
        from opentelemetry import trace

        trace.get_current_span().set_attribute("item", n)
        with _tracer().start_as_current_span("look up"):
            return "found"

    with wsgi_server(app) as port:
        return fetch(port, "/items/3")


@scenario(DD_SERVICE="shop")
def off_by_default():
    from opentelemetry import trace

    with _tracer().start_as_current_span("nothing") as span:
        return [span.is_recording(), span.get_span_context().is_valid, type(trace.get_tracer_provider()).__name__]


@scenario(DD_SERVICE="shop")
def by_hand():
    from ddtrace import tracer as ours
    from ddtrace.opentelemetry import TracerProvider
    from opentelemetry import trace

    theirs = TracerProvider().get_tracer("mine")
    with theirs.start_as_current_span("otel") as span:
        ours.trace("dd.below").finish()
        with theirs.start_as_current_span("otel below"):
            pass
        return [trace.get_current_span() is span, ours.current_span() is None]


@scenario(DD_TRACE_OTEL_ENABLED="true")
def inferred_service():
    with _tracer().start_as_current_span("a"):
        _tracer().start_span("b", attributes={"component": "mine"}).end()
        _tracer().start_span("c", attributes={"service.name": "mine"}).end()


SEMANTICS = dict(ON, DD_TRACE_OTEL_SEMANTICS_ENABLED="true")


@scenario(**SEMANTICS)
def semantics_of_attributes():
    reserved_attributes()


@scenario(**SEMANTICS)
def semantics_of_exceptions():
    exceptions()
    use_span()


@scenario(**SEMANTICS)
def semantics_of_names_and_statuses():
    operation_names()
    operation_name_of_late_attributes()
    update_name()
    statuses()
    attribute_types()


@scenario(**ON)
def headers_of_both():
    import re

    from ddtrace import tracer as ours
    from ddtrace.propagation.http import HTTPPropagator
    from opentelemetry import baggage
    from opentelemetry import context
    from opentelemetry import propagate

    def sent(span):
        found = []
        for inject in (lambda headers: HTTPPropagator.inject(ours.current_span(), headers), propagate.inject):
            headers = {}
            inject(headers)
            for known, name in (
                ("%032x" % span.trace_id, "<trace>"),
                ("%016x" % span.span_id, "<span>"),
                (str(span.span_id), "<span>"),
                (str(span.trace_id & (1 << 64) - 1), "<64-bit trace>"),
                ("%016x" % (span.trace_id >> 64), "<upper trace>"),
            ):
                headers = {key: value.replace(known, name) for key, value in headers.items()}
            found.append({key: re.sub(r",?ot=rv:\w+;th:0", "", value) for key, value in headers.items()})
        return found

    def received(trace_id):
        return {
            "traceparent": "00-%032x-00000000000000bb-01" % trace_id,
            "tracestate": "dd=s:2;t.x:y,z=1",
            "baggage": "k=v",
        }

    seen = []
    with _tracer().start_as_current_span("new") as span:
        seen.append(sent(span._ddspan))
    ours.context_provider.activate(HTTPPropagator.extract(received(0xAA)))
    with _tracer().start_as_current_span("extracted by ddtrace") as span:
        seen.append([sent(span._ddspan), dict(baggage.get_all())])
    ours.context_provider.activate(None)
    token = context.attach(propagate.extract(received(0xAB)))
    with _tracer().start_as_current_span("extracted by opentelemetry") as span:
        seen.append([sent(span._ddspan), dict(span._ddspan.context.get_all_baggage_items())])
    context.detach(token)
    return seen
