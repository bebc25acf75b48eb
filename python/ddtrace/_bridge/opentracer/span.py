"""An OpenTracing span around a Datadog span."""

from ddtrace._bridge._opentracing import Span as OpenTracingSpan
from ddtrace.constants import ERROR_MSG
from ddtrace.constants import ERROR_STACK
from ddtrace.constants import ERROR_TYPE
from ddtrace.opentracer.span_context import SpanContext
from ddtrace.opentracer.tags import Tags


# Names of OpenTracing that Datadog has another name for.
_RENAMED = {"peer.hostname": Tags.TARGET_HOST, "peer.port": Tags.TARGET_PORT}
_OF_LOGS = {"message": ERROR_MSG, "error.object": ERROR_TYPE, "stack": ERROR_STACK}


class Span(OpenTracingSpan):
    def __init__(self, tracer, context, operation_name):
        baggage, dd_context = (context._baggage, context._dd_context) if context is not None else (None, None)
        super().__init__(tracer, SpanContext(ddcontext=dd_context, baggage=baggage))
        self.finished = False
        self._dd_span = None
        self._operation_name = operation_name

    def _associate_dd_span(self, ddspan):
        self._dd_span = ddspan
        self.context._dd_context = ddspan.context

    @property
    def _dd_context(self):
        return self._dd_span.context

    def finish(self, finish_time=None):
        """Ends the span; a second call does nothing."""
        if self.finished:
            return
        self._dd_span.finish(finish_time)
        self.finished = True

    def set_baggage_item(self, key, value):
        self.context.set_baggage_item(key, value)
        return self

    def get_baggage_item(self, key):
        return self.context.get_baggage_item(key)

    def set_operation_name(self, operation_name):
        self._dd_span.name = operation_name
        return self

    def log_kv(self, key_values, timestamp=None):
        """Keeps what a log says of an error; other logs are dropped, Datadog has no place for them."""
        if key_values.get("event") == "error":
            self._dd_span.error = 1
            self.set_tag("error", 1)
            for key, tag in _OF_LOGS.items():
                if key in key_values:
                    self.set_tag(tag, key_values[key])
        return self

    def set_tag(self, key, value):
        if key == Tags.SPAN_TYPE:
            self._dd_span.span_type = value
        elif key == Tags.SERVICE_NAME:
            self._dd_span.service = value
        elif key in (Tags.RESOURCE_NAME,):
            self._dd_span.resource = value
        elif key == Tags.SAMPLING_PRIORITY:
            self._dd_span.context.sampling_priority = value
        else:
            self._dd_span.set_tag(_RENAMED.get(key, key), value)
        return self

    def _get_tag(self, key):
        return self._dd_span.get_tag(key)

    def _get_metric(self, key):
        return self._dd_span.get_metric(key)

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_val, exc_tb):
        if exc_type:
            self._dd_span.set_exc_info(exc_type, exc_val, exc_tb)
        self.finish()
