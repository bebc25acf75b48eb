"""``ddtrace.patch`` and ``ddtrace.patch_all``: switch integrations on."""

import sys

from ._environment import flag
from ._hooks import when_imported
from ._integrations import INTEGRATIONS
from ._integrations import env_switch


class PatchException(Exception):
    """An integration cannot be switched on."""


class ModuleNotFoundException(PatchException):
    """There is no integration of that name."""


_patched = set()
_activated = {}  # name -> the error that it met, None if it met none


def patch(raise_errors: bool = True, **patch_modules: "bool | list[str]") -> None:
    """Switch the named integrations on: ``patch(flask=True, requests=True)``.

    A library that is not imported yet is patched when it is. ``raise_errors``
    decides whether a failure is raised or logged in one line; once the call has
    returned it is always logged, never raised into the application's import.
    """
    for name, wanted in patch_modules.items():
        if not wanted:
            continue
        integration = INTEGRATIONS.get(name)
        if integration is None:
            if raise_errors:
                _not_traced(name)
            continue
        activation = _Activation(name, raise_errors)
        for trigger in integration[1]:
            when_imported(trigger, activation)
        activation.raise_errors = False
        _patched.add(name)


def _not_traced(name):
    """A program that names an integration of ddtrace which is not here yet goes on without it."""
    from ._switches import closest
    from ._switches import known

    if name in known():
        from ._environment import warn

        warn("ddtrace.patch(%s=True): %s is not traced yet", name, name)
    else:
        raise ModuleNotFoundException("%s does not have automatic instrumentation%s" % (name, closest(name)))


def patch_all(**patch_modules: bool) -> None:
    """Deprecated: ``import ddtrace.auto`` does the same."""
    from ._deprecation import deprecated

    deprecated("patch-all", "ddtrace.patch_all")
    patch_defaults(**patch_modules)


def patch_defaults(**patch_modules: bool) -> None:
    """Switch on what is on by default, as the environment and then the arguments change it."""
    wanted = {name: integration[0] for name, integration in INTEGRATIONS.items()}
    for name, on in wanted.items():
        wanted[name] = flag(env_switch(name), on)
    wanted.update(patch_modules)
    patch(raise_errors=False, **wanted)


def unpatch_all():
    """Undo every integration that was switched on; for tests."""
    from ._hooks import hook

    hook.remove()
    for name in list(_patched):
        integration = sys.modules.get("ddtrace.contrib." + name)  # absent where the library was never imported
        if integration is not None:
            integration.unpatch()
        _patched.discard(name)


def _get_patched_modules():
    """The names of the integrations that were switched on."""
    return _patched


class _Activation:
    """Called when a library that an integration waits for has been imported."""

    def __init__(self, name, raise_errors):
        self.name = name
        self.raise_errors = raise_errors

    def __call__(self, module):
        try:
            from importlib import import_module  # costs as much as the rest of the start

            import_module("ddtrace.contrib." + self.name).patch()
            self._tell(None)
        except Exception as error:
            self._tell(error)
            if self.raise_errors:
                raise
            import logging

            logging.getLogger("ddtrace").error(
                "failed to enable ddtrace support for %s: %s: %s", self.name, type(error).__name__, error
            )

    def _tell(self, error):
        _activated[self.name] = None if error is None else (type(error).__name__, str(error))
        notes = sys.modules.get("ddtrace._notes")
        if notes is not None:
            notes.activated(self.name, _activated[self.name])
