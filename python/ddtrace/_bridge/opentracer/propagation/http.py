"""Headers: those of Datadog, and one for each item of OpenTracing's baggage."""

from ddtrace._bridge._opentracing import opentracing
from ddtrace.opentracer.propagation.propagator import Propagator
from ddtrace.opentracer.span_context import SpanContext
from ddtrace.propagation.http import HTTPPropagator as DDHTTPPropagator


_PREFIX = "ot-baggage-"


def _checked(carrier):
    if not isinstance(carrier, dict):
        raise opentracing.InvalidCarrierException("propagator expects carrier to be a dict")
    return carrier


class HTTPPropagator(Propagator):
    @staticmethod
    def inject(span_context, carrier):
        _checked(carrier)
        DDHTTPPropagator.inject(span_context._dd_context, carrier)
        for key, value in (span_context.baggage or {}).items():
            carrier[_PREFIX + key] = value

    @staticmethod
    def extract(carrier):
        found = DDHTTPPropagator.extract(_checked(carrier))
        baggage = {key[len(_PREFIX) :]: value for key, value in carrier.items() if key.startswith(_PREFIX)}
        return SpanContext(ddcontext=found, baggage=baggage)
