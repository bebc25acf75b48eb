"""The context of an OpenTracing span: that of the Datadog span, and baggage of its own."""

from ddtrace._bridge._opentracing import SpanContext as OpenTracingSpanContext
from ddtrace.trace import Context


class SpanContext(OpenTracingSpanContext):
    def __init__(self, trace_id=None, span_id=None, sampling_priority=None, baggage=None, ddcontext=None):
        self._baggage = dict(baggage or {})
        if ddcontext is None:
            ddcontext = Context(trace_id=trace_id, span_id=span_id, sampling_priority=sampling_priority)
        self._dd_context = ddcontext

    @property
    def baggage(self):
        return self._baggage

    def set_baggage_item(self, key, value):
        self._baggage[key] = value

    def with_baggage_item(self, key, value):
        """A copy of the context that has this item as well."""
        return SpanContext(ddcontext=self._dd_context, baggage=dict(self._baggage, **{key: value}))

    def get_baggage_item(self, key):
        return self._baggage.get(key)
