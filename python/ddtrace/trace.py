"""The tracing API: `from ddtrace.trace import tracer`."""

from ddtrace import _runtime
from ddtrace._context import Context
from ddtrace._core import Span
from ddtrace._tracer import BaseContextProvider
from ddtrace._tracer import TraceFilter
from ddtrace._tracer import Tracer
from ddtrace._tracer import tracer


_runtime.configure(tracer)

__all__ = [
    "BaseContextProvider",
    "Context",
    "Span",
    "TraceFilter",
    "Tracer",
    "tracer",
]


TYPE_CHECKING = False
if not TYPE_CHECKING:  # a type checker must see what is not there

    def __getattr__(name):
        if name.startswith("__"):  # the import system asks
            raise AttributeError(name)
        from ddtrace._removed import find

        return find(__name__, name)
