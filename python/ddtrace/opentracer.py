"""Removed in ddtrace 4.0: importing it says what to use instead; with DD_V3_BRIDGE it is what it was."""

from ._removed import keep


TYPE_CHECKING = False
if not TYPE_CHECKING:
    __path__ = keep(__name__)
    from .opentracer.helpers import set_global_tracer
    from .opentracer.tracer import Tracer

    __all__ = ["Tracer", "set_global_tracer"]
