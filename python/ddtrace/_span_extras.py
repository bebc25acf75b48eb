"""The rarely called methods of Span, attached to both of its implementations by ddtrace._core."""

from __future__ import annotations

import math
import operator
import sys
import time

from ddtrace.constants import _SAMPLING_AGENT_DECISION
from ddtrace.constants import _SAMPLING_DECISION_MAKER_KEY
from ddtrace.constants import _SAMPLING_LIMIT_DECISION
from ddtrace.constants import _SAMPLING_RULE_DECISION
from ddtrace.constants import _SPAN_EVENTS_KEY
from ddtrace.constants import _SPAN_LINKS_KEY
from ddtrace.constants import ERROR_MSG
from ddtrace.constants import ERROR_STACK
from ddtrace.constants import ERROR_TYPE
from ddtrace.constants import MANUAL_DROP_KEY
from ddtrace.constants import MANUAL_KEEP_KEY
from ddtrace.constants import USER_KEEP
from ddtrace.constants import USER_REJECT


TYPE_CHECKING = False  # typing itself costs milliseconds to import
if TYPE_CHECKING:
    from typing import Any


def _debug(message: str, *args: Any) -> None:
    import logging

    logging.getLogger(__name__).debug(message, *args)


# Frames of a stack in error.stack, the innermost ones.
MAX_FRAMES = 30

_MIN_INT, _MAX_INT = -(1 << 63), (1 << 63) - 1
_IGNORED = "ddtrace.ignored_exceptions"
_RATES = (_SAMPLING_RULE_DECISION, _SAMPLING_AGENT_DECISION, _SAMPLING_LIMIT_DECISION)


def text(value: Any) -> str:
    """str(value), whatever its __str__ does."""
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__name__}>"


def slow_set_tag(span: Any, key: Any, value: Any) -> None:
    """set_tag of everything but plain strings and numbers under ordinary keys."""
    if isinstance(key, bytes):
        key = key.decode("utf-8", "replace")
    if not isinstance(key, str):
        return
    key = str.__str__(key)
    if key == MANUAL_KEEP_KEY or key == MANUAL_DROP_KEY:
        context = span.context
        context.sampling_priority = USER_KEEP if key == MANUAL_KEEP_KEY else USER_REJECT
        context._meta[_SAMPLING_DECISION_MAKER_KEY] = "-4"
        root = span._local_root
        for rate in _RATES:  # of a decision that no longer stands
            root._remove_attribute(rate)
        return
    if key == "_dd.measured":
        span._set_attribute(key, 1 if value is None or value else 0)
        return
    if key == "network.destination.port":
        try:
            value = int(value)
        except (TypeError, ValueError, OverflowError):
            pass
    if key == "http.status_code":
        value = text(value)
    elif key == "service.name":
        span.service = value
    elif key == "service.version":
        slow_set_tag(span, "version", int(value) if isinstance(value, bool) else value)
    if not isinstance(value, (bool, int, float, str)) and hasattr(type(value), "__index__"):
        try:
            value = operator.index(value)
        except Exception:
            return
    if isinstance(value, bool):
        pass
    elif isinstance(value, int):
        if _MIN_INT <= value <= _MAX_INT:
            span._set_attribute(key, int(value))
            return
    elif isinstance(value, float):
        if math.isfinite(value):
            span._set_attribute(key, float(value))
        return
    try:
        value = str.__str__(value) if isinstance(value, str) else str(value)
    except Exception as error:
        _debug("tag %s of span %s is left out, its value has no text: %s", key, span.name, type(error).__name__)
        return
    if key == "peer.service":
        from ddtrace._schema import set_peer

        set_peer(span, value)
        return
    span._set_attribute(key, value)


def slow_set_metric(span: Any, key: Any, value: Any) -> None:
    if not isinstance(key, str):
        return
    key = str.__str__(key)
    if key == "_dd.measured":
        span._set_attribute(key, 1 if value else 0)
        return
    try:
        number = int(value) if isinstance(value, int) else float(value)
    except (TypeError, ValueError, OverflowError):
        _debug("metric %s of span %s is not a number: %r", key, span.name, value)
        return
    if key == "http.status_code":
        slow_set_tag(span, key, value if isinstance(value, int) else number)
        return
    if isinstance(number, int) and not _MIN_INT <= number <= _MAX_INT:
        span._set_attribute(key, text(number))
    elif math.isfinite(number):
        span._set_attribute(key, number)


def set_tags(self: Any, tags: dict) -> None:
    """Sets many tags."""
    if tags:
        for key, value in tags.items():
            self.set_tag(key, value)


def set_metrics(self: Any, metrics: dict) -> None:
    """Sets many metrics."""
    if metrics:
        for key, value in metrics.items():
            self.set_metric(key, value)


def _type_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__name__}"


def _message(exc_val: Any) -> str:
    try:
        return str(exc_val)
    except Exception:
        return type(exc_val).__name__


def _stack(exc_type: Any, exc_val: Any, exc_tb: Any, limit: int | None) -> str:
    import traceback

    frames = MAX_FRAMES if limit is None else limit
    try:
        return "".join(traceback.format_exception(exc_type, exc_val, exc_tb, limit=-abs(frames)))
    except Exception:
        return ""


