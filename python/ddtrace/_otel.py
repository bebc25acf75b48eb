"""DD_TRACE_OTEL_ENABLED: programs that use the OpenTelemetry API get our tracer by it.

Nothing is imported until the program imports OpenTelemetry itself.
"""

import sys

from ._config import value
from ._config import warn
from ._hooks import when_imported


_PROVIDER = "ddtrace.opentelemetry._provider"
_provided = False


def install():
    """Wait for the program's import of OpenTelemetry."""
    when_imported("opentelemetry.context", _share_context)
    when_imported("opentelemetry.trace", provide)


def _share_context(module):
    try:
        module._RUNTIME_CONTEXT = _Late(module)
    except Exception as error:
        warn("OpenTelemetry keeps a context of its own: %s: %s", type(error).__name__, error)


class _Late:
    """The runtime context until its first use: its module needs OpenTelemetry imported whole."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        from .opentelemetry._context import RuntimeContext

        runtime = self._module._RUNTIME_CONTEXT
        if runtime is self:
            runtime = self._module._RUNTIME_CONTEXT = RuntimeContext()
        return getattr(runtime, name)


def provide(module=None):
    """Make ours the global provider of tracers, if the setting asks for it. Never raises."""
    global _provided
    provider = sys.modules.get(_PROVIDER)
    if provider is not None and not hasattr(provider, "Tracer"):
        return  # it is what imports OpenTelemetry, and calls this at its end
    if _provided or not value("DD_TRACE_OTEL_ENABLED"):
        return
    _provided = True
    try:
        from opentelemetry import trace

        from .opentelemetry._provider import TracerProvider

        trace.set_tracer_provider(TracerProvider())
    except Exception as error:
        warn("OpenTelemetry spans are not traced: %s: %s", type(error).__name__, error)
