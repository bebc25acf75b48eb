"""Keeps the scopes of OpenTracing and the active Datadog span together."""

from ddtrace.trace import tracer as _tracer


def get_context_provider_for_scope_manager(scope_manager):
    """The provider of active spans that the scopes of a manager go with; each scope activates its span there."""
    provider = _tracer.context_provider
    _patch_scope_manager(scope_manager, provider)
    return provider


def _patch_scope_manager(scope_manager, context_provider):
    if hasattr(scope_manager, "_datadog_patch"):
        return
    scope_manager._datadog_patch = True
    activate = scope_manager.activate

    def activate_both(*args, **kwargs):
        span = kwargs["span"] if "span" in kwargs else args[0]
        context_provider.activate(span._dd_span)
        return activate(*args, **kwargs)

    scope_manager.activate = activate_both
