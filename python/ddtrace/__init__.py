"""Hoofprint's in-process half: the ``ddtrace`` API.

Importing the package costs next to nothing: its names are looked up when they
are first used, because every traced process pays for this import at start.
"""

import sys

from .version import __version__


TYPE_CHECKING = False  # typing itself costs milliseconds to import
if TYPE_CHECKING:
    from . import constants as constants
    from . import contrib as contrib
    from . import ext as ext
    from . import propagation as propagation
    from . import trace as trace
    from ._config import config as config
    from ._deprecation import DDTraceDeprecationWarning as DDTraceDeprecationWarning
    from ._patch import patch as patch
    from ._patch import patch_all as patch_all
    from .trace import tracer as tracer

__all__ = ["__version__", "patch", "patch_all", "config", "DDTraceDeprecationWarning"]


# The command as it is now: `python -m` rewrites sys.argv later. The service is inferred from it.
_argv = list(getattr(sys, "argv", ()))


# Modules that ddtrace 4 has imported by then: `import ddtrace; ddtrace.trace.tracer` works.
_MODULES = ("constants", "contrib", "ext", "propagation", "trace")

# name -> the module that it is looked up in. `tracer` is undocumented in v4, yet every v3 code
# base says `from ddtrace import tracer`.
_HOMES = {
    "patch": "._patch",
    "patch_all": "._patch",
    "config": "._config",
    "tracer": ".trace",
    "DDTraceDeprecationWarning": "._deprecation",
}


if not TYPE_CHECKING:  # a type checker must see what is not there

    def __getattr__(name):
        if name.startswith("_"):  # a module of ours that is just being imported
            raise AttributeError("module %r has no attribute %r" % (__name__, name))
        import importlib

        if name in _MODULES:
            return importlib.import_module("." + name, __name__)
        home = _HOMES.get(name)
        if home is None:
            from ._removed import find

            return find(__name__, name)
        value = globals()[name] = getattr(importlib.import_module(home, __name__), name)
        return value


def _is_set(variable: str) -> bool:
    os = sys.modules.get("os")
    if os is None:  # python -S
        import posix

        return variable.encode() in posix.environ
    return variable in os.environ


def __dir__() -> "list[str]":
    return sorted({*globals(), *_HOMES, *_MODULES})


# CPython cannot set a filter for a category of a package that it cannot import yet, and drops it.
if sys.warnoptions and any("ddtrace." in option for option in sys.warnoptions):
    from . import _warning_options

    _warning_options.install()

if _is_set("DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED") or _is_set("DD_TRACE_INFERRED_SPANS_ENABLED"):
    from . import _deprecated_variables

    _deprecated_variables.warn()

# Nothing of the bridge is loaded where nobody asks for it.
if _is_set("DD_V3_BRIDGE"):
    from . import _bridge

    _bridge.start()
