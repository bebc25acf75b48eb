"""Variables of the environment that 4 does not read any more."""

from __future__ import annotations

import os

from .._changes import VARIABLES
from .._deprecation import of_variable


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_GLOBAL_TAGS = "DD_TRACE_GLOBAL_TAGS"


def warn() -> None:
    """Warn of each that is set."""
    patterns = [pattern for pattern in VARIABLES if "*" in pattern]
    for name in list(os.environ):
        known = name if name in VARIABLES else next((p for p in patterns if _matches(p, name)), None)
        if known is not None:
            change, instead, _ = VARIABLES[known]
            of_variable(change, name, "%s was removed from ddtrace; instead: %s" % (name, instead))


def _matches(pattern: str, name: str) -> bool:
    before, _, after = pattern.partition("*")
    return name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after)


def honour() -> None:
    """Give what 3.x still read the name that it has now."""
    environ = os.environ
    for name, (_, _, now) in VARIABLES.items():
        if now and name in environ and name != _GLOBAL_TAGS:
            environ.setdefault(now, environ[name])


def attach(module: Any) -> None:
    """To ddtrace.trace: the tags of DD_TRACE_GLOBAL_TAGS go beside those of DD_TAGS, and win."""
    from .._environment import parse_tags

    tags = parse_tags(os.environ.get(_GLOBAL_TAGS, ""))
    if tags:
        module.tracer.set_tags(tags)
