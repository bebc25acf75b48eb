"""Headers in, spans, headers out: what goes out is put on the span as tags."""

import re

from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import tracer


DATADOG = {
    "x-datadog-trace-id": "1234", "x-datadog-parent-id": "5678", "x-datadog-sampling-priority": "2",
    "x-datadog-origin": "rum", "x-datadog-tags": "_dd.p.dm=-4,_dd.p.tid=640cfd8d00000000,_dd.p.usr=u1",
}  # fmt: skip
W3C = {
    "traceparent": "00-640cfd8d00000000abcdefab12345678-00f067aa0ba902b7-01",
    "tracestate": "dd=s:2;o:rum;p:0123456789abcdef;t.dm:-4;t.usr:u~1,other=vendor",
    "baggage": "user.id=7,account.id=a%20b,else=no",
}
B3 = {"x-b3-traceid": "463ac35c9f6413ad48485a3953bb6124", "x-b3-spanid": "a2fb4a1d1a96d312", "x-b3-sampled": "1"}
B3_SINGLE = {"b3": "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-d"}


def named(value, span):
    """A header's value with the names of what is generated anew each time."""
    low = span.trace_id & (1 << 64) - 1
    if value in (str(low), "%016x" % low, "%032x" % span.trace_id):
        return "TRACE"
    if value in (str(span.span_id), "%016x" % span.span_id):
        return "SPAN"
    value = value.replace("%032x" % span.trace_id, "TRACE").replace("%016x" % span.span_id, "SPAN")
    if span.trace_id >> 64:
        value = value.replace("%016x" % (span.trace_id >> 64), "HIGH")
    # The randomness that a sampler elsewhere is to use.
    return re.sub(r"\brv:[0-9a-f]{14}\b", "rv:RANDOM", value)


def hop(headers):
    def program():
        tracer.context_provider.activate(HTTPPropagator.extract(headers))
        with tracer.trace("server"):
            with tracer.trace("client") as span:
                out = {}
                HTTPPropagator.inject(span.context, out)
                for key, value in out.items():
                    span.set_tag("out." + key, named(value, span))

    return program


def style(name):
    return {"DD_TRACE_PROPAGATION_STYLE": name}


MIXED = {**W3C, "x-datadog-trace-id": "99", "x-datadog-parent-id": "98", "x-datadog-sampling-priority": "1"}
PROGRAMS = {
    "none_in": (hop({}), {}),
    "datadog": (hop(DATADOG), {}),
    "w3c": (hop(W3C), {}),
    "b3": (hop(B3), style("b3multi")),
    "b3_single": (hop(B3_SINGLE), style("b3")),
    "differing": (hop(MIXED), {}),
    "restart": (hop(DATADOG), {"DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT": "restart"}),
    "ignore": (hop(DATADOG), {"DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT": "ignore"}),
    "extract_first": (hop(MIXED), {"DD_TRACE_PROPAGATION_EXTRACT_FIRST": "true"}),
    "style_none": (hop(DATADOG), style("none")),
    "in_w3c_out_b3": (
        hop(W3C),
        {"DD_TRACE_PROPAGATION_STYLE_EXTRACT": "tracecontext", "DD_TRACE_PROPAGATION_STYLE_INJECT": "b3,b3multi"},
    ),
    "malformed": (hop({**DATADOG, "x-datadog-trace-id": "nonsense", "x-datadog-tags": "broken"}), {}),
    "malformed_tid": (hop({**DATADOG, "x-datadog-tags": "_dd.p.tid=XYZ"}), {}),
    "tags_off": (hop(DATADOG), {"DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH": "0"}),
    "case": (hop({key.upper(): value for key, value in DATADOG.items()}), {}),
}
