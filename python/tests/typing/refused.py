"""What the types of v4 refuse: each such line has a mark, and a mark that nothing needs is an error."""

from __future__ import annotations

import ddtrace
from ddtrace.contrib import nothing_like_this as nothing_like_this  # type: ignore[attr-defined]
from ddtrace.ext import EXIT_SPAN_TYPES as EXIT_SPAN_TYPES  # type: ignore[attr-defined]
from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import Context
from ddtrace.trace import Pin as Pin  # type: ignore[attr-defined]
from ddtrace.trace import TraceFilter
from ddtrace.trace import tracer


span = tracer.trace("x")
headers: dict[str, str] = {}

# A tag is text, a metric is a number.
span.set_tag("key", 1)  # type: ignore[arg-type]
span.set_tag("key", True)  # type: ignore[arg-type]
span.set_tag("key", ["a"])  # type: ignore[arg-type]
span.set_tag("key", b"bytes")  # type: ignore[arg-type]
span.set_tag(b"key", "value")  # type: ignore[arg-type]
span.set_tag(1, "value")  # type: ignore[arg-type]
span.set_tags({"key": 1})  # type: ignore[dict-item]
span.set_tags([("key", "value")])  # type: ignore[arg-type]
span.set_metric("n", "1")  # type: ignore[arg-type]
span.set_metric("n", None)  # type: ignore[arg-type]
span.set_metrics({"n": "1"})  # type: ignore[dict-item]
span.get_tag(1)  # type: ignore[arg-type]
tag: str = span.get_tag("key")  # type: ignore[assignment]
metric: float = span.get_metric("n")  # type: ignore[assignment]

# What was removed.
span.set_tag_str("key", "value")  # type: ignore[attr-defined]
span.set_struct_tag("key", {})  # type: ignore[attr-defined]
span.get_struct_tag("key")  # type: ignore[attr-defined]
span.finish_with_ancestors()  # type: ignore[attr-defined]
span.record_exception(ValueError(), timestamp=1)  # type: ignore[call-arg]
span.record_exception(ValueError(), escaped=True)  # type: ignore[call-arg]
tracer.on_start_span(print)  # type: ignore[attr-defined]
tracer.deregister_on_start_span(print)  # type: ignore[attr-defined]
HTTPPropagator.inject(span.context, headers, non_active_span=span)  # type: ignore[arg-type]
Context(lock=None)  # type: ignore[arg-type]
print(ddtrace.Pin)  # type: ignore[attr-defined]

# Values of another kind.
span.name = None  # type: ignore[assignment]
span.record_exception("text")  # type: ignore[arg-type]
span.record_exception(ValueError(), {"a": object()})  # type: ignore[dict-item]
span.set_link("1", 2)  # type: ignore[arg-type]
span.link_span(span)  # type: ignore[arg-type]
span.finish("now")  # type: ignore[arg-type]
tracer.trace()  # type: ignore[call-arg]
tracer.trace("x", resource=1)  # type: ignore[arg-type]
tracer.start_span("x", child_of="y")  # type: ignore[arg-type]
tracer.set_tags({"a": 1})  # type: ignore[dict-item]
tracer.configure(writer=None)  # type: ignore[call-arg]
tracer.configure(trace_processors=[print])  # type: ignore[list-item]
HTTPPropagator.inject(headers, headers)  # type: ignore[arg-type]


class NotAFilter(TraceFilter):
    def process_trace(self, trace: str) -> str:  # type: ignore[override]
        return trace
