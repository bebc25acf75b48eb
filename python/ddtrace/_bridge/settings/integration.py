"""ddtrace.settings.integration as it was."""

from ddtrace.settings import _names


__all__ = _names.names("integration")  # noqa: PLE0605


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return _names.find("integration", name)
