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


def report(where, error, without="this span"):
    """Log a failure of tracing code, one line for each place it happens in."""
    if where in _reported:
        return
    _reported.add(where)
    import logging

    logging.getLogger("ddtrace").error(
        "%s failed, the application goes on without %s: %s: %s", where, without, type(error).__name__, error
    )


def modify(modifier, span, request):
    """Let the application's ``span_modifier`` see a span, which is traced on if that fails."""
    try:
        modifier(span, request)
    except Exception as error:
        report("the span_modifier %r" % (modifier,), error, "what it adds")


def warn_of_tracer(middleware):
    """A tracer was given to a middleware; there is only one."""
    from .._deprecation import deprecated

    deprecated("middleware-tracer", "%s(tracer=...)" % middleware)
