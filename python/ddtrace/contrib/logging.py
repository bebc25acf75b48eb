"""Log records know the trace they were written in: ``dd.trace_id``, ``dd.span_id``, ...

A ``%`` or ``$`` format reads them as ``%(dd.trace_id)s``; a ``{}`` format as
``{dd.trace_id}``. They follow ``DD_LOGS_INJECTION``, also when code changes
``config._logs_injection`` later.
"""

import logging

from .. import config
from . import trace_utils


config._add("logging", {})


class _Correlation:
    """What ``{dd.trace_id}`` in a ``str.format`` style format reads."""

    __slots__ = ("env", "service", "span_id", "trace_id", "version")

    def __init__(self, record):
        for name in self.__slots__:
            default = "0" if name.endswith("_id") else ""
            setattr(self, name, getattr(record, "dd." + name, default))


def get_version():
    return ""  # part of the standard library


def patch():
    if not trace_utils.iswrapped(logging.Logger, "makeRecord"):
        trace_utils.wrap(logging.Logger, "makeRecord", _make_record)
        trace_utils.wrap(logging.StrFormatStyle, "_format", _format)


def unpatch():
    trace_utils.unwrap(logging.Logger, "makeRecord")
    trace_utils.unwrap(logging.StrFormatStyle, "_format")


def _make_record(wrapped, instance, args, kwargs):
    record = wrapped(*args, **kwargs)
    if config._logs_injection:
        try:
            # Imported late: most programs import logging before they have anything to trace.
            from ..trace import tracer

            record.__dict__.update(tracer.get_log_correlation_context())
        except Exception:
            pass  # a log line without a trace is better than none
    return record


def _format(wrapped, instance, args, kwargs):
    record = args[0] if args else kwargs.get("record")
    if record is None or not config._logs_injection or hasattr(record, "dd"):
        return wrapped(*args, **kwargs)
    record.dd = _Correlation(record)
    try:
        return wrapped(*args, **kwargs)
    finally:
        del record.dd  # or the next handler, which may dump every attribute, shows it too
