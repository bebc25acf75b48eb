"""ddtrace.settings.code_origin as it was."""

from ddtrace.settings import _names


__all__ = _names.names("code_origin")  # noqa: PLE0605


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return _names.find("code_origin", name)