def set_exc_info(self: Any, exc_type: Any, exc_val: Any, exc_tb: Any, limit: int | None = None) -> None:
    """Marks the span as failed, with the type, message and stack of an exception."""
    if not exc_type or exc_val is None or exc_tb is None:
        return
    if isinstance(exc_val, SystemExit) and exc_val.code == 0:
        return  # the program ends well
    ignored = self._get_ctx_item(_IGNORED)
    if ignored and issubclass(exc_type, tuple(ignored)):
        return
    self.error = 1
    self._set_attribute(ERROR_TYPE, _type_name(exc_type))
    self._set_attribute(ERROR_MSG, _message(exc_val))
    self._set_attribute(ERROR_STACK, _stack(exc_type, exc_val, exc_tb, limit))


def set_traceback(self: Any, limit: int | None = None) -> None:
    """The exception being handled, or if there is none the stack of the caller, as the span's error stack."""
    exc_type, exc_val, exc_tb = sys.exc_info()
    if exc_type is not None:
        self.set_exc_info(exc_type, exc_val, exc_tb, limit)
        return
    import traceback

    caller = sys._getframe(1)
    stack = traceback.format_stack(caller, limit=MAX_FRAMES if limit is None else limit)
    self._set_attribute(ERROR_STACK, "".join(stack))


def _ignore_exception(self: Any, *kinds: type) -> None:
    """Exceptions of these types are no errors of this span."""
    self._set_ctx_item(_IGNORED, (self._get_ctx_item(_IGNORED) or ()) + kinds)


class SpanLink:
    """A reference to a span of another trace, or of this one, that is not its parent."""

    __slots__ = ("attributes", "flags", "span_id", "trace_id", "tracestate")

    def __init__(
        self,
        trace_id: int,
        span_id: int,
        tracestate: str | None = None,
        flags: int | None = None,
        attributes: dict | None = None,
    ) -> None:
        self.trace_id = trace_id
        self.span_id = span_id
        self.tracestate = tracestate
        self.flags = flags
        self.attributes: dict = {}
        for key, value in (attributes or {}).items():
            _flatten(str(key), value, self.attributes)

    def to_dict(self) -> dict:
        made: dict = {"trace_id": f"{self.trace_id:032x}", "span_id": f"{self.span_id:016x}"}
        if self.attributes:
            made["attributes"] = self.attributes
        if self.tracestate:
            made["tracestate"] = self.tracestate
        if self.flags is not None:
            made["flags"] = self.flags
        return made

    def __repr__(self) -> str:
        return (
            f"SpanLink(trace_id={self.trace_id}, span_id={self.span_id}, attributes={self.attributes}, "
            f"tracestate={self.tracestate}, flags={self.flags})"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpanLink) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]


def _flatten(key: str, value: Any, into: dict) -> None:
    if isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _flatten(f"{key}.{index}", item, into)
    elif isinstance(value, bool):
        into[key] = "true" if value else "false"
    else:
        into[key] = text(value)


def set_link(
    self: Any,
    trace_id: int,
    span_id: int,
    tracestate: str | None = None,
    flags: int | None = None,
    attributes: dict | None = None,
) -> None:
    """Links another span; a second link to the same span id replaces the first."""
    try:
        trace_id, span_id = operator.index(trace_id), operator.index(span_id)
        if not (0 <= trace_id < 1 << 128 and 0 <= span_id < 1 << 64):
            raise ValueError
        flags = None if flags is None else operator.index(flags)
    except (TypeError, ValueError):
        _debug("span link with ids %r, %r and flags %r is ignored: they are no such numbers", trace_id, span_id, flags)
        return
    link = SpanLink(trace_id, span_id, tracestate if isinstance(tracestate, str) else None, flags, attributes)
    _add_link(self, link)


def _add_link(span: Any, link: SpanLink) -> None:
    links = span._links
    if links is None:
        span._links = [link]
        return
    for index, known in enumerate(links):
        if known.span_id == link.span_id:
            links[index] = link
            return
    links.append(link)


def link_span(self: Any, context: Any, attributes: dict | None = None) -> None:
    """Links the span that a context stands for."""
    if not context.trace_id or not context.span_id:
        _debug("span link to a context without ids is ignored: %r", context)
        return
    flags = 1 if context.sampling_priority is not None and context.sampling_priority > 0 else 0
    self.set_link(context.trace_id, context.span_id, context._tracestate or None, flags, attributes)


def _get_links(self: Any) -> list:
    return list(self._links or ())


def _add_event(self: Any, name: str, attributes: dict | None = None, time_unix_nano: int | None = None) -> None:
    event: dict = {"name": text(name), "time_unix_nano": time.time_ns() if time_unix_nano is None else time_unix_nano}
    if attributes:
        event["attributes"] = dict(attributes)
    if self._events is None:
        self._events = [event]
    else:
        self._events.append(event)


def _get_events(self: Any) -> list:
    return list(self._events or ())


