"""What ddtrace 4 took out of its modules, each with what to use in its place (docs/removed.md)."""

import sys


TYPE_CHECKING = False
if TYPE_CHECKING:
    import types
    from typing import Any

_SETTINGS = "the settings are attributes of ddtrace.config, and environment variables (docs/settings.md)"
_PIN = (
    "set an integration's service with ddtrace.config.<integration>['service'] or DD_<INTEGRATION>_SERVICE, "
    "tags of every span with DD_TAGS or tracer.set_tags()"
)

# (module, name) -> what to use
NAMES = {
    ("ddtrace", "Pin"): _PIN,
    ("ddtrace.trace", "Pin"): _PIN,
    ("ddtrace.contrib.dbapi_async", "Pin"): _PIN,
    ("ddtrace", "settings"): _SETTINGS,
    ("ddtrace", "opentracer"): "ddtrace.opentelemetry.TracerProvider, or ddtrace.trace.tracer",
    ("ddtrace", "get_version"): "ddtrace.__version__",
    ("ddtrace.version", "get_version"): "ddtrace.__version__",
    ("ddtrace.ext", "EXIT_SPAN_TYPES"): "the constants of ddtrace.ext.SpanTypes",
    ("ddtrace.ext", "cassandra"): "the tag names themselves: cassandra.cluster, cassandra.keyspace, "
    "cassandra.consistency_level, cassandra.paginated, cassandra.page_number",
}


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
    instead = NAMES.get((module, name))
    if instead is None:
        return AttributeError("module %r has no attribute %r" % (module, name))
    text = "%s.%s was removed in ddtrace 4.0; use instead: %s" % (module, name, instead)
    return ImportError(text, name=module) if _is_imported_from(sys._getframe(3)) else AttributeError(text)


def _module_gone(module: str) -> ModuleNotFoundError:
    """The exception for the import of a module that is not there any more."""
    parent, _, name = module.rpartition(".")
    return ModuleNotFoundError(
        "%s was removed in ddtrace 4.0; use instead: %s" % (module, NAMES[parent, name]), name=module
    )


def _is_imported_from(frame: "types.FrameType") -> bool:
    """Whether a frame is just executing ``from ... import ...``."""
    from opcode import opmap

    code, at = frame.f_code.co_code, frame.f_lasti
    while 0 <= at < len(code) and code[at] == opmap["EXTENDED_ARG"]:
        at += 2
    return 0 <= at < len(code) and code[at] == opmap["IMPORT_FROM"]
