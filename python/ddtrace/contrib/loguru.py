"""loguru: the ``extra`` of each record has ``dd.trace_id``, ``dd.span_id``, ...

They are put there after the patcher of ``logger.configure`` and before those of ``logger.patch``.
"""

import loguru
from loguru._logger import Logger

from .. import config
from . import trace_utils
from ._safe import report
from ._safe import safely


config._add("loguru", {})


class _Patcher:
    """The program's patcher, and then ours."""

    def __init__(self, own):
        self.own = own

    def __call__(self, record):
        if self.own is not None:
            self.own(record)
        if config._logs_injection:
            _add_trace(record)


def get_version():
    return getattr(loguru, "__version__", "")


def patch():
    if not trace_utils.iswrapped(Logger, "configure"):
        trace_utils.wrap(Logger, "configure", _configure)
        _compose(loguru.logger)


def unpatch():
    if trace_utils.iswrapped(Logger, "configure"):
        trace_utils.unwrap(Logger, "configure")
        core = loguru.logger._core
        if isinstance(core.patcher, _Patcher):
            core.patcher = core.patcher.own


def _configure(configure, logger, args, kwargs):
    try:
        return configure(*args, **kwargs)
    finally:
        _compose(logger)


def _compose(logger):
    try:
        core = logger._core
        if not isinstance(core.patcher, _Patcher):
            core.patcher = _Patcher(core.patcher)
    except Exception as error:
        report("loguru.configure", error)


@safely
def _add_trace(record):
    from ..trace import tracer

    record["extra"].update(tracer.get_log_correlation_context())
