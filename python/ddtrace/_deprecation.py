"""``DDTraceDeprecationWarning``: who uses what ddtrace 4 removed, or 5 will remove, is told so at the line that does.

Imported with the first such use, or when somebody asks for the category.
"""

import sys
import warnings


TYPE_CHECKING = False
if TYPE_CHECKING:
    import types
    from typing import Any


class DDTraceDeprecationWarning(DeprecationWarning):
    """Something of this API will be gone in a later major version, or is gone but for DD_V3_BRIDGE."""


DDTraceDeprecationWarning.__module__ = "ddtrace"  # where filters, pickles and users name it

# Frames of these are no user's: the import system stands between an import and what it runs.
_BETWEEN = frozenset(
    (
        "importlib",
        "importlib._bootstrap",
        "importlib._bootstrap_external",
        "_frozen_importlib",
        "_frozen_importlib_external",
    )
)

# Modules that Python runs before the program; an option of the latter may import us then, and
# runpy imports us itself only for `python -m ddtrace.commands.ddtrace_run`.
STARTS = ("sitecustomize", "site", "warnings", "runpy")

_asks_for_it = any("ddtrace." in option for option in sys.warnoptions)


_messages: "dict[str, str]" = {}  # by name
_parts: "list[Any]" = []  # what counts uses and what sets filters, imported with the first use


def caller(depth: int = 1) -> "types.FrameType":
    """The innermost frame outside this package; that of the interpreter's start where there is none."""
    frame = sys._getframe(depth)
    while True:
        name = frame.f_globals.get("__name__") or ""
        if not (name[:7] == "ddtrace" and (name[7:8] == "." or name == "ddtrace") or name in _BETWEEN):
            return frame
        if frame.f_back is None:
            return frame
        frame = frame.f_back


def warn(change: str, name: str, message: str) -> None:
    """Warn of a use at its line, and remember it; ``change`` is an ID of migration/changes.json.

    Raises where a filter asks for that: before the used thing has done anything.
    """
    frame = caller(3)  # neither this one nor removed() or the like
    if not _parts:
        from . import _uses

        _parts.append(_uses.used)
    try:
        line = _parts[0](change, name, frame)
    except Exception:  # the application's work goes on without our book about it
        line = frame.f_lineno
    if _asks_for_it:
        from ._warning_options import install

        install()
    scope = frame.f_globals
    warnings.warn_explicit(
        message,
        DDTraceDeprecationWarning,
        frame.f_code.co_filename,
        line,
        scope.get("__name__") or "<string>",
        scope.setdefault("__warningregistry__", {}),
    )


def of_variable(change: str, name: str, message: str) -> None:
    """Warn of a variable of the environment, at the program's import of this package.

    ``ddtrace-run`` imports it before there is a program: what a filter makes an error
    is said in one line then, for an exception would end the start of tracing, not the program.
    """
    try:
        warn(change, name, message)
    except DDTraceDeprecationWarning as error:
        if caller().f_globals.get("__name__") not in STARTS:
            raise
        _say(error)
    else:
        # From PYTHONPATH, CPython can import this package for an option's category, when no option is a filter yet.
        if getattr(warnings.__spec__, "_initializing", False) and any(
            "ddtrace." in option and option[:1] != "i" for option in sys.warnoptions
        ):
            _say(message)


def _say(what: object) -> None:
    if sys.stderr is not None:
        sys.stderr.write("ddtrace: DDTraceDeprecationWarning: %s\n" % what)


def removed(change: str, name: str) -> None:
    """Warn of something that only the bridge keeps alive."""
    message = _messages.get(name)
    if message is None:
        message = "%s was removed in ddtrace 4.0, DD_V3_BRIDGE keeps it; instead: %s" % (name, instead_of(change))
        _messages[name] = message
    warn(change, name, message)


def deprecated(change: str, name: str) -> None:
    """Warn of something of ddtrace 4."""
    warn(change, name, deprecation(change, name))


def deprecation(change: str, name: str) -> str:
    return "%s is deprecated and will be removed in ddtrace 5.0; instead: %s" % (name, instead_of(change))


def instead_of(change: str) -> str:
    """What to use in its place."""
    from ._changes import CHANGES

    return CHANGES[change][1]
