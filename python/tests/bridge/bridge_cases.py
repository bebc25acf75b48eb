"""What programs on ddtrace 3 do with names that 4 removed; prints what came of it as JSON, one key a case.

Runs with ddtrace 3.19 (recapture_bridge.py) and with this package under DD_V3_BRIDGE.
"""

import asyncio
import http.server
import json
import sqlite3
import sys
import threading
import warnings

import ddtrace
from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import Context
from ddtrace.trace import Span
from ddtrace.trace import TraceFilter
from ddtrace.trace import tracer


warnings.simplefilter("ignore")
CASES = {}
_sent = []


class _Keep(TraceFilter):
    def process_trace(self, trace):
        _sent.extend(trace)
        return None


def case(function):
    CASES[function.__name__] = function
    return function


def _own(values):
    """Without what differs from process to process, or is no matter of these names."""
    left_out = ("runtime-id", "language", "process_id", "error.stack", "version")
    return {k: v for k, v in sorted(values.items()) if k not in left_out and not k.startswith(("_dd.", "_sampling"))}


def described(span):
    return {
        "name": span.name,
        "service": span.service,
        "resource": span.resource,
        "type": span.span_type,
        "error": span.error,
        "tags": _own(span.get_tags()),
        "metrics": _own(span.get_metrics()),
    }


def raised(function, *args, **kwargs):
    try:
        return repr(function(*args, **kwargs))
    except Exception as error:
        return type(error).__name__


@case
def set_tag_str():
    with tracer.trace("op") as span:
        results = [span.set_tag_str("a", "b"), span.set_tag_str("c", b"d"), span.set_tag_str("http.status_code", "200")]
        span.set_tag_str("a", 5)
        span.set_tag_str("service.name", "other")
        span.set_metric("m", 1)
        return results, described(span)


@case
def struct_tags():
    with tracer.trace("op") as span:
        results = [
            span.set_struct_tag("x", {"a": [1, {"b": None}]}),
            span.get_struct_tag("x"),
            span.get_struct_tag("y"),
        ]
        return results, described(span)


@case
def pprint():
    with tracer.trace("op", service="svc") as span:
        text = span._pprint()
    return type(text).__name__, text.startswith("Span(name='op', span_id=%d" % span.span_id)


@case
def finished_setter():
    calls = []
    span = Span("op", on_finish=[calls.append])
    span.finished = True
    once = span.finished, span.duration_ns is not None, len(calls)
    duration = span.duration_ns
    span.finished = True
    span.finish()
    again = span.duration_ns == duration, len(calls)
    span.finished = False
    return once, again, span.finished, span.duration_ns


@case
def finish_with_ancestors():
    root = tracer.trace("root")
    child = tracer.trace("child")
    sibling = tracer.start_span("sibling", child_of=root)
    grandchild = tracer.trace("grandchild")
    result = grandchild.finish_with_ancestors()
    states = [span.finished for span in (root, child, sibling, grandchild)]
    sibling.finish()
    return result, states, tracer.current_span() is None


@case
def record_exception():
    with tracer.trace("op") as span:
        error = ValueError("bad")
        results = [
            span.record_exception(error, timestamp=5, escaped=True),
            span.record_exception(error, {"a": 1}, 0, False),
            span.record_exception(error, escaped=False),
        ]
        return results, described(span)


@case
def on_start_span():
    seen = []

    def first(span):
        seen.append("first " + span.name)

    def broken(span):
        raise ValueError(span.name)

    results = [tracer.on_start_span(first) is first, tracer.on_start_span(first) is first]
    tracer.on_start_span(broken)
    with tracer.trace("a"):
        tracer.start_span("b").finish()
    Span("not of the tracer")
    results += [tracer.deregister_on_start_span(first) is first, tracer.deregister_on_start_span(first) is first]
    tracer.trace("c").finish()
    tracer.deregister_on_start_span(broken)
    return results, seen


@case
def inject_non_active_span():
    found = []
    for give in (lambda s, h: HTTPPropagator.inject(s.context, h, s), lambda s, h: HTTPPropagator.inject(s, h, None)):
        span, headers = tracer.start_span("op"), {}
        give(span, headers)
        found.append((sorted(headers), span.context.sampling_priority))
        span.finish()
    other, headers = tracer.start_span("other"), {}
    HTTPPropagator.inject(Context(7, 8), headers, non_active_span=other)
    other.finish()
    found.append((headers["x-datadog-trace-id"], "x-datadog-sampling-priority" in headers))
    return found


