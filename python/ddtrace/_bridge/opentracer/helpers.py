"""The global tracer of OpenTracing."""

from ddtrace._bridge._opentracing import opentracing
from ddtrace._deprecation import removed


def set_global_tracer(tracer):
    """Makes a tracer the one of ``opentracing.tracer``."""
    removed("opentracer", "ddtrace.opentracer.set_global_tracer")
    opentracing.set_global_tracer(tracer)
