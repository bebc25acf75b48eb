"""ddtrace.settings.dynamic_instrumentation as it was."""

from ddtrace.settings import _names


__all__ = _names.names("dynamic_instrumentation")  # noqa: PLE0605


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return _names.find("dynamic_instrumentation", name)
