"""DD_V3_BRIDGE=true: what ddtrace 4 removed lives on, and each use of it warns and is counted.

Loaded only with that variable. Each part is attached to the module that it belongs to
when that module has been imported, so that the bridge too costs what is used of it.
"""

import os

from .._environment import flag


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

on = flag("DD_V3_BRIDGE", False)

# module of ours -> the module of the bridge whose attach() adds to it
_PARTS = {
    "ddtrace._core": "_core",
    "ddtrace._tracer": "_tracer",
    "ddtrace.trace": "_variables",
    "ddtrace._integration_config": "_integration_config",
    "ddtrace.propagation.http": "_propagation",
    "ddtrace.runtime": "_runtime",
    "ddtrace.contrib.trace_utils": "_pinned",
    "ddtrace.contrib._http_client": "_pinned_http",
    "ddtrace.contrib._database": "_pinned_databases",
    "ddtrace.contrib.dbapi": "_pinned_databases",
    "ddtrace.contrib.dbapi_async": "_pinned_databases",
    "ddtrace.contrib.sqlite3": "_pinned_databases",
}


_started = False


def start() -> None:
    global _started
    if not on:
        return
    from . import _variables

    if not _started:  # a warning that is an error undoes the import of ddtrace, not this
        _started = True
        from .._hooks import when_imported

        for module, part in _PARTS.items():
            when_imported(module, _attach(part))
        _variables.honour()
    _variables.warn()


def _attach(part: str) -> "Any":
    def attach(module: "Any") -> None:
        from importlib import import_module

        import_module(__name__ + "." + part).attach(module)

    return attach


def kept(module: str, name: str) -> "Any":
    """What ``module.name`` was."""
    from . import _names

    return _names.find(module, name)


def kept_module(module: str) -> "list[str]":
    """The path of the submodules of a removed module."""
    from . import _names

    _names.warn_of_module(module)
    return [os.path.join(os.path.dirname(__file__), module.rpartition(".")[2])]
