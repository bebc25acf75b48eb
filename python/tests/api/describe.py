"""python describe.py: the public names of the tracing API as JSON: kinds, values, signatures.
With --modules: the names of all public modules.

Runs on the reference tracer (recapture.py) and on ours (test_public_api.py), and
imports nothing of the tests. What a module merely imported from the standard
library or from another distribution is not its API and is left out.
"""

import enum
import importlib
import inspect
import json
import os
import re
import sys
import types
import warnings


MODULES = """
ddtrace ddtrace.auto ddtrace.bootstrap ddtrace.commands ddtrace.constants ddtrace.contrib ddtrace.contrib.asgi
ddtrace.contrib.dbapi ddtrace.contrib.dbapi_async ddtrace.contrib.requests ddtrace.contrib.trace_utils
ddtrace.contrib.wsgi ddtrace.ext ddtrace.ext.aws ddtrace.ext.aws_durable ddtrace.ext.azure_eventhubs
ddtrace.ext.azure_servicebus ddtrace.ext.ci ddtrace.ext.ci.github_actions ddtrace.ext.consul ddtrace.ext.db
ddtrace.ext.elasticsearch ddtrace.ext.git ddtrace.ext.http ddtrace.ext.kafka ddtrace.ext.kombu
ddtrace.ext.memcached ddtrace.ext.mongo ddtrace.ext.net ddtrace.ext.redis ddtrace.ext.schema ddtrace.ext.sql
ddtrace.ext.test ddtrace.ext.test_visibility ddtrace.ext.test_visibility.api ddtrace.ext.test_visibility.status
ddtrace.ext.user ddtrace.ext.valkey ddtrace.ext.websocket ddtrace.opentelemetry ddtrace.propagation
ddtrace.propagation.http ddtrace.runtime ddtrace.trace ddtrace.version
""".split()

PROTOCOL = ("__enter__", "__exit__", "__aenter__", "__aexit__", "__call__", "__iter__", "__aiter__")
PLAIN = (str, int, float, bool, bytes, type(None))


def value_of(value):
    """A constant as it is written, or None for what is no constant."""
    if isinstance(value, (frozenset, set)) and all(isinstance(item, PLAIN) for item in value):
        return "{%s}" % ", ".join(sorted(map(repr, value)))
    if isinstance(value, (tuple, list)) and all(isinstance(item, PLAIN) for item in value):
        return repr(value)
    return repr(value) if type(value) in PLAIN else None


def signature_of(function):
    """The parameters without self, ``*`` and ``=default`` marked; None where there are none to be had."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    if parameters and parameters[0].name in ("self", "cls"):
        del parameters[0]
    made = []
    for parameter in parameters:
        if parameter.name.startswith("_") and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            continue  # not for callers
        text = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "") + parameter.name
        if parameter.kind is parameter.POSITIONAL_ONLY:
            text += " (by position)"
        if parameter.kind is parameter.KEYWORD_ONLY:
            text += " (by name)"
        if parameter.default is not parameter.empty:
            text += "=" + (value_of(parameter.default) or "...")
        made.append(text)
    return made


def member(stored):
    if isinstance(stored, (staticmethod, classmethod)):
        return {"kind": type(stored).__name__, "parameters": signature_of(stored.__func__)}
    if isinstance(stored, (property, types.GetSetDescriptorType, types.MemberDescriptorType)):
        return {"kind": "attribute"}
    if callable(stored) and not isinstance(stored, type):
        return {"kind": "method", "parameters": signature_of(stored)}
    return {"kind": "attribute"} if value_of(stored) is None else {"kind": "constant", "value": value_of(stored)}


def described_class(cls):
    if issubclass(cls, enum.Enum):
        return {"kind": "enum", "members": {item.name: value_of(item.value) for item in cls}}
    members = {}
    for base in reversed(cls.__mro__):
        if not base.__module__.startswith("ddtrace"):
            continue
        for name, stored in vars(base).items():
            if name in PROTOCOL or not name.startswith("_"):
                members[name] = member(stored)
    made = {"kind": "class", "members": members}
    if cls.__init__ is not object.__init__ or cls.__new__ is not object.__new__:
        made["parameters"] = signature_of(cls)
    return made


def described(value):
    if isinstance(value, enum.Enum):
        return None
    if value_of(value) is not None:
        return {"kind": "constant", "value": value_of(value)}
    if isinstance(value, re.Pattern):
        return {"kind": "pattern", "value": value.pattern}
    home = getattr(value, "__module__", None) or ""
    if isinstance(value, type):
        return described_class(value) if home.startswith("ddtrace") else None
    if inspect.isroutine(value):
        # wrapt's function is what the reference offers as `wrap`.
        return (
            {"kind": "function", "parameters": signature_of(value)} if home.startswith(("ddtrace", "wrapt")) else None
        )
    return {"kind": "instance"} if type(value).__module__.startswith("ddtrace") else None


def public_names(module):
    """What ``from module import *`` gives, or else every name without an underscore that is no module."""
    listed = getattr(module, "__all__", None)
    names = listed if listed is not None else [name for name in dir(module) if not name.startswith("_")]
    made = {}
    for name in names:
        value = getattr(module, name)
        if isinstance(value, types.ModuleType):
            continue
        about = described(value)
        if about is not None:
            made[name] = about
    return made


def public_modules():
    """Every module below ddtrace whose name is not one of its own affairs, by its file."""
    import ddtrace

    root = os.path.dirname(ddtrace.__file__)
    found = ["ddtrace"]
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in ("internal", "vendor") and not name.startswith("_")]
        package = "ddtrace" + folder[len(root) :].replace(os.sep, ".")
        found += [
            "%s.%s" % (package, name) for name in folders if "__init__.py" in os.listdir(os.path.join(folder, name))
        ]
        found += ["%s.%s" % (package, name[:-3]) for name in files if name.endswith(".py") and not name.startswith("_")]
    return sorted(found)


def main():
    warnings.simplefilter("ignore")
    made = {}
    for name in MODULES:
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            made[name] = {"import fails": str(error)}
            continue
        made[name] = {"all": sorted(getattr(module, "__all__", None) or ()), "names": public_names(module)}
    json.dump(made, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--modules"]:
        json.dump(public_modules(), sys.stdout)
    else:
        main()