@case
def context_lock():
    lock = threading.RLock()
    made = [
        Context(1, 2, lock=lock),
        Context(1, 2, None, 1, {"a": "b"}, {}, lock, [], {"k": "v"}, False),
        Context(1, 2, "o", 1, None, None, None, None, {"k": "v"}),
        Context(1, 2, None, 2, {}, {}, None, [], {}),
    ]
    return [
        (c.trace_id, c.span_id, c.dd_origin, c.sampling_priority, c.get_all_baggage_items(), c._is_remote) for c in made
    ]


@case
def names():
    from ddtrace import get_version
    from ddtrace.ext import EXIT_SPAN_TYPES
    from ddtrace.ext import cassandra
    from ddtrace.version import get_version as same

    constants = {name: value for name, value in vars(cassandra).items() if name.isupper() and isinstance(value, str)}
    return type(get_version()).__name__, get_version() == same(), sorted(EXIT_SPAN_TYPES), constants


@case
def app_analytics():
    flask = ddtrace.config.flask
    found = [flask.analytics_enabled, flask.analytics_sample_rate, flask.get_analytics_sample_rate()]
    flask.analytics_enabled = True
    return found, flask["analytics_enabled"], flask.get_analytics_sample_rate(True)


@case
def settings_package():
    import ddtrace.settings
    from ddtrace.settings import ConfigException
    from ddtrace.settings import Hooks
    from ddtrace.settings import HttpConfig
    from ddtrace.settings import IntegrationConfig
    from ddtrace.settings._config import Config
    from ddtrace.settings._config import config as same
    from ddtrace.settings.asm import config as asm
    from ddtrace.settings.exceptions import ConfigException as same_exception
    from ddtrace.settings.http import HttpConfig as same_http
    from ddtrace.settings.integration import IntegrationConfig as same_integration
    from ddtrace.settings.profiling import config as profiling

    return (
        same is ddtrace.config,
        isinstance(ddtrace.config, Config),
        issubclass(ConfigException, Exception) and ConfigException is same_exception,
        HttpConfig is same_http,
        IntegrationConfig is same_integration,
        isinstance(ddtrace.config.flask, IntegrationConfig),
        isinstance(ddtrace.config.flask.hooks, Hooks),
        asm._asm_enabled,
        profiling.enabled,
        raised(getattr, ddtrace.settings, "nothing_like_this"),
    )


@case
def runtime_metrics():
    from ddtrace.runtime import RuntimeMetrics

    return RuntimeMetrics.enable(flush_interval=3.0), RuntimeMetrics.disable()


@case
def pins():
    from ddtrace.trace import Pin

    class Thing:
        pass

    thing = Thing()
    pin = Pin(service="a", tags={"t": "1"})
    results = [Pin.get_from(thing), pin.onto(thing), Pin.get_from(thing) is pin, Pin.get_from(None), Pin.get_from(5)]
    Pin.override(thing, service="b")
    results += [Pin.get_from(thing).service, Pin.get_from(thing).tags, pin.service]
    Pin.override(thing, tags={"u": "2"})
    results += [Pin.get_from(thing).service, Pin.get_from(thing).tags, Pin.override(None), pin.onto(5)]
    results += [pin.clone(service="c").service, pin.clone(tags={}).tags, pin.enabled(), pin.tracer is tracer]
    results += [raised(setattr, pin, "service", "x"), Pin.get_from(thing).remove_from(thing), Pin.get_from(thing)]
    Pin(service="of the class").onto(Thing)
    results += [Pin.get_from(Thing()).service, Pin._find(None, 5, thing).service]
    return results


def _spans(work):
    del _sent[:]
    work()
    return [(span.name, span.service, span.get_tag("t")) for span in _sent]


@case
def pinned_sqlite3():
    from ddtrace.trace import Pin

    ddtrace.patch(sqlite3=True)
    connection, other = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    Pin.override(connection, service="mine", tags={"t": "1"})
    cursor = connection.cursor()
    Pin.override(cursor, service="cursor")
    return [
        _spans(lambda: connection.execute("select 1")),
        _spans(lambda: connection.cursor().execute("select 1").fetchall()),
        _spans(connection.commit),
        _spans(lambda: cursor.execute("select 1")),
        _spans(lambda: other.execute("select 1")),
    ]


