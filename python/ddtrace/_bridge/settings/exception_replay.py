"""ddtrace.settings.exception_replay as it was."""

from ddtrace.settings import _names


__all__ = _names.names("exception_replay")  # noqa: PLE0605


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return _names.find("exception_replay", name)
