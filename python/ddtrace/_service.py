"""The service name of an application that was given none: inferred from its command.

The first argument that is an existing path names it: its dotted package, or else
the topmost of the directories above it that hold Python files.
"""

import os
import sys


def infer_service():
    """The inferred name, or None where the command tells nothing."""
    from . import _argv

    try:
        return _infer(_argv)
    except Exception:
        return None  # a path that cannot be read is no reason to fail


def _infer(argv):
    if not argv or not any(_is_python(command) for command in argv + [sys.executable or ""]):
        return None
    arguments = [argument for argument in argv if not _is_python(argument) and not _is_installed_command(argument)]
    return _first_named(arguments, skip_values_of_flags=True) or _first_named(arguments, skip_values_of_flags=False)


def _first_named(arguments, skip_values_of_flags):
    after_flag = after_m = False
    for argument in arguments:
        if after_m and _module_exists(argument):
            return argument
        is_flag = argument.startswith("-") and not argument.startswith("--ddtrace")
        if not (is_flag or "=" in argument or (after_flag and skip_values_of_flags)):
            path = os.path.realpath(argument)
            if os.path.exists(path):
                directory = path if os.path.isdir(path) else os.path.dirname(path)
                name = _package_name(directory) or _topmost_python_directory(directory)
                if name:
                    return name
        after_m = after_m or argument == "-m"
        after_flag = is_flag
    return None


def _is_python(command):
    name = command.rpartition("/")[2]
    version = name[len("python") :]
    return name.startswith("python") and (version == "" or version.replace(".", "", 1).isdigit())


def _is_installed_command(path):
    """Whether ``path`` is a file somewhere below a directory called ``bin``."""
    path = os.path.normpath(path)
    if not os.path.isfile(path):
        return False
    return any(part.endswith("bin") for part in os.path.dirname(path).split("/"))


def _package_name(directory):
    parts = []
    while os.path.exists(os.path.join(directory, "__init__.py")) and directory != "/":
        directory, name = os.path.split(directory)
        parts.insert(0, name)
    return ".".join(parts)


def _topmost_python_directory(directory):
    topmost = directory
    while directory != "/" and any(name.endswith(".py") for name in os.listdir(directory)):
        topmost = directory
        directory = os.path.dirname(directory)
    return os.path.basename(topmost)


def _module_exists(name):
    """Whether a module could be imported, found out without importing its parents."""
    from importlib.machinery import PathFinder

    path = None
    for part in name.split("."):
        spec = PathFinder.find_spec(part, path) if part else None
        if spec is None:
            return False
        path = spec.submodule_search_locations or []
    return True
