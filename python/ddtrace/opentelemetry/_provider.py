"""The provider and its tracer: where OpenTelemetry programs start their spans."""

from __future__ import annotations

from opentelemetry import trace as otel

from ddtrace import _otel
from ddtrace.opentelemetry._identity import add_link
from ddtrace.opentelemetry._identity import parent_of
from ddtrace.opentelemetry._span import Span
from ddtrace.trace import tracer


try:
    from opentelemetry.util._decorator import _agnosticcontextmanager as contextmanager  # also decorates coroutines
except ImportError:
    from contextlib import contextmanager


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence
    from typing import Any


class TracerProvider(otel.TracerProvider):
    """Hands out tracers; what they are called does not show in their spans."""

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: dict | None = None,
    ) -> otel.Tracer:
        return Tracer()


class Tracer(otel.Tracer):
    def start_span(
        self,
        name: str,
        context: Any = None,
        kind: otel.SpanKind = otel.SpanKind.INTERNAL,
        attributes: Any = None,
        links: Sequence[otel.Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> otel.Span:
        """A span below that of ``context``, by default the active one, whichever API started that."""
        span = tracer.start_span(name, child_of=parent_of(context), span_api="otel")
        if isinstance(start_time, int):
            span.start_ns = start_time
        for link in links or ():
            add_link(span, link.context, link.attributes)
        return Span(span, kind, attributes, record_exception, set_status_on_exception)

    @contextmanager
    def start_as_current_span(
        self,
        name: str,
        context: Any = None,
        kind: otel.SpanKind = otel.SpanKind.INTERNAL,
        attributes: Any = None,
        links: Sequence[otel.Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        end_on_exit: bool = True,
    ) -> Iterator[otel.Span]:
        """A span that is the active one of its block, or of the function that this decorates."""
        span = self.start_span(
            name, context, kind, attributes, links, start_time, record_exception, set_status_on_exception
        )
        with otel.use_span(
            span,
            end_on_exit=end_on_exit,
            record_exception=record_exception,
            set_status_on_exception=set_status_on_exception,
        ):
            yield span


_otel.provide()  # a program whose first import of OpenTelemetry was this one