@case
def pinned_dbapi():
    from ddtrace.contrib.dbapi import TracedConnection
    from ddtrace.contrib.dbapi_async import Pin
    from ddtrace.contrib.dbapi_async import TracedAsyncConnection

    class Cursor:
        rowcount = 1

        async def execute(self, query):
            return query

    class Connection:
        def cursor(self):
            return Cursor()

    connection = TracedConnection(sqlite3.Connection(":memory:"), Pin(service="given", tags={"t": "3"}))
    found = [_spans(lambda: connection.cursor().execute("select 1")), _spans(connection.commit)]
    Pin.override(connection, service="changed")
    found.append(_spans(lambda: connection.cursor().execute("select 1")))
    traced = TracedAsyncConnection(Connection(), Pin(service="async", tags={"t": "4"}), ddtrace.config.dbapi2)
    found.append(_spans(lambda: asyncio.run(traced.cursor().execute("select 1"))))
    return found


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@case
def pinned_clients():
    import httpx
    import requests
    import urllib3
    from ddtrace.trace import Pin

    ddtrace.patch(requests=True, httpx=True, urllib3=True)
    server = http.server.HTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d/" % server.server_port
    found = {}
    session = requests.Session()
    Pin.override(session, service="session", tags={"t": "1"})
    found["requests"] = _spans(lambda: session.get(url)), _spans(lambda: requests.get(url))
    ddtrace.config.requests["split_by_domain"] = True
    found["requests by host"] = _spans(lambda: session.get(url))
    client = httpx.Client()
    Pin.override(client, service="client", tags={"t": "1"})
    found["httpx"] = _spans(lambda: client.get(url)), _spans(lambda: httpx.get(url))

    async def get():
        async with httpx.AsyncClient() as client:
            Pin.override(client, service="async client")
            await client.get(url)

    found["httpx async"] = _spans(lambda: asyncio.run(get()))
    pool = urllib3.HTTPConnectionPool("127.0.0.1", server.server_port)
    Pin.override(pool, service="pool", tags={"t": "1"})
    found["urllib3"] = _spans(lambda: pool.request("GET", "/"))
    server.shutdown()
    return found


@case
def pinned_templates():
    import jinja2
    from ddtrace.trace import Pin

    ddtrace.patch(jinja2=True)
    environment = jinja2.Environment()
    template = environment.from_string("a")
    Pin.override(environment, service="environment", tags={"t": "1"})
    Pin.override(template, service="template")
    return _spans(template.render), _spans(lambda: environment.from_string("b")), _spans(jinja2.Template("c").render)


@case
def pinned_flask():
    import flask
    from ddtrace.trace import Pin
    from werkzeug.test import create_environ
    from werkzeug.test import run_wsgi_app

    ddtrace.patch(flask=True)
    app = flask.Flask("app")
    app.add_url_rule("/", "index", lambda: flask.render_template_string("x"))
    Pin.override(app, service="pinned", tags={"t": "1"})

    def request():
        run_wsgi_app(app, create_environ("/"), buffered=True)

    return sorted({service for name, service, _ in _spans(request) if name.startswith("flask.")}), _spans(request)[0]


