"""The tag that tells a service's processes apart: how each was started."""

import os
import sys

from . import _argv


_MAX_LENGTH = 100
_ALLOWED = frozenset("/._-")


def process_tags(service_is_given, inferred_service):
    """``entrypoint.name:app,entrypoint.type:script,...``, sorted; the value of ``_dd.tags.process``."""
    command = _argv[0] if _argv else ""
    name, kind = _entrypoint(command)
    tags = {
        "entrypoint.basedir": _basedir(command),
        "entrypoint.name": name,
        "entrypoint.type": kind,
        "entrypoint.workdir": _workdir(),
    }
    if service_is_given:
        tags["svc.user"] = "true"
    else:
        tags["svc.auto"] = inferred_service or name
    return ",".join(
        "%s:%s" % (key, _normalized(value))
        for key, value in sorted(tags.items())
        if value and value not in ("/", "bin")
    )


def _basedir(command):
    try:
        return os.path.basename(os.path.dirname(os.path.realpath(command)))
    except OSError:  # relative to a working directory that is gone
        return ""


def _workdir():
    try:
        return os.path.basename(os.getcwd())
    except OSError:
        return ""


def _entrypoint(command):
    """(name, "script" or "module") of what the interpreter was asked to run."""
    if command == "-m":
        original = getattr(sys, "orig_argv", [])  # Python 3.10 and later
        after = original.index("-m") + 1 if "-m" in original else len(original)
        return (original[after] if after < len(original) else "__main__"), "module"
    parts = command.split()
    if len(parts) > 1:  # a whole command line in one argument, as some process managers pass it
        words = [part for part in parts if not part.startswith("-")]
        if "-m" in parts[:-1] and parts.index("-m") < parts.index(words[1] if len(words) > 1 else parts[-1]):
            return parts[parts.index("-m") + 1], "module"
        if len(words) > 1:
            command = words[1]
    return os.path.splitext(os.path.basename(command))[0], "script"


def _normalized(value):
    """Lower case; what a tag cannot hold becomes ``_``, once for a run."""
    characters = []
    for character in value[:_MAX_LENGTH].lower():
        if not (character.isalpha() or character.isdigit() or character in _ALLOWED):
            character = "_"
        if character != "_" or characters[-1:] != ["_"]:
            characters.append(character)
    return "".join(characters).strip("_")