def _is_event_attribute(value: Any) -> bool:
    if isinstance(value, list):
        return all(
            isinstance(item, type(value[0])) and not isinstance(item, list) and _is_event_attribute(item)
            for item in value
        )
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return _MIN_INT <= value <= _MAX_INT
    return isinstance(value, str)


_ABSENT: Any = object()


def record_exception(
    self: Any,
    exception: BaseException,
    attributes: dict | None = None,
    timestamp: Any = _ABSENT,
    escaped: Any = _ABSENT,
) -> None:
    """Adds a span event for an exception; the span does not become an error by it."""
    if timestamp is not _ABSENT or escaped is not _ABSENT:
        from ddtrace._removed import refused

        name = "timestamp" if timestamp is not _ABSENT else "escaped"
        raise refused(f"{name} of Span.record_exception", f"record-exception-{name}")
    made = {
        "exception.type": _type_name(type(exception)),
        "exception.message": _message(exception),
        "exception.stacktrace": _stack(type(exception), exception, exception.__traceback__, None),
    }
    for key, value in (attributes or {}).items():
        if _is_event_attribute(value):
            made[str(key)] = value
        else:
            _debug("attribute %s of a recorded exception is no string, number or boolean: ignored", key)
    self._add_event("exception", made)


def _shown(self: Any, exception: BaseException, attributes: dict | None = None) -> None: ...


record_exception.__wrapped__ = _shown  # type: ignore[attr-defined]  # its signature, without what was removed


def _set_struct_tag(self: Any, key: str, value: dict) -> None:
    """A structured tag (meta_struct): a dict of JSON-like values."""
    if self._structs is None:
        self._structs = {}
    self._structs[key] = value


def _get_struct_tag(self: Any, key: str) -> Any:
    return None if self._structs is None else self._structs.get(key)


def _override_sampling_decision(self: Any, priority: int, mechanism: int | None = None) -> None:
    """Sets the decision of the span's trace, and which mechanism made it."""
    context = self.context
    context.sampling_priority = priority
    if mechanism is not None:
        context._meta[_SAMPLING_DECISION_MAKER_KEY] = f"-{mechanism}"


def serialize(span: Any) -> dict | None:
    """At finish: links and events become tags, structs the msgpack bytes that are returned."""
    import json

    if span._links:
        links = [link.to_dict() for link in span._links if isinstance(link, SpanLink)]
        span._set_attribute(_SPAN_LINKS_KEY, json.dumps(links, separators=(",", ":"), default=text))
    if span._events:
        span._set_attribute(_SPAN_EVENTS_KEY, json.dumps(span._events, separators=(",", ":"), default=text))
    if not span._structs:
        return None
    from ddtrace._msgpack import pack

    return {str(key): pack(value) for key, value in span._structs.items()}


def __str__(self: Any) -> str:
    return f"<Span(id={self.span_id},trace_id={self.trace_id},parent_id={self.parent_id},name={self.name})>"


def __repr__(self: Any) -> str:
    end = None if self.duration_ns is None else self.start_ns + self.duration_ns
    return (
        f"Span(name='{self.name}', span_id={self.span_id}, parent_id={self.parent_id}, trace_id={self.trace_id}, "
        f"service='{self.service}', resource='{self.resource}', type='{self.span_type}', start={self.start_ns}, "
        f"end={end}, duration={self.duration_ns}, error={self.error}, tags={self.get_tags()}, "
        f"metrics={self.get_metrics()}, links={self._get_links()}, events={self._get_events()}, "
        f"context={self.context})"
    )


class Removed:
    """Stands where ddtrace 4 removed a member: asking for it raises, and says what to use."""

    __slots__ = ("_change", "_name")

    def __init__(self, name: str, change: str) -> None:
        self._name, self._change = name, change

    def __get__(self, _instance: Any, _owner: Any = None) -> Any:
        from ddtrace._removed import words

        raise AttributeError(words(self._name, self._change))


# member -> change
REMOVED_FROM_SPAN = {
    "set_tag_str": "span-set-tag-str",
    "set_struct_tag": "span-set-struct-tag",
    "get_struct_tag": "span-get-struct-tag",
    "finish_with_ancestors": "span-finish-with-ancestors",
    "_pprint": "span-pprint",
}
REMOVED_FROM_TRACER = {"on_start_span": "tracer-on-start-span", "deregister_on_start_span": "tracer-on-start-span"}

ATTACHED = (
    set_tags, set_metrics, set_exc_info, set_traceback, set_link, link_span, record_exception,
    _add_event, _get_events, _get_links, _ignore_exception, _set_struct_tag, _get_struct_tag,
    _override_sampling_decision, __str__, __repr__,
)  # fmt: skip


def attach(span_type: Any) -> None:
    """Makes these functions methods of a Span type."""
    for function in ATTACHED:
        function.__qualname__ = f"Span.{function.__name__}"
        setattr(span_type, function.__name__, function)
    # Descriptors, not __getattr__: that would slow down every attribute that is there.
    for name, change in REMOVED_FROM_SPAN.items():
        setattr(span_type, name, Removed(f"Span.{name}", change))
