"""Background tasks: each a trace of its own, linked to the request that asked for it."""

from ..trace import tracer
from . import trace_utils
from ._safe import safely


def wrap_add_task(owner, name):
    def add_task(add, tasks, args, kwargs):
        wrapped = _wrapped(name, args)
        return add(*(wrapped or args), **kwargs)

    trace_utils.wrap(owner, "add_task", add_task)


@safely
def _wrapped(name, args):
    request_span = tracer.current_span()
    function = args[0]

    if _is_async(function):

        async def traced_task(*args, **kwargs):
            span = _open(name, function, request_span)
            if span is None:
                return await function(*args, **kwargs)
            with span:
                return await function(*args, **kwargs)

    else:

        def traced_task(*args, **kwargs):
            span = _open(name, function, request_span)
            if span is None:
                return function(*args, **kwargs)
            with span:
                return function(*args, **kwargs)

    return (traced_task,) + tuple(args[1:])


@safely
def _open(name, function, request_span):
    resource = getattr(function, "__name__", None) or type(function).__name__
    span = tracer.start_span(name, child_of=None, resource=resource, activate=True)
    if request_span is not None:
        span.link_span(request_span.context)
    return span


def _is_async(function):
    import functools
    import inspect

    while isinstance(function, functools.partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004
