"""OpenTelemetry's current context, kept in step with the active span of the tracer.

The span, and the baggage that goes with its trace, are the tracer's; what else a
program attaches is kept beside them.
"""

from __future__ import annotations

from contextvars import ContextVar

from opentelemetry import baggage as otel_baggage
from opentelemetry import trace as otel
from opentelemetry.context.context import Context as OtelContext
from opentelemetry.context.context import _RuntimeContext

from ddtrace import _core
from ddtrace._context import Context
from ddtrace.opentelemetry._identity import of_span
from ddtrace.opentelemetry._identity import span_of
from ddtrace.opentelemetry._span import Span


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Attached:
    """The context that was attached last, and what was made active for it."""

    __slots__ = ("active", "context")

    def __init__(self, context: OtelContext, active: Any) -> None:
        self.context = context
        self.active = active


class _Token:
    """What attach changed, for detach to put back."""

    __slots__ = ("attached", "baggage", "before", "made", "replaced", "variable")

    def __init__(self) -> None:
        self.attached: Any = None
        self.variable: Any = None
        self.replaced = False  # the active span
        self.before: Any = None
        self.made: Context | None = None  # a context that is active until detach, whatever spans come and go below it
        self.baggage: Any = None  # (the trace's, as it was, as it became)


class RuntimeContext(_RuntimeContext):
    def __init__(self) -> None:
        self._attached: ContextVar = ContextVar("ddtrace.opentelemetry", default=None)

    def attach(self, context: OtelContext) -> Any:
        token = _Token()
        self._activate(token, context)
        self._share_baggage(token, context)
        token.attached = _Attached(context, _core.active())
        token.variable = self._attached.set(token.attached)
        return token

    def _activate(self, token: _Token, context: OtelContext) -> None:
        attached = self._attached.get()
        active = _core.active()
        span = otel.get_current_span(context)
        if attached is not None and active is attached.active and span is otel.get_current_span(attached.context):
            return
        wanted = of_span(span)
        if wanted is active or (wanted is None and isinstance(active, Context) and not active.trace_id):
            return
        token.replaced, token.before = True, active
        if isinstance(wanted, Context) and not wanted._reactivate:
            wanted._reactivate = True
            token.made = wanted
        _core.activate(wanted)

    def _share_baggage(self, token: _Token, context: OtelContext) -> None:
        wanted = dict(otel_baggage.get_all(context))
        active = _core.active()
        if active is not None:
            known = _baggage(active)
            if known != wanted:
                token.baggage = (known, dict(known), wanted)
                known.clear()
                known.update(wanted)
        elif wanted:
            # It waits for the trace that is going to start.
            if not token.replaced:
                token.replaced, token.before = True, None
            token.made = Context(baggage=wanted)
            token.made._reactivate = True
            _core.activate(token.made)

    def get_current(self) -> OtelContext:
        attached = self._attached.get()
        active = _core.active()
        context = OtelContext() if attached is None else attached.context
        if active is not (None if attached is None else attached.active):
            span: otel.Span = otel.INVALID_SPAN
            if isinstance(active, _core.Span):
                span = Span(active)
            elif active is not None:
                span = span_of(active)
            context = otel.set_span_in_context(span, context)
        if active is not None:
            context = _with_baggage(context, _baggage(active))
        return context

    def detach(self, token: Any) -> None:
        try:
            self._attached.reset(token.variable)
        except ValueError:
            return  # attached in another context, as by a generator that is closed elsewhere: nothing to put back here
        if token.baggage is not None:
            known, before, after = token.baggage
            for key in {**before, **after}:
                # What the program has changed since stays.
                if known.get(key) == after.get(key):
                    if key in before:
                        known[key] = before[key]
                    else:
                        known.pop(key, None)
        if token.made is not None:
            token.made._reactivate = False
        if token.replaced:
            _core.activate(token.before)


def _baggage(active: Any) -> dict:
    context: Context = active.context if isinstance(active, _core.Span) else active
    return context._baggage


def _with_baggage(context: OtelContext, wanted: dict) -> OtelContext:
    known = otel_baggage.get_all(context)
    if known == wanted:
        return context
    for key in known:
        if key not in wanted:
            context = otel_baggage.remove_baggage(key, context)
    for key, value in wanted.items():
        if key not in known or known[key] != value:
            context = otel_baggage.set_baggage(key, value, context)
    return context
