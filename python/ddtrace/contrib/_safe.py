"""The border between tracing and the application: nothing that fails here gets across."""

import functools


_reported = set()


def safely(function):
    """What ``function`` returns, or None where it raises; each one's failure is logged once."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Exception as error:
            report(function.__module__ + "." + function.__qualname__, error)
            return None

    return call


def report(where, error):
    """Log a failure of tracing code, one line for each place it happens in."""
    if where in _reported:
        return
    _reported.add(where)
    import logging

    logging.getLogger("ddtrace").error(
        "%s failed, the application goes on without this span: %s: %s", where, type(error).__name__, error
    )
