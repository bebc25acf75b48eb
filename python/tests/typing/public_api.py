"""Uses the public API with its types; mypy reads this file, nothing runs it."""

from __future__ import annotations

import ddtrace
from ddtrace import config
from ddtrace import patch
from ddtrace.trace import Context
from ddtrace.trace import Span
from ddtrace.trace import tracer


version: str = ddtrace.__version__
patch(flask=True, sqlite3=False)
service: object = config.service


@tracer.wrap("work", service="web", resource="r", span_type="worker")
def work(a: int, b: str = "") -> list[int]:
    return [a]


result: list[int] = work(1, b="2")

with tracer.trace("name", service="s", resource="r", span_type="web") as span:
    entered: Span = span
    span.set_tag("key", "value")
    span.set_tags({"key": "value"})
    span.set_metric("n", 1.5)
    tag: str | None = span.get_tag("key")
    metric: float | int | None = span.get_metric("n")
    trace_id: int = span.trace_id
    context: Context = span.context

child: Span = tracer.start_span("child", child_of=span, activate=True)
child.finish()
current: Span | None = tracer.current_span()
root: Span | None = tracer.current_root_span()
