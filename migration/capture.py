"""PYTHON migration/capture.py > migration/captured/VERSION.json: what a ddtrace offers and reads.

Run it with the interpreter of an environment that holds that version of ddtrace and nothing of ours.
It lists the public names, members and parameters, and the environment variables that are asked for
while everything is imported and every integration is switched on, packages that are not there
being stood in for. registry_test.go compares two such lists with changes.json.
"""

import importlib
import importlib.abc
import importlib.machinery
import inspect
import json
import os
import pkgutil
import re
import sys
import types
import warnings
from unittest import mock


SETTING = re.compile(r"_?(DD|DATADOG)_[A-Z0-9_]+[A-Z0-9]")
QUOTED = re.compile(r"""["'](_?(?:DD|DATADOG)_[A-Z0-9_]+[A-Z0-9])["']""")
# Parts that users do not import.
INTERNAL = tuple(
    "ddtrace." + part
    for part in (
        "internal contrib.internal vendor bootstrap commands debugging sourcecode errortracking appsec.iast testing "
        "profiling.bootstrap profiling.collector profiling.scheduler"
    ).split()
)

asked = set()


class Recording(type(os.environ)):
    """os.environ, which remembers what it was asked for."""

    def __getitem__(self, name):
        asked.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        asked.add(name)
        return super().__contains__(name)


class StandIn(types.ModuleType):
    """A module of a package that is not installed: it has whatever is asked of it."""

    __version__ = "1.0"

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {}) if name[0].isupper() else mock.MagicMock(name=name)


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "ddtrace":
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


def modules(package):
    """The names of all modules of a package that are imported by a user's program."""
    for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if found.name.rpartition(".")[2].startswith("_") or found.name.startswith(INTERNAL):
            continue
        yield found.name
        if found.ispkg:
            folder = os.path.join(os.path.dirname(package.__file__), found.name.rpartition(".")[2])
            inner = types.SimpleNamespace(
                __path__=[folder], __name__=found.name, __file__=os.path.join(folder, "__init__.py")
            )
            yield from modules(inner)


def is_own(module, name, value):
    """Whether a name is the module's own, and not just imported by it."""
    if name in getattr(module, "__all__", ()):
        return True
    home = getattr(value, "__module__", None)
    if isinstance(value, type) or callable(value):
        return isinstance(home, str) and (home == module.__name__ or home.startswith(module.__name__ + "."))
    return name.isupper()


def parameters(function):
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return
    for parameter in found:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or parameter.name.startswith("_"):
            continue
        if parameter.name not in ("self", "cls"):
            yield parameter.name


def members(cls):
    for kind in cls.__mro__:
        if kind.__module__.split(".")[0] == "ddtrace":
            yield from ((name, value) for name, value in vars(kind).items() if not name.startswith("_"))


def api():
    import ddtrace

    listed, described = set(), set()
    for module_name in ["ddtrace", *modules(ddtrace)]:
        listed.add(module_name)
        try:
            module = importlib.import_module(module_name)
        except Exception:
            continue
        for name in dir(module):
            if name.startswith("_"):
                continue
            try:
                value = getattr(module, name)
            except Exception:
                continue
            if isinstance(value, types.ModuleType) or not is_own(module, name, value):
                continue
            path = module_name + "." + name
            listed.add(path)
            if not isinstance(value, type):
                if callable(value):
                    listed.update("%s(%s)" % (path, one) for one in parameters(value))
                continue
            if value in described:
                continue
            described.add(value)
            listed.update("%s(%s)" % (path, one) for one in parameters(value))
            for member, stored in members(value):
                listed.add(path + "." + member)
                stored = getattr(stored, "__func__", stored)
                if callable(stored):
                    listed.update("%s.%s(%s)" % (path, member, one) for one in parameters(stored))
    return listed


def settings():
    """What the environment was asked for, and what the code names in quotes."""
    import ddtrace

    root = os.path.dirname(ddtrace.__file__)
    names, quoted = [], set()
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in ("vendor", "__pycache__")]
        for file in files:
            if not file.endswith(".py") or file == "_supported_configurations.py":
                continue
            with open(os.path.join(folder, file), encoding="utf-8") as source:
                quoted.update(QUOTED.findall(source.read()))
            path = os.path.relpath(os.path.join(folder, file), root)[: -len(".py")]
            names.append(("ddtrace." + path.replace(os.sep, ".")).replace(".__init__", ""))
    started = ("ddtrace.bootstrap", "ddtrace.commands", "ddtrace.auto", "ddtrace.profiling.auto", "ddtrace.testing")
    for stand_in in (False, True):
        if stand_in:
            sys.meta_path.append(StandIns())
        for name in sorted(names):
            if not name.startswith(started):
                try:
                    importlib.import_module(name)
                except BaseException:
                    pass
    from ddtrace import _monkey

    try:
        _monkey._patch_all()
    except Exception:  # of an integration that a stand-in is not enough for
        pass
    return {name for name in asked | quoted if isinstance(name, str) and SETTING.fullmatch(name)}


def main():
    warnings.simplefilter("ignore")
    os.environ.__class__ = Recording
    import ddtrace

    found = {"of": "ddtrace " + ddtrace.__version__, "api": sorted(api()), "settings": sorted(settings())}
    sys.stdout.write(json.dumps(found, indent=0) + "\n")
    sys.stdout.flush()
    os._exit(0)  # without a last try to reach an agent


if __name__ == "__main__":
    main()
