"""structlog: the first of the configured processors gives each event ``dd.trace_id``, ``dd.span_id``, ...

Loggers with processors of their own (``wrap_logger(..., processors=[...])``) are left alone.
"""

import structlog
from structlog import _config as _structlog_config

from .. import config
from . import trace_utils
from ._safe import safely


config._add("structlog", {})

# What may change the configured processors, or is about to use them.
_CONFIGURING = ("configure", "configure_once", "reset_defaults", "get_logger")


def get_version():
    return getattr(structlog, "__version__", "")


def patch():
    if trace_utils.iswrapped(structlog, "configure"):
        return
    for name in _CONFIGURING:
        trace_utils.wrap(structlog, name, _then_inject)
    structlog.getLogger = structlog.get_logger
    _inject()


def unpatch():
    if not trace_utils.iswrapped(structlog, "configure"):
        return
    for name in _CONFIGURING:
        trace_utils.unwrap(structlog, name)
    structlog.getLogger = structlog.get_logger
    known = _structlog_config._CONFIG
    known.default_processors = [p for p in known.default_processors if p is not _correlate]


def _then_inject(wrapped, _, args, kwargs):
    result = wrapped(*args, **kwargs)
    _inject()
    return result


@safely
def _inject():
    known = _structlog_config._CONFIG
    processors = list(known.default_processors)
    # Without any, the event goes to a logger that may not take more arguments than the program gives.
    if processors and _correlate not in processors:
        known.default_processors = [_correlate, *processors]


def _correlate(logger, method, event):
    if config._logs_injection:
        _add_trace(event)
    return event


@safely
def _add_trace(event):
    from ..trace import tracer

    event.update(tracer.get_log_correlation_context())
