"""Filters of ``-W`` and PYTHONWARNINGS that name a category of this package.

CPython reads them before it can import the package, says "Invalid -W option ignored", and
drops them. They are put where they would stand: a later option before an earlier one, all
of them behind what the program has set itself and before CPython's own.
"""

import sys
import warnings


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from typing import Optional

# CPython's own filters, in their order.
_DEFAULTS = [
    ("default", None, DeprecationWarning, "__main__", 0),
    ("ignore", None, DeprecationWarning, None, 0),
    ("ignore", None, PendingDeprecationWarning, None, 0),
    ("ignore", None, ImportWarning, None, 0),
    ("ignore", None, ResourceWarning, None, 0),
]

_parsed: "list[Any]" = []  # for each option its filter, or None where it is none


def install() -> None:
    """Put them in, unless they are there, or the program has thrown away what the options said. Never raises."""
    # While the module warnings is imported, it reads the options itself.
    if not getattr(warnings.__spec__, "_initializing", False):
        try:
            _install()
        except Exception as error:
            sys.stderr.write("ddtrace: the warning filters could not be set: %s\n" % error)


def _install() -> None:
    if not _parsed:
        _parse()
    filters = _filters()
    for number, item in enumerate(_parsed):
        if item is None or not _is_ours(sys.warnoptions[number]) or item in filters:
            continue
        at = _place(number, filters)
        if at is None:
            return
        filters.insert(at, item)
        with warnings.catch_warnings():
            pass  # its end says that the filters have changed: what was shown once may be shown again
        filters = _filters()


def _filters() -> "list[Any]":
    """The list that holds now."""
    current = getattr(warnings, "_get_filters", None)  # Python 3.14: each context may have its own
    return current() if current is not None else warnings.filters  # type: ignore[attr-defined]


def _place(number: int, filters: "list[Any]") -> "Optional[int]":
    """Where the filter of an option belongs; None: nothing of the start is left, the program wants it so."""
    for later in range(number + 1, len(_parsed)):
        if _parsed[later] in filters:
            return filters.index(_parsed[later]) + 1
    for earlier in range(number - 1, -1, -1):
        if _parsed[earlier] in filters:
            return filters.index(_parsed[earlier])
    at, expected = len(filters), len(_DEFAULTS)
    while at and filters[at - 1] in _DEFAULTS[:expected]:
        at -= 1
        expected = _DEFAULTS.index(filters[at])
    if at < len(filters) or hasattr(sys, "gettotalrefcount"):  # debug builds begin without any
        return at
    return None


def _parse() -> None:
    found: list[Any] = []
    for option in sys.warnoptions:
        item = None
        try:
            if _can_be_read(option):
                with warnings.catch_warnings():
                    warnings._setoption(option)  # type: ignore[attr-defined]
                    item = _filters()[0]
        except Exception:
            pass  # the interpreter has complained about it
        found.append(item)
    _parsed[:] = found


def _category(option: str) -> str:
    parts = option.split(":")
    return parts[2].strip() if len(parts) > 2 else ""


def _is_ours(option: str) -> bool:
    return _category(option).startswith("ddtrace.")


def _can_be_read(option: str) -> bool:
    """Not what has to import another package first: that one was dropped as ours was."""
    module = _category(option).rpartition(".")[0]
    return not module or module in sys.modules or _is_ours(option)
