"""The book of uses of what was removed or will be: which change, from where, how often.

The collector is told of a place at its first use, when its count reaches a power of
ten, where it has grown when the collector asks, and at the exit (internal/ring/FORMAT.md, key ``uses``).
"""

import atexit
import itertools
import os
import sys

from ._deprecation import STARTS


TYPE_CHECKING = False
if TYPE_CHECKING:
    import types

MAX_PLACES = 1000

_places = {}  # (id of a code, its instruction, name) -> _Place; the place keeps the code, so that the id stays its own
_lines = {}  # the same by line: two uses in one line are one place
_untold = []  # places whose note waits for the core, which the use alone does not import
_lasting = False  # the hooks of exit and fork are set


class _Place:
    __slots__ = ("change", "code", "count", "counter", "early", "line", "name", "next", "told")

    def __init__(self, change: str, name: str, code: "types.CodeType", line: int, early: bool) -> None:
        self.early = early  # before the program: a variable of the environment
        self.change = change
        self.name = name
        self.code = code
        self.line = line
        self.counter = itertools.count(1).__next__  # one step: threads lose no use
        self.count = 0
        self.next = 1
        self.told = 0

    def note(self) -> "dict[str, object]":
        self.told = self.count
        file, line, function = os.path.abspath(self.code.co_filename), self.line, self.code.co_name
        if self.early:
            file, line, function = "<environment>", 0, ""
        return {
            "change": self.change,
            "name": self.name,
            "file": file,
            "line": line,
            "function": function,
            "count": self.count,
        }


def used(change: str, name: str, frame: "types.FrameType") -> int:
    """Count a use by the line that a frame is at; that line."""
    code = frame.f_code
    key = (id(code), frame.f_lasti, name)
    place = _places.get(key)
    if place is None:
        line = frame.f_lineno
        if len(_lines) >= MAX_PLACES:
            return line
        early = frame.f_globals.get("__name__") in STARTS
        place = _lines.setdefault((id(code), line, name), _Place(change, name, code, line, early))
        _places[key] = place
        _last()
    place.count = count = place.counter()
    if count >= place.next:
        while place.next <= count:
            place.next *= 10
        _untold.append(place)
        _tell()
    return place.line


def _last() -> None:
    global _lasting
    if not _lasting:
        _lasting = True
        atexit.register(asked)
        os.register_at_fork(after_in_child=_begin_anew)


def _begin_anew() -> None:
    """A forked child counts its own uses."""
    del _untold[:]
    _places.clear()
    _lines.clear()


def asked() -> None:
    """Tell what has grown: at the exit, and when the collector asks what is in use by now."""
    _untold.extend(place for place in list(_lines.values()) if place.told != place.count and place not in _untold)
    _tell()


def opened() -> None:
    """A ring is about to be opened; called by what introduces the process to its collector."""
    _tell()


def _tell() -> None:
    core = sys.modules.get("ddtrace._core")
    note = getattr(core, "note", None)  # absent while the core itself is imported
    if note is None or not _untold:
        return
    from ._notes import _encode

    places = _untold[:]
    del _untold[: len(places)]
    for start in range(0, len(places), 50):
        uses = [place.note() for place in places[start : start + 50]]
        note(_encode({"uses": uses}).encode("ascii"))
