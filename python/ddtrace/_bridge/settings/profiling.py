"""ddtrace.settings.profiling as it was."""

from ddtrace.settings import _names


__all__ = _names.names("profiling")  # noqa: PLE0605


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return _names.find("profiling", name)
