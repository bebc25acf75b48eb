"""The OpenTracing tracer."""

import logging

import ddtrace
from ddtrace._bridge._opentracing import opentracing
from ddtrace._deprecation import removed
from ddtrace.opentracer.propagation import HTTPPropagator
from ddtrace.opentracer.settings import ConfigKeys
from ddtrace.opentracer.settings import config_invalid_keys
from ddtrace.opentracer.span import Span
from ddtrace.opentracer.span_context import SpanContext
from ddtrace.opentracer.utils import get_context_provider_for_scope_manager
from ddtrace.trace import tracer as _dd_global


DEFAULT_CONFIG = dict.fromkeys(ConfigKeys)
DEFAULT_CONFIG.update({"debug": False, "global_tags": {}, "settings": {"FILTERS": []}})

# They are of the writer, which is not in this process.
_WITHOUT_EFFECT = ("agent_hostname", "agent_https", "agent_port", "uds_path", "sampler", "priority_sampling")


class Tracer(opentracing.Tracer):
    """``Tracer(service_name, config, scope_manager)``: OpenTracing's API over ``ddtrace.trace.tracer``."""

    def __init__(self, service_name=None, config=None, scope_manager=None, _dd_tracer=None):
        removed("opentracer", "ddtrace.opentracer.Tracer")
        self._config = dict(DEFAULT_CONFIG, **(config or {}))
        self._service_name = service_name or ddtrace.config.service
        self._debug = self._config.get(ConfigKeys.DEBUG)
        _complain(self._config)
        self._scope_manager = scope_manager or opentracing.scope_managers.ThreadLocalScopeManager()
        self._dd_tracer = _dd_tracer or _dd_global
        get_context_provider_for_scope_manager(self._scope_manager)
        if self._config.get(ConfigKeys.GLOBAL_TAGS):
            self._dd_tracer.set_tags(self._config[ConfigKeys.GLOBAL_TAGS])
        self._propagators = {
            opentracing.Format.HTTP_HEADERS: HTTPPropagator,
            opentracing.Format.TEXT_MAP: HTTPPropagator,
        }

    @property
    def scope_manager(self):
        return self._scope_manager

    @property
    def active_span(self):
        """The span of the active scope; without one, the active Datadog span."""
        scope = self._scope_manager.active
        if scope is not None:
            return scope.span
        active = self._dd_tracer.current_span()
        if active is None:
            return None
        span = Span(self, None, active.name)
        span._associate_dd_span(active)
        return span

    def start_active_span(
        self,
        operation_name,
        child_of=None,
        references=None,
        tags=None,
        start_time=None,
        ignore_active_span=False,
        finish_on_close=True,
    ):
        span = self.start_span(operation_name, child_of, references, tags, start_time, ignore_active_span)
        return self._scope_manager.activate(span, finish_on_close)

    def start_span(
        self,
        operation_name=None,
        child_of=None,
        references=None,
        tags=None,
        start_time=None,
        ignore_active_span=False,
    ):
        parent = child_of
        if parent is None and references:
            parent = references[0].referenced_context
        baggage = None
        if isinstance(parent, Span):
            dd_parent, baggage = parent._dd_span, parent.context
        elif isinstance(parent, SpanContext):
            dd_parent = parent._dd_context
        elif ignore_active_span:
            dd_parent = None
        else:
            dd_parent = self._dd_tracer.context_provider.active()
            scope = self._scope_manager.active
            if scope is not None:
                baggage = scope.span.context
        service = self._service_name
        started = self._dd_tracer.start_span(operation_name, child_of=dd_parent, service=service, activate=False)
        if start_time is not None:
            started.start = start_time
        span = Span(self, baggage, operation_name)
        span._associate_dd_span(started)
        for key, value in (tags or {}).items():
            span.set_tag(key, value)
        return span

    def inject(self, span_context, format, carrier):
        self._propagator(format).inject(span_context, carrier)

    def extract(self, format, carrier):
        return self._propagator(format).extract(carrier)

    def _propagator(self, name):
        propagator = self._propagators.get(name)
        if propagator is None:
            raise opentracing.UnsupportedFormatException
        return propagator

    def get_log_correlation_context(self):
        """Ids and names for a log line."""
        return self._dd_tracer.get_log_correlation_context()


def _complain(config):
    log = logging.getLogger("ddtrace")
    for key in config_invalid_keys(config):
        log.error("ddtrace.opentracer.Tracer: there is no configuration key %r", key)
    for key in _WITHOUT_EFFECT:
        if config.get(key) is not None:
            log.warning("ddtrace.opentracer.Tracer: %r has no effect, set DD_TRACE_AGENT_URL or its like", key)
