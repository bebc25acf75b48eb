"""What a process tells its collector of itself: its environment, path and modules, which integrations
are on, what code has configured. The collector makes instrumentation telemetry of it.

Told when a ring is opened, when something changes, when the collector asks, and at the end. Imported
with the first ring; nothing here runs for a span.
"""

import os
import sys

from ._config import value


_PREFIXES = ("DD_", "_DD_", "OTEL_", "HOOFPRINT_")
_SECRETS = ("_KEY", "TOKEN", "SECRET", "PASSWORD", "HEADERS")  # ends of names
_MAX_TEXT = 10_000
_MAX_NAMES = 20_000

_sessions = []  # (pid, runtime id) of this process and of those it was forked from, the oldest first
_told = set()  # modules
_size = 0  # of sys.modules, the last time it was looked through


def wanted():
    return value("DD_INSTRUMENTATION_TELEMETRY_ENABLED")


def opened(runtime_id):
    """A ring is about to be opened: by this process for the first time, by a forked child, or anew. Never raises."""
    try:
        _introduce(runtime_id)
    except Exception as error:  # the spans are worth more than what is told of their process
        from ._config import warn

        warn("this process could not tell its collector about itself: %s: %s", type(error).__name__, error)


def _introduce(runtime_id):
    global _size
    pid = os.getpid()
    if _sessions and _sessions[-1][0] == pid:
        del _sessions[-1]
    elif not _sessions:
        import atexit

        atexit.register(_at_exit)  # what was imported since
    _sessions.append((pid, runtime_id))
    _told.clear()
    _size = 0
    bridge = sys.modules.get("ddtrace._bridge")
    if bridge is not None and bridge.on:
        _tell(bridge=True)
    uses = sys.modules.get("ddtrace._uses")
    if uses is not None:
        uses.opened()
    if wanted():
        from . import _core

        patch = sys.modules.get("ddtrace._patch")  # absent where nothing was switched on
        activated = list(patch._activated.items()) if patch is not None else []
        _tell(
            path=[os.path.abspath(entry) for entry in sys.path if isinstance(entry, str)][:1000],
            ancestors=_ancestors(),
            process_tags=(_core.get_defaults().get("root_tags") or {}).get("_dd.tags.process", ""),
            configuration=_environment() + _set_by_code(),
            integrations=[_integration(name, error) for name, error in activated],
            counts=_errors(activated),
            modules=_new_modules(),
        )
    metrics = sys.modules.get("ddtrace._runtime_metrics")
    if metrics is not None:
        metrics.opened()


def activated(name, error):
    """An integration was switched on, or could not be."""
    if _introduced() and wanted():
        _tell(integrations=[_integration(name, error)], counts=_errors([(name, error)]))


def configured(variable, new, origin="code"):
    """Code, or remote configuration, has changed a setting. Before the introduction that sees it by itself."""
    if not _introduced() or not wanted():
        return
    _tell(configuration=[_configured(variable, new, origin)])


def _configured(variable, new, origin):
    if isinstance(new, dict):
        new = ",".join("%s:%s" % item for item in new.items())
    elif isinstance(new, bool):
        new = "true" if new else "false"
    return {"name": variable, "value": None if new is None else str(new)[:_MAX_TEXT], "origin": origin}


def _introduced():
    return bool(_sessions) and _sessions[-1][0] == os.getpid()


def _set_by_code():
    from ._config import _RESOLVERS
    from ._config import config
    from ._config import value
    from ._runtime import _TOLD

    told = []
    for name, variable in _TOLD.items():
        if name not in config.__dict__ or name in config._remote:
            continue
        resolve = _RESOLVERS.get(name)
        now = config.__dict__[name]
        if now != (resolve(config) if resolve else value(variable)):
            told.append(_configured(variable, now, "code"))
    return told


def asked():
    """The collector asks now and then for what is new."""
    if _introduced() and wanted():
        news = {}
        if len(_sessions) > 1:
            news["ancestors"] = _ancestors()  # for a collector that came later
        if _size != len(sys.modules):
            modules = _new_modules()
            if modules:
                news["modules"] = modules
        if news:
            _tell(**news)
    uses = sys.modules.get("ddtrace._uses")
    if uses is not None:
        uses.asked()
    metrics = sys.modules.get("ddtrace._runtime_metrics")
    if metrics is not None:
        metrics.asked()


def _ancestors():
    return [session[1] for session in _sessions[:-1]]


def _at_exit():
    if _introduced():
        asked()


def _environment():
    """The variables that may be settings; the collector knows which are."""
    return [
        {"name": name, "value": value[:_MAX_TEXT], "origin": "env_var"}
        for name, value in list(os.environ.items())
        if name.startswith(_PREFIXES) and not name.endswith(_SECRETS)
    ]


def _integration(name, error):
    from ._integrations import INTEGRATIONS

    # Its version is that of the module's distribution, which the collector looks up.
    return {
        "name": name,
        "module": INTEGRATIONS[name][1][0],
        "enabled": error is None,
        "error": error[1][:_MAX_TEXT] if error else "",
    }


def _errors(activated):
    return [
        {
            "name": "integration_errors",
            "tags": ["integration_name:" + name, "error_type:" + error[0].lower()],
            "value": 1,
        }
        for name, error in activated
        if error is not None
    ]


def _new_modules():
    """Top-level modules that were not told yet; of a namespace package what stands below it."""
    global _size
    modules = sys.modules
    names = list(modules)
    _size = len(names)
    standard = getattr(sys, "stdlib_module_names", ())  # Python 3.10 and later
    found = []
    for name in names[:_MAX_NAMES]:
        top = name.partition(".")[0]
        if top in _told or top in standard or top == "ddtrace":
            continue
        module = modules.get(top)
        if top == name and getattr(module, "__path__", None) is not None and _is_namespace(module):
            top = None
        elif "." in name and _is_namespace(module):
            top = ".".join(name.split(".")[:3])
        if top is not None and top not in _told:
            _told.add(top)
            found.append(top)
    return found


def _is_namespace(module):
    return module is not None and getattr(module, "__file__", None) is None and hasattr(module, "__path__")


def _tell(**note):
    from . import _core

    _core.note(_encode(note).encode("ascii"))


def _encode(value):
    """JSON; the json package costs milliseconds to import, its escaper alone does not."""
    try:
        from _json import encode_basestring_ascii as quote
    except ImportError:
        from json.encoder import py_encode_basestring_ascii as quote

    def encode(value):
        if value is None:
            return "null"
        if value is True:
            return "true"
        if value is False:
            return "false"
        if isinstance(value, str):
            return quote(value)
        if isinstance(value, dict):
            return "{%s}" % ",".join("%s:%s" % (quote(key), encode(item)) for key, item in value.items())
        if isinstance(value, (list, tuple)):
            return "[%s]" % ",".join(map(encode, value))
        return repr(value)

    return encode(value)
