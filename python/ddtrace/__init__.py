"""Hoofprint's in-process half: the ``ddtrace`` API.

Importing the package costs next to nothing: its names are looked up when they
are first used, because every traced process pays for this import at start.
"""

import sys

from .version import __version__


TYPE_CHECKING = False  # typing itself costs milliseconds to import
if TYPE_CHECKING:
    from typing import Any

    from ._config import config as config
    from ._patch import patch as patch
    from ._patch import patch_all as patch_all

__all__ = ["__version__", "patch", "patch_all", "config", "DDTraceDeprecationWarning"]


# The command as it is now: `python -m` rewrites sys.argv later. The service is inferred from it.
_argv = list(getattr(sys, "argv", ()))


class DDTraceDeprecationWarning(DeprecationWarning):
    """Something of this API will be gone in a later major version."""


# name -> the module that it is looked up in. `tracer` is undocumented in v4, yet every v3 code
# base says `from ddtrace import tracer`.
_HOMES = {"patch": "._patch", "patch_all": "._patch", "config": "._config", "tracer": ".trace"}


def __getattr__(name: str) -> "Any":
    home = _HOMES.get(name)
    if home is None:
        from ._removed import missing

        raise missing(__name__, name)
    import importlib

    value = globals()[name] = getattr(importlib.import_module(home, __name__), name)
    return value


def __dir__() -> "list[str]":
    return sorted({*globals(), *_HOMES})
