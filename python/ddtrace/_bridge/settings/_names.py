"""What of ddtrace.settings and its modules is here, under which name."""

import sys

from ddtrace._deprecation import instead_of
from ddtrace._deprecation import removed


# module below ddtrace.settings -> {name: where it is now}
_KEPT = {
    "": {
        "ConfigException": "ddtrace._bridge._exceptions.ConfigException",
        "Hooks": "ddtrace._integration_config.Hooks",
        "HttpConfig": "ddtrace._integration_config.HttpConfig",
        "IntegrationConfig": "ddtrace._integration_config.IntegrationConfig",
        "Config": "ddtrace._config.Config",
        "config": "ddtrace._config.config",
    },
    "_config": {"Config": "ddtrace._config.Config", "config": "ddtrace._config.config"},
    "exceptions": {"ConfigException": "ddtrace._bridge._exceptions.ConfigException"},
    "http": {"HttpConfig": "ddtrace._integration_config.HttpConfig"},
    "integration": {
        "IntegrationConfig": "ddtrace._integration_config.IntegrationConfig",
        "Hooks": "ddtrace._integration_config.Hooks",
        "HttpConfig": "ddtrace._integration_config.HttpConfig",
    },
    "asm": {"config": "ddtrace._bridge._products.asm", "ASMConfig": "ddtrace._bridge._products.Product"},
    "profiling": {
        "config": "ddtrace._bridge._products.profiling",
        "ProfilingConfig": "ddtrace._bridge._products.Product",
    },
    "dynamic_instrumentation": {"config": "ddtrace._bridge._products.dynamic_instrumentation"},
    "exception_replay": {"config": "ddtrace._bridge._products.exception_replay"},
    "code_origin": {"config": "ddtrace._bridge._products.code_origin"},
}


def names(module):
    return list(_KEPT[module])


def find(module, name):
    """``ddtrace.settings.<module>.<name>``; a use of it warns."""
    full = ".".join(part for part in ("ddtrace.settings", module, name) if part)
    home = _KEPT[module].get(name)
    if home is None:
        raise AttributeError("%s is not kept by DD_V3_BRIDGE: use %s" % (full, instead_of("settings-package")))
    # `from ddtrace.settings import Config` asks a package twice; first it only wants to know whether it is there.
    if sys._getframe(2).f_code.co_name != "_handle_fromlist":
        removed("settings-package", full)
    from importlib import import_module

    owner, _, attribute = home.rpartition(".")
    return getattr(import_module(owner), attribute)


def __getattr__(name):
    """Of ddtrace.settings itself: a submodule, or a name."""
    if name.startswith("__"):
        raise AttributeError(name)
    if name in _KEPT and name not in _KEPT[""]:
        from importlib import import_module

        return import_module("ddtrace.settings." + name)
    return find("", name)
