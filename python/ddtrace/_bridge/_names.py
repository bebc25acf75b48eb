"""Names that ddtrace 4 took out of its modules."""

from __future__ import annotations

import sys

from .._changes import NAMES
from .._deprecation import removed


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EXIT_SPAN_TYPES = "cache cassandra elasticsearch grpc http redis sql valkey worker"


def find(module: str, name: str) -> Any:
    if name in ("settings", "opentracer", "cassandra"):
        from importlib import import_module

        return import_module("%s.%s" % (module, name))  # which warns
    # `from ddtrace import Pin` asks a package twice; the first time it only wants to know whether it is there.
    if sys._getframe(4).f_code.co_name != "_handle_fromlist":
        removed(NAMES[module, name], "%s.%s" % (module, name))
    if name == "Pin":
        from ._pin import Pin

        return Pin
    if name == "get_version":
        return _get_version
    return frozenset(_EXIT_SPAN_TYPES.split())


def warn_of_module(module: str) -> None:
    """Of its first import; what is used of it warns by itself."""
    parent, _, name = module.rpartition(".")
    removed(NAMES[parent, name], module)


def _get_version() -> str:
    from ..version import __version__

    return __version__
