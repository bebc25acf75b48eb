from ddtrace.opentracer.propagation.http import HTTPPropagator


__all__ = ["HTTPPropagator"]