@case
def opentracing_spans():
    import opentracing
    from ddtrace.opentracer import Tracer
    from ddtrace.opentracer import set_global_tracer
    from opentracing import Format
    from opentracing.ext import tags as names

    ot = Tracer("svc", {"unknown": 1, "global_tags": {}})
    set_global_tracer(ot)
    found = [opentracing.global_tracer() is ot, isinstance(ot, opentracing.Tracer), ot._dd_tracer is tracer]
    del _sent[:]
    with ot.start_active_span("a", tags={"x": 1, "y": "z", "b": True, "f": 1.5}) as scope:
        found += [ot.active_span is scope.span, tracer.current_span() is scope.span._dd_span]
        with tracer.trace("datadog") as inner:
            below = ot.start_span("below")
            found += [inner.parent_id == scope.span._dd_span.span_id, below._dd_span.parent_id == inner.span_id]
            below.finish()
        alone = ot.start_span("alone", ignore_active_span=True)
        found.append(alone._dd_span.parent_id)
        alone.finish()
    with tracer.trace("root"):
        found.append(ot.active_span._dd_span is tracer.current_span())
        with ot.start_active_span("child"):
            pass
    span = ot.start_span("tags", start_time=1000.5)
    for key, value in (
        ("resource.name", "res"), ("service.name", "sv"), ("span.type", "web"), (names.SAMPLING_PRIORITY, 2),
        (names.PEER_HOSTNAME, "host"), (names.HTTP_STATUS_CODE, 200), (names.ERROR, True), ("out.port", 5),
        ("peer.port", 7),
    ):  # fmt: skip
        found.append(span.set_tag(key, value) is span)
    found += [span.set_operation_name("renamed") is span, span.log_kv({"event": "e"}) is span, span.finished]
    found += [span.set_baggage_item("k", "v") is span, span.get_baggage_item("k"), span.context.baggage]
    span.finish(1002.0)
    found += [span.finished, span._dd_span.duration, span._dd_span.context.sampling_priority]
    failed = ot.start_span("failed")
    failed.log_kv({"event": "error", "error.object": ValueError("x"), "message": "m", "error.kind": "K"})
    failed.finish()
    for start in (ot.start_active_span, ot.start_span):
        try:
            with start("raises"):
                raise KeyError("z")
        except KeyError:
            pass
    parent = ot.start_span("parent")
    parent.set_baggage_item("k", "v")
    children = [
        ot.start_span("c1", child_of=parent),
        ot.start_span("c2", child_of=parent.context),
        ot.start_span("c3", references=[opentracing.follows_from(parent.context)]),
        ot.start_span("c4", references=[opentracing.child_of(parent.context), opentracing.follows_from(span.context)]),
    ]
    for child in children:
        found.append((child._dd_span.parent_id == parent._dd_span.span_id, child.get_baggage_item("k")))
        child.finish()
    for format in (Format.HTTP_HEADERS, Format.TEXT_MAP, Format.BINARY):
        headers = {}
        found.append(raised(ot.inject, parent.context, format, headers))
        found.append(sorted(headers))
        if headers:
            taken = ot.extract(format, headers)
            found += [taken.baggage, taken._dd_context.trace_id == parent._dd_span.trace_id]
    other = parent.context.with_baggage_item("n", "m")
    found += [other.baggage, parent.context.baggage, raised(ot.inject, parent.context, Format.TEXT_MAP, None)]
    found.append(raised(ot.extract, Format.TEXT_MAP, None))
    remote = ot.extract(Format.HTTP_HEADERS, {"x-datadog-trace-id": "12", "x-datadog-parent-id": "13"})
    continued = ot.start_span("continued", child_of=remote)
    found.append((continued._dd_span.trace_id, continued._dd_span.parent_id))
    continued.finish()
    parent.finish()
    return found, sorted((described(span) for span in _sent), key=lambda span: span["name"])


@case
def opentracing_scopes():
    from ddtrace.opentracer import Tracer
    from opentracing.scope_managers import ThreadLocalScopeManager
    from opentracing.scope_managers.asyncio import AsyncioScopeManager
    from opentracing.scope_managers.contextvars import ContextVarsScopeManager

    found = []
    for manager in (AsyncioScopeManager(), ContextVarsScopeManager()):
        ot = Tracer("svc", scope_manager=manager)

        async def child(name, ot=ot):
            with ot.start_active_span(name) as scope:
                await asyncio.sleep(0)
                return scope.span._dd_span.parent_id

        async def main(ot=ot, child=child):
            with ot.start_active_span("root") as root:
                parents = await asyncio.gather(child("1"), child("2"))
                return [parent == root.span._dd_span.span_id for parent in parents], ot.scope_manager is not None

        found.append(asyncio.run(main()))
    ot = Tracer("svc", scope_manager=ThreadLocalScopeManager())

    def work():
        with ot.start_active_span("thread") as scope:
            found.append(scope.span._dd_span.parent_id)

    with ot.start_active_span("main"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    return found, ot.active_span


def main():
    tracer.configure(trace_processors=[_Keep()])
    chosen = sys.argv[1:] or list(CASES)
    found = {}
    for name in chosen:
        try:
            found[name] = CASES[name]()
        except Exception as error:
            found[name] = "%s: %s" % (type(error).__name__, error)
        del _sent[:]
    print(json.dumps(found, indent=1, sort_keys=True))


if __name__ == "__main__":
    main()
