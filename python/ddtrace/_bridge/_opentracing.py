"""The package ``opentracing``, for the bridge alone; without it the import says what to install."""

try:
    import opentracing
    import opentracing.scope_managers
    from opentracing import Span as Span
    from opentracing import SpanContext as SpanContext
except ImportError as error:
    raise ImportError(
        "ddtrace.opentracer needs the package opentracing, which is no dependency of this one: "
        "install opentracing>=2.0,<3 (%s)" % error,
        name="opentracing",
    ) from None

__all__ = ["Span", "SpanContext", "opentracing"]
