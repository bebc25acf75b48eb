"""An OpenTelemetry span: the face of a span of ours."""

from __future__ import annotations

from opentelemetry import trace as otel

from ddtrace import _config
from ddtrace import _core
from ddtrace.contrib._safe import safely
from ddtrace.opentelemetry._identity import add_link
from ddtrace.opentelemetry._identity import span_context
from ddtrace.propagation.http import _sampled_context


TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

# Attributes and exceptions stay what OpenTelemetry's conventions say of them.
_SEMANTICS = _config.value("DD_TRACE_OTEL_SEMANTICS_ENABLED")
# Attributes that are a property of the span, not a tag.
_PROPERTIES = {"service.name": "service", "resource.name": "resource", "span.type": "span_type"}


class Span(otel.Span):
    def __init__(
        self,
        span: _core.Span,
        kind: otel.SpanKind = otel.SpanKind.INTERNAL,
        attributes: Any = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> None:
        self._ddspan = span
        self._record_exception = record_exception
        self._set_status_on_exception = set_status_on_exception
        if isinstance(kind, otel.SpanKind) and kind is not otel.SpanKind.INTERNAL:
            span.set_tag("span.kind", kind.name.lower())
        if attributes:
            self.set_attributes(attributes)

    @property
    def kind(self) -> str:
        """The kind in lower case: instrumentations of the contrib packages ask for it."""
        return self._ddspan.get_tag("span.kind") or "internal"

    def get_span_context(self) -> otel.SpanContext:
        """The identity that other services are told; the trace is sampled for it."""
        return span_context(_sampled_context(self._ddspan, tell=True))

    def is_recording(self) -> bool:
        """Whether the span is not ended yet; one that is not sampled counts in the statistics too."""
        return not self._ddspan.finished

    @safely
    def set_attributes(self, attributes: Any) -> None:
        for key, value in attributes.items():
            self.set_attribute(key, value)

    @safely
    def set_attribute(self, key: str, value: Any) -> None:
        """A tag or metric; of a list, one for each item as ``<key>.<index>``."""
        if not self.is_recording():
            return
        if _SEMANTICS:
            self._set_flattened(key, int(value) if isinstance(value, bool) else value)
        elif key in _PROPERTIES:
            setattr(self._ddspan, _PROPERTIES[key], value)
        elif key == "http.response.status_code":
            self._ddspan.set_tag("http.status_code", value)
        elif isinstance(value, bool):
            self._ddspan.set_metric(key, int(value))
        else:
            self._set_flattened(key, value)

    def _set_flattened(self, key: str, value: Any) -> None:
        if isinstance(value, (list, tuple, set)):
            for index, item in enumerate(value):
                self._set_flattened("%s.%d" % (key, index), item)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            self._ddspan.set_metric(key, value)
        else:
            self._ddspan.set_tag(key, value.decode("utf-8", "replace") if isinstance(value, bytes) else value)

    @safely
    def add_event(self, name: str, attributes: Any = None, timestamp: int | None = None) -> None:
        if self.is_recording():
            self._ddspan._add_event(name, attributes, timestamp)

    @safely
    def add_link(self, context: otel.SpanContext, attributes: Any = None) -> None:
        if self.is_recording():
            add_link(self._ddspan, context, attributes)

    def update_name(self, name: str) -> None:
        """The name of an OpenTelemetry span is the resource of ours."""
        if self.is_recording():
            self._ddspan.resource = name

    def set_status(self, status: otel.Status | otel.StatusCode, description: str | None = None) -> None:
        """Only errors are told: they mark the span and give its message."""
        if not self.is_recording():
            return
        if isinstance(status, otel.Status):
            code, description = status.status_code, status.description
        else:
            code = status
        if code is otel.StatusCode.ERROR:
            self._ddspan.error = 1
            if isinstance(description, str) and description:
                self._ddspan.set_tag("error.message", description)

    @safely
    def record_exception(
        self,
        exception: BaseException,
        attributes: Any = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """An event, and the tags of an error; whether the span failed is its status."""
        if not self.is_recording():
            return
        from ddtrace._span_extras import _message
        from ddtrace._span_extras import _stack
        from ddtrace._span_extras import _type_name

        kind = type(exception)
        told = {
            "exception.type": _type_name(kind),
            "exception.message": _message(exception),
            "exception.escaped": str(escaped),
        }
        stack = _stack(kind, exception, exception.__traceback__, None)
        if _SEMANTICS:
            qualified = kind.__module__ != "builtins"
            told["exception.type"] = f"{kind.__module__}.{kind.__qualname__}" if qualified else kind.__qualname__
            told["exception.stacktrace"] = stack
        told.update(attributes or {})
        if not _SEMANTICS:
            self._ddspan.set_tag("error.type", told["exception.type"])
            self._ddspan.set_tag("error.message", told["exception.message"])
            self._ddspan.set_tag("error.stack", told.get("exception.stacktrace") or stack)
        self.add_event("exception", told, timestamp)

    def end(self, end_time: int | None = None) -> None:
        span = self._ddspan
        if span.finished:
            return
        span.name = self._operation()
        if isinstance(end_time, int):
            span._finish_ns(end_time)
        else:
            span.finish()

    def _operation(self) -> str:
        """The span's name: what the attributes ask for, else its kind."""
        asked = self._ddspan.get_tag("operation.name")
        if asked:
            return asked
        if self._ddspan.get_tag("graphql.operation.type"):
            return "graphql.server.request"
        return self.kind

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        if exc_val is not None:
            if self._record_exception:
                self.record_exception(exc_val, escaped=True)
            if self._set_status_on_exception:
                self._ddspan.error = 1
        self.end()
