"""The OpenTelemetry API, its spans being spans of the ddtrace tracer.

``DD_TRACE_OTEL_ENABLED=true`` makes this the global provider; by hand:
``opentelemetry.trace.set_tracer_provider(TracerProvider())``.
"""

from ._provider import TracerProvider


__all__ = ["TracerProvider"]
