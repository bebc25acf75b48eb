"""What settings add to spans when they end: their peer, their endpoint.

Nothing of it is there, nor costs anything, without one of the settings.
"""

import os


_SETTINGS = (
    "DD_TRACE_SPAN_ATTRIBUTE_SCHEMA",
    "DD_TRACE_PEER_SERVICE_DEFAULTS_ENABLED",
    "DD_TRACE_RESOURCE_RENAMING_ENABLED",
)


def configure(tracer):
    """Have the tracer's spans finished as the environment asks."""
    if not any(map(os.environ.get, _SETTINGS)):
        return
    from . import _schema
    from ._config import value

    callbacks = []
    if _schema.tells_peers():
        callbacks.append(_schema.tag_peer)
    if value("DD_TRACE_RESOURCE_RENAMING_ENABLED"):
        from ._endpoint import tag_endpoint

        callbacks.append(tag_endpoint)
    if callbacks:
        tracer.trace = _with_callbacks(tracer.trace, callbacks)
        tracer.start_span = _with_callbacks(tracer.start_span, callbacks)


def _with_callbacks(start, callbacks):
    def started(*args, **kwargs):
        span = start(*args, **kwargs)
        span._on_finish_callbacks.extend(callbacks)
        return span

    return started
