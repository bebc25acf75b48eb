"""What names a span to both sides: OpenTelemetry's SpanContext and our Context."""

from __future__ import annotations

from opentelemetry import trace as otel

from ddtrace import _core
from ddtrace._context import Context
from ddtrace.contrib._safe import safely
from ddtrace.propagation import _tracecontext


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ATTRIBUTE = "_ddcontext"  # of an OpenTelemetry span that stands for a Context: that one


def span_context(context: Context) -> otel.SpanContext:
    """What a context of ours, with ids, is to OpenTelemetry."""
    priority = context.sampling_priority
    flags = otel.TraceFlags.SAMPLED if priority is not None and priority > 0 else otel.TraceFlags.DEFAULT
    headers: dict = {}
    _tracecontext.inject(context, headers)
    state = headers.get(_tracecontext.TRACESTATE)
    return otel.SpanContext(
        context.trace_id or 0,
        context.span_id or 0,
        context._is_remote,
        otel.TraceFlags(flags),
        otel.TraceState.from_header([state]) if state else otel.TraceState(),
    )


def span_of(context: Context) -> otel.Span:
    """An OpenTelemetry span that stands for a context of ours."""
    if not context.trace_id or not context.span_id:
        return otel.INVALID_SPAN
    span = otel.NonRecordingSpan(span_context(context))
    setattr(span, _ATTRIBUTE, context)
    return span


def parent_of(context: Any) -> Any:
    """The span or context of ours that a new span goes below; None for a new trace."""
    span = otel.get_current_span(context)
    active = _core.active() if context is None else None
    if isinstance(active, Context):
        known = span.get_span_context()
        if (active.trace_id or 0, active.span_id or 0) == (known.trace_id, known.span_id):
            return active  # with the baggage that it may carry, also without ids
    return of_span(span)


def of_span(span: otel.Span) -> Any:
    """The span or context of ours behind an OpenTelemetry span, whoever made it; None for none."""
    ours = getattr(span, "_ddspan", None) or getattr(span, _ATTRIBUTE, None)
    if ours is not None:
        return ours
    known = span.get_span_context()
    if not known.is_valid:
        return None
    sampled = int(known.trace_flags) & otel.TraceFlags.SAMPLED
    if not known.is_remote:
        return Context(known.trace_id, known.span_id, sampling_priority=sampled, is_remote=False)
    headers = {_tracecontext.TRACEPARENT: "00-%032x-%016x-%02x" % (known.trace_id, known.span_id, sampled)}
    if known.trace_state:
        headers[_tracecontext.TRACESTATE] = known.trace_state.to_header()
    return _tracecontext.extract(headers)


@safely
def add_link(span: _core.Span, context: otel.SpanContext, attributes: Any) -> None:
    state = context.trace_state.to_header() or None if context.trace_state else None
    span.set_link(context.trace_id, context.span_id, state, int(context.trace_flags), dict(attributes or {}))
