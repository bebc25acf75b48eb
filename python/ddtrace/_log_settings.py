"""Where the tracer's own log goes, and how much of it: imported only where a setting asks for something."""

import logging
import os

from ._environment import value
from ._environment import warn


_LEVELS = ("NOTSET", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_FORMAT = "%(asctime)s %(levelname)s [%(name)s] [%(filename)s:%(lineno)d] - %(message)s"

_applied = False


def apply():
    """Set the logger ``ddtrace`` up, once. Never raises."""
    global _applied
    if _applied:
        return
    _applied = True
    log = logging.getLogger("ddtrace")
    level = _level("DD_TRACE_LOG_LEVEL")
    debug = value("DD_TRACE_DEBUG")
    if debug:
        level = logging.DEBUG
    if level is not None:
        log.setLevel(level)
        # Without a handler Python prints warnings and worse only.
        if not log.handlers and value("DD_TRACE_LOG_STREAM_HANDLER"):
            handler = logging.StreamHandler()
            handler.setFormatter(logging.Formatter(_FORMAT if debug else "%(message)s"))
            log.addHandler(handler)
    path = value("DD_TRACE_LOG_FILE")
    if path:
        _log_to(log, path)


def _log_to(log, path):
    from logging.handlers import RotatingFileHandler

    size = value("DD_TRACE_LOG_FILE_SIZE_BYTES")
    try:
        handler = RotatingFileHandler(os.path.abspath(path), mode="a", maxBytes=size, backupCount=1)
    except OSError as error:
        warn("DD_TRACE_LOG_FILE=%r cannot be written, the log goes where it went: %s", path, error)
        return
    handler.setLevel(_level("DD_TRACE_LOG_FILE_LEVEL") or logging.DEBUG)
    handler.setFormatter(logging.Formatter(_FORMAT))
    log.addHandler(handler)


def _level(name):
    text = value(name)
    if not text:
        return None
    if text.upper() not in _LEVELS:
        warn("%s=%r is not one of %s: it is not used", name, text, ", ".join(_LEVELS))
        return None
    return getattr(logging, text.upper())
