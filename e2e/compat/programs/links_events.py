"""Span links and span events, in the tags of v0.4 and v0.5 and as fields of their own."""

from ddtrace.trace import Context
from ddtrace.trace import tracer


def link():
    with tracer.trace("root") as span:
        span.set_link(trace_id=(1 << 64) + 5, span_id=6, tracestate="a=b", flags=1, attributes={"k": "v", "n": 1})


def links():
    with tracer.trace("root") as span:
        span.set_link(1, 2)
        span.set_link(3, 4, attributes={"list": ["a", ["b"]], "flag": True, "float": 1.5})
        span.set_link(5, 2, attributes={"replaces": "first"})


def link_context():
    with tracer.trace("root") as span:
        span.link_span(Context(trace_id=9, span_id=8, sampling_priority=1))
        span.link_span(Context(trace_id=7, span_id=6, sampling_priority=-1), attributes={"a": "b"})
        span.link_span(Context())


def context_with_links():
    from ddtrace.propagation.http import HTTPPropagator

    headers = {
        "x-datadog-trace-id": "11", "x-datadog-parent-id": "12", "x-datadog-sampling-priority": "1",
        "traceparent": "00-0000000000000000000000000000000d-000000000000000e-01", "tracestate": "dd=s:1,x=y",
    }  # fmt: skip
    tracer.context_provider.activate(HTTPPropagator.extract(headers))
    with tracer.trace("entry"):
        with tracer.trace("child"):
            pass


def events():
    with tracer.trace("root") as span:
        span._add_event("one", {"a": "b", "n": 1, "f": 1.5, "t": True, "l": [1, 2]}, 1_700_000_000_000_000_000)
        span._add_event("two", time_unix_nano=5)


PROGRAMS = {
    "link": (link, {}),
    "links": (links, {}),
    "links_v05": (links, {"DD_TRACE_API_VERSION": "v0.5"}),
    "link_context": (link_context, {}),
    "context_with_links": (context_with_links, {}),
    "events": (events, {}),
    "events_v05": (events, {"DD_TRACE_API_VERSION": "v0.5"}),
    "events_native": (events, {"DD_TRACE_NATIVE_SPAN_EVENTS": "true"}),
}
