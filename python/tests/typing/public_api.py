"""Uses the whole public API with its types; type checkers read this file, nothing runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Iterator
from types import TracebackType
from typing import Any
from typing import assert_type

import ddtrace
import ddtrace.auto
from ddtrace import DDTraceDeprecationWarning
from ddtrace import config
from ddtrace import patch
from ddtrace import patch_all
from ddtrace import tracer as the_same_tracer
from ddtrace.constants import AUTO_KEEP
from ddtrace.constants import AUTO_REJECT
from ddtrace.constants import ENV_KEY
from ddtrace.constants import ERROR_MSG
from ddtrace.constants import ERROR_STACK
from ddtrace.constants import ERROR_TYPE
from ddtrace.constants import MANUAL_DROP_KEY
from ddtrace.constants import MANUAL_KEEP_KEY
from ddtrace.constants import SERVICE_KEY
from ddtrace.constants import SPAN_KIND
from ddtrace.constants import USER_KEEP
from ddtrace.constants import USER_REJECT
from ddtrace.constants import VERSION_KEY
from ddtrace.contrib import dbapi
from ddtrace.contrib import trace_utils
from ddtrace.contrib.asgi import TraceMiddleware
from ddtrace.contrib.asgi import span_from_scope
from ddtrace.contrib.dbapi_async import TracedAsyncConnection
from ddtrace.contrib.wsgi import DDWSGIMiddleware
from ddtrace.ext import SpanKind
from ddtrace.ext import SpanLinkKind
from ddtrace.ext import SpanTypes
from ddtrace.ext import aws
from ddtrace.ext import ci
from ddtrace.ext import db
from ddtrace.ext import http
from ddtrace.ext import net
from ddtrace.ext import sql
from ddtrace.ext import test
from ddtrace.ext import user
from ddtrace.opentelemetry import TracerProvider
from ddtrace.propagation.http import HTTPPropagator
from ddtrace.runtime import RuntimeMetrics
from ddtrace.trace import BaseContextProvider
from ddtrace.trace import Context
from ddtrace.trace import Span
from ddtrace.trace import TraceFilter
from ddtrace.trace import Tracer
from ddtrace.trace import tracer


# ddtrace
assert_type(ddtrace.__version__, str)
assert_type(ddtrace.trace.tracer, Tracer)
assert_type(the_same_tracer, Tracer)
assert_type(ddtrace.contrib.trace_utils.iswrapped(print), bool)
patch(flask=True, sqlite3=False)
patch(raise_errors=False, requests=["get"])
patch_all(flask=True)
warning: type[DeprecationWarning] = DDTraceDeprecationWarning
assert_type(config.service, str | None)
config.flask["service"] = "shop"
config.service = "shop"

# ddtrace.constants, ddtrace.ext
priorities: list[int] = [USER_REJECT, AUTO_REJECT, AUTO_KEEP, USER_KEEP]
keys: list[str] = [ENV_KEY, VERSION_KEY, SERVICE_KEY, SPAN_KIND, ERROR_MSG, ERROR_TYPE, ERROR_STACK]
names: list[str] = [SpanTypes.WEB, SpanKind.CLIENT, SpanLinkKind.EXECUTED, http.URL, net.TARGET_HOST, user.ID, db.NAME]
more_names: list[str] = [ci.JOB_ID, test.NAME, aws.REGION, sql.DB]
status: test.Status = test.Status.PASS
assert_type(sql.normalize_vendor("sqlite3"), str)
assert_type(sql.parse_pg_dsn("host=h"), dict[str, str])
assert_type(aws.get_aws_partition("us-east-1"), str)


# Tracer
@tracer.wrap("work", service="web", resource="r", span_type=SpanTypes.WORKER)
def work(a: int, b: str = "") -> list[int]:
    return [a]


@tracer.wrap()
async def coroutine(a: int) -> str:
    return str(a)


@tracer.wrap()
def generator() -> Iterator[int]:
    yield 1


@tracer.wrap()
async def asynchronous_generator() -> AsyncIterator[int]:
    yield 1


class Service:
    @tracer.wrap()
    def method(self, a: int) -> int:
        return a


assert_type(work(1, b="2"), list[int])
assert_type(generator(), Iterator[int])
assert_type(Service().method(1), int)


async def main() -> None:
    assert_type(await coroutine(1), str)
    async for number in asynchronous_generator():
        assert_type(number, int)


with tracer.trace("name", service="s", resource="r", span_type="web") as span:
    assert_type(span, Span)

child: Span = tracer.start_span("child", child_of=span, activate=True)
tracer.start_span("child", child_of=span.context, service="s", resource="r", span_type="web")
tracer.start_span("root", child_of=None)
assert_type(tracer.current_span(), Span | None)
assert_type(tracer.current_root_span(), Span | None)
assert_type(tracer.current_trace_context(), Context | None)
assert_type(tracer.get_log_correlation_context(), dict[str, str])
tracer.get_log_correlation_context(active=span)
tracer.set_tags({"team": "shop"})
tracer.sample(span)
tracer.flush()
tracer.shutdown()
tracer.shutdown(timeout=1.5)
assert_type(tracer.agent_trace_url, str | None)
assert_type(tracer.debug_logging, bool)
timeout: int = Tracer.SHUTDOWN_TIMEOUT
tracer.enabled = False


class DropHealthChecks(TraceFilter):
    def process_trace(self, trace: list[Span]) -> list[Span] | None:
        return None if trace[0].resource == "GET /health" else trace


class Provider(BaseContextProvider):
    def active(self) -> Span | Context | None:
        return None

    def activate(self, ctx: Span | Context | None) -> None:
        pass


tracer.configure(
    context_provider=Provider(),
    compute_stats_enabled=True,
    appsec_enabled=False,
    iast_enabled=False,
    apm_tracing_disabled=False,
    trace_processors=[DropHealthChecks()],
)
assert_type(tracer.context_provider, BaseContextProvider)
assert_type(tracer.context_provider.active(), Span | Context | None)
tracer.context_provider.activate(span)
tracer.context_provider.activate(None)

# Span
own = Span("made", service="s", resource="r", span_type="web", trace_id=1, span_id=2, parent_id=None, context=Context())
span.set_tag("key", "value")
span.set_tag("key")
span.set_tag(MANUAL_KEEP_KEY)
span.set_tag(MANUAL_DROP_KEY)
span.set_tags({"key": "value"})
span.set_metric("n", 1)
span.set_metric("n", 1.5)
span.set_metrics({"n": 1, "m": 1.5})
assert_type(span.get_tag("key"), str | None)
assert_type(span.get_tags(), dict[str, str])
assert_type(span.get_metric("n"), int | float | None)
assert_type(span.get_metrics(), dict[str, int | float])
span.remove_tag("key")
span.remove_metric("n")
assert_type(span.name, str)
span.name = "other"
span.service = None
span.resource = "other"
span.span_type = SpanTypes.HTTP
span.error = 1
assert_type(span.trace_id, int)
assert_type(span.span_id, int)
assert_type(span.parent_id, int | None)
assert_type(span.start, float)
assert_type(span.start_ns, int)
assert_type(span.duration, float | None)
assert_type(span.duration_ns, int | None)
assert_type(span.finished, bool)
assert_type(span.context, Context)
span.record_exception(ValueError("x"))
span.record_exception(ValueError("x"), {"a": "b", "c": 1, "d": [1.5, 2.5], "e": True})
span.set_traceback(limit=3)
span.link_span(Context(trace_id=1, span_id=2), {"reason": "batch", "n": 1})
span.set_link(1, 2, tracestate="dd=s:1", flags=1, attributes={"reason": "batch"})
span.finish()
span.finish(finish_time=1.5)


def failed(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    span.set_exc_info(kind, error, traceback)
    span.set_exc_info(kind, error, traceback, limit=5)


# Context
context = Context(1, 2, dd_origin="lambda", sampling_priority=USER_KEEP, meta={"a": "b"}, is_remote=False)
assert_type(context.trace_id, int | None)
assert_type(context.span_id, int | None)
assert_type(context.dd_origin, str | None)
assert_type(context.dd_user_id, str | None)
context.sampling_priority = USER_REJECT
priority: int | None = context.sampling_priority
context.set_baggage_item("key", "value")
assert_type(context.get_baggage_item("key"), Any | None)
assert_type(context.get_all_baggage_items(), dict[str, Any])
context.remove_baggage_item("key")
context.remove_all_baggage_items()
assert_type(context.copy(1, 2), Context)
with context as entered:
    assert_type(entered, Context)

# ddtrace.propagation
headers: dict[str, str] = {}
HTTPPropagator.inject(span, headers)
HTTPPropagator.inject(context, headers)
assert_type(HTTPPropagator.extract(headers), Context)

# ddtrace.runtime
RuntimeMetrics.enable()
RuntimeMetrics.enable(dogstatsd_url="udp://localhost:8125")
RuntimeMetrics.disable()

# ddtrace.opentelemetry
with TracerProvider().get_tracer("library", "1.0").start_as_current_span("x") as opentelemetry_span:
    opentelemetry_span.set_attribute("key", 1)

# ddtrace.contrib
trace_utils.set_http_meta(
    span,
    config.flask,
    method="GET",
    url="http://h/p",
    status_code=200,
    query="a=1",
    request_headers={"user-agent": "x"},
    response_headers={},
    retries_remain="3",
    peer_ip="1.2.3.4",
    route="/<x>",
)
trace_utils.set_user(tracer, "id", name="n", email="e", scope="s", role="r", session_id="i", propagate=True, span=span)
trace_utils.activate_distributed_headers(tracer, int_config=config.flask, request_headers=headers, override=True)
assert_type(trace_utils.int_service(None, config.flask), str | None)
assert_type(trace_utils.ext_service(None, config.flask, default="d"), str | None)
assert_type(trace_utils.distributed_tracing_enabled(config.flask), bool)
assert_type(trace_utils.extract_netloc_and_query_info_from_url("http://h/p?q"), tuple[str, str])
assert_type(trace_utils.determine_row_count("GET", "x"), int)
trace_utils.set_flattened_tags(span, {"a": {"b": 1}}.items(), sep="/", exclude_policy=lambda path: path == "a")


def around(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return wrapped(*args, **kwargs)


trace_utils.wrap("json", "loads", around)
assert_type(trace_utils.iswrapped("json", "loads"), bool)
trace_utils.unwrap("json", "loads")


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    return []


def name_after_path(span: Span, environ: dict[str, Any]) -> None:
    span.resource = environ["PATH_INFO"]


wsgi = DDWSGIMiddleware(application, span_modifier=name_after_path)
asgi = TraceMiddleware(application, tracer=tracer, integration_config=config.asgi)
assert_type(span_from_scope({}), Span | None)
connection = dbapi.TracedConnection(object(), cfg=config.dbapi2, db_tags={"out.host": "h"})
rows = connection.cursor().execute("select 1")
asynchronous = TracedAsyncConnection(object())
