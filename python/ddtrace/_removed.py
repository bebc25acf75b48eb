"""What ddtrace 4 took out of its modules, each with what to use in its place (docs/migrating.md)."""

import sys

from ._changes import CHANGES
from ._changes import NAMES as _CHANGE_OF


TYPE_CHECKING = False
if TYPE_CHECKING:
    import types
    from typing import Any

# (module, name) -> what to use
NAMES = {place: CHANGES[change][1] for place, change in _CHANGE_OF.items()}


def words(name: str, change: str) -> str:
    """What is said of a removed name."""
    text = "%s was removed in ddtrace 4.0: use instead: %s; until then, DD_V3_BRIDGE=true keeps it"
    return text % (name, CHANGES[change][1])


def refused(name: str, change: str) -> TypeError:
    """The exception for a parameter that is no more."""
    return TypeError(words("the parameter " + name, change))


def find(module: str, name: str) -> "Any":
    """``module.name`` where the bridge keeps it, or else the exception; called by the ``__getattr__`` of a module."""
    bridge = sys.modules.get("ddtrace._bridge")
    if bridge is not None and bridge.on and (module, name) in NAMES:
        return bridge.kept(module, name)
    raise _missing(module, name)


def keep(module: str) -> "Any":
    """The path of the package that the bridge has for a module, or else the exception."""
    bridge = sys.modules.get("ddtrace._bridge")
    if bridge is not None and bridge.on:
        return bridge.kept_module(module)
    raise _module_gone(module)


def _missing(module: str, name: str) -> Exception:
    """The exception for ``module.name`` that is not there.

    ``from module import name`` replaces an AttributeError by an ImportError of its own
    words, so the statement gets an ImportError; whoever asks otherwise, as hasattr
    does, gets an AttributeError.
    """
    if (module, name) not in NAMES:
        return AttributeError("module %r has no attribute %r" % (module, name))
    text = words("%s.%s" % (module, name), _CHANGE_OF[module, name])
    return ImportError(text, name=module) if _is_imported_from(sys._getframe(3)) else AttributeError(text)


def _module_gone(module: str) -> ModuleNotFoundError:
    """The exception for the import of a module that is not there any more."""
    parent, _, name = module.rpartition(".")
    return ModuleNotFoundError(words(module, _CHANGE_OF[parent, name]), name=module)


def _is_imported_from(frame: "types.FrameType") -> bool:
    """Whether a frame is just executing ``from ... import ...``."""
    from opcode import opmap

    code, at = frame.f_code.co_code, frame.f_lasti
    while 0 <= at < len(code) and code[at] == opmap["EXTENDED_ARG"]:
        at += 2
    return 0 <= at < len(code) and code[at] == opmap["IMPORT_FROM"]
