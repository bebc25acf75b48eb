"""Starting spans, and the active one."""

from __future__ import annotations

from os import getpid

from ddtrace._pure.span import LocalTrace
from ddtrace._pure.span import Span
from ddtrace._pure.span import decide as make_decision
from ddtrace._pure.span import flush_chunks
from ddtrace._pure.span import tell
from ddtrace._pure.span import text_or_empty
from ddtrace._pure.span import text_or_none
from ddtrace._pure.state import ACTIVE
from ddtrace._pure.state import STATE
from ddtrace._pure.state import set_active


TYPE_CHECKING = False  # typing itself costs milliseconds to import
if TYPE_CHECKING:
    from typing import Any

_MASK_64 = (1 << 64) - 1
_NOT_INHERITED = ("_dd.p.dm", "_dd.p.ts")


def active() -> Any:
    """The active span, or context, or None: from a finished span up to the nearest unfinished one."""
    found = ACTIVE.get()
    while type(found) is Span and found._duration is not None:
        context = found._parent_context
        found = found._parent or found._foreign_parent
        if found is None and context is not None and context._reactivate:
            return context
    return found


def activate(value: Any) -> None:
    """Makes a span or a context the active one of this thread or task; None: nothing is active."""
    set_active(value)


def decide(span: Span) -> None:
    """Makes the sampling decision of a span's trace, and tells nobody."""
    make_decision(span._local_root)


def sample(span: Span) -> None:
    """Makes the sampling decision of a span's trace now, and tells the reader."""
    tell(span._local_root)


def _start(name, parent, service, resource, span_type, make_active, span_api) -> Span:
    ring = STATE.ring
    ready = ring is not None and not ring.filling and STATE.pid == getpid()
    writing = STATE.enabled if ready else STATE.ring_wanted()
    defaults = STATE.defaults
    context = foreign = None
    if parent is not None:
        if type(parent) is not Span:
            context, parent = parent, None
        elif parent._epoch != STATE.epoch:
            context, foreign, parent = parent.context, parent, None
    if parent is None and STATE.on_control is not None and STATE.ring is not None:
        STATE.see_to_control()  # also where tracing was switched off: it may be switched on again
        writing = writing or STATE.ring_wanted()
        defaults = STATE.defaults
    source = None
    if service is None:
        if parent is not None:
            service = parent._service
            source = parent._attributes.get("_dd.svc_src")
            if type(source) is not str:
                source = None
        else:
            service = defaults["service"]
    else:
        service = text_or_none(service)
        known = defaults["integration_services"]
        source = service if known and service in known else "m"
    if defaults["service_mapping"] and service is not None:
        service = defaults["service_mapping"].get(service, service)

    if type(name) is not str:
        name = text_or_empty(name)
    if resource is None:
        resource = name
    elif type(resource) is not str:
        resource = text_or_empty(resource)
    if span_type is not None:
        span_type = text_or_none(span_type)
    span = Span.__new__(Span)
    span._set_up(name, service, resource, span_type, span_api)
    attributes = span._attributes
    propagated = None
    if parent is not None:
        span._parent = parent
        span._above = parent._above or parent
        span._trace_hi, span._trace_lo = parent._trace_hi, parent._trace_lo
        span._parent_id = parent._span_id
        local = parent._local
        span._span_id = STATE.ids.next()
        if not local.open:
            local = LocalTrace(span._trace_hi, span._trace_lo, span._span_id)
            known = parent._local
            local.share(known.meta, known.metrics, known.baggage)
        propagated = local.meta
    else:
        trace_id = context.trace_id if context is not None else None
        if trace_id:
            span._trace_hi, span._trace_lo = (
                trace_id >> 64 & _MASK_64,
                trace_id & _MASK_64,
            )
            span._parent_id = (context.span_id or 0) & _MASK_64
        else:
            span._new_trace_id()
        span._span_id = STATE.ids.next()
        local = context._local if context is not None else None
        if local is None or not local.open or local.epoch != STATE.epoch:
            local = LocalTrace(span._trace_hi, span._trace_lo, span._span_id)
        if context is not None:
            span._parent_context = context
            span._foreign_parent = foreign
            local.share(context._meta, context._metrics, context._baggage)
            if context._span_links:
                span._links = list(context._span_links)
            propagated = context._meta
    span._local = local
    if propagated:
        for key, value in propagated.items():
            if key.startswith("_dd.p.") and key not in _NOT_INHERITED and type(value) is str:
                attributes[key] = value
    if parent is None:
        if defaults["hostname"] and not (context is not None and context.trace_id):
            attributes["_dd.hostname"] = defaults["hostname"]
        attributes["runtime-id"] = defaults["runtime_id"]
        attributes["process_id"] = STATE.pid
    if defaults["tags"]:
        for key, value in defaults["tags"].items():
            span.set_tag(key, value)
    if source and service:
        attributes["_dd.svc_src"] = source
    if defaults["env"]:
        attributes["env"] = defaults["env"]
    if defaults["version"]:
        current = active()
        root = current._local_root if type(current) is Span else None
        if (
            service == defaults["service"]
            if root is None
            else (root._service == service and root.get_tag("version") is not None)
        ):
            attributes["version"] = defaults["version"]
    span._traced = True
    with STATE.lock:
        STATE.take(span._begin, writing)
    if STATE.chunks:
        flush_chunks()
    if make_active:
        set_active(span)
    return span


class TracerBase:
    """What of the tracer is on the hot path."""

    def trace(
        self,
        name: str,
        service: str | None = None,
        resource: str | None = None,
        span_type: str | None = None,
        span_api: str = "datadog",
    ) -> Span:
        return _start(name, active(), service, resource, span_type, True, span_api)

    def start_span(
        self,
        name: str,
        child_of: Any = None,
        service: str | None = None,
        resource: str | None = None,
        span_type: str | None = None,
        activate: bool = False,
        span_api: str = "datadog",
    ) -> Span:
        return _start(name, child_of, service, resource, span_type, activate, span_api)

    def current_span(self) -> Span | None:
        found = active()
        return found if type(found) is Span else None

    def current_root_span(self) -> Span | None:
        found = active()
        return found._local_root if type(found) is Span else None

    def current_trace_context(self, *args: Any, **kwargs: Any) -> Any:
        found = active()
        return found.context if type(found) is Span else found
