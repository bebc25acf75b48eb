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
    from ._patch import patch as patch
    from ._patch import patch_all as patch_all
    from .trace import tracer as tracer

__all__ = ["__version__", "patch", "patch_all", "config", "DDTraceDeprecationWarning"]


# The command as it is now: `python -m` rewrites sys.argv later. The service is inferred from it.
_argv = list(getattr(sys, "argv", ()))


class DDTraceDeprecationWarning(DeprecationWarning):
    """Something of this API will be gone in a later major version."""


# Modules that ddtrace 4 has imported by then: `import ddtrace; ddtrace.trace.tracer` works.
_MODULES = ("constants", "contrib", "ext", "propagation", "trace")

# name -> the module that it is looked up in. `tracer` is undocumented in v4, yet every v3 code
# base says `from ddtrace import tracer`.
_HOMES = {"patch": "._patch", "patch_all": "._patch", "config": "._config", "tracer": ".trace"}


if not TYPE_CHECKING:  # a type checker must see what is not there

    def __getattr__(name):
        if name.startswith("_"):  # a module of ours that is just being imported
            raise AttributeError("module %r has no attribute %r" % (__name__, name))
        import importlib

        if name in _MODULES:
            return importlib.import_module("." + name, __name__)
        home = _HOMES.get(name)
        if home is None:
            from ._removed import missing

            raise missing(__name__, name)
        value = globals()[name] = getattr(importlib.import_module(home, __name__), name)
        return value


def __dir__() -> "list[str]":
    return sorted({*globals(), *_HOMES, *_MODULES})
