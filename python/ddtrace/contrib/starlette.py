"""Starlette: ``starlette.request`` around the whole application, named after the route."""

import functools

import starlette
import starlette.routing
from starlette.applications import Starlette
from starlette.background import BackgroundTasks
from starlette.routing import Mount
from starlette.routing import Route

from .. import _schema
from . import _code_origin
from . import _starlette_tasks
from . import trace_utils
from ._safe import report
from ._safe import safely
from .asgi import TraceMiddleware
from .asgi import add_config
from .asgi import routed


_config = add_config("starlette", _default_service=_schema.default_service("starlette"))


def get_version():
    return getattr(starlette, "__version__", "")


def patch():
    if trace_utils.iswrapped(Starlette, "build_middleware_stack"):
        return
    wrap_stack(Starlette, _config)
    _starlette_tasks.wrap_add_task(BackgroundTasks, "starlette.background_task")
    patch_routing()


def unpatch():
    if not trace_utils.iswrapped(Starlette, "build_middleware_stack"):
        return
    trace_utils.unwrap(Starlette, "build_middleware_stack")
    trace_utils.unwrap(BackgroundTasks, "add_task")
    unpatch_routing()


def wrap_stack(application_class, int_config):
    """Put the middleware around everything that the applications of a class do."""

    def build_middleware_stack(build, application, args, kwargs):
        stack = build(*args, **kwargs)
        try:
            return TraceMiddleware(stack, integration_config=int_config)
        except Exception as error:
            report("TraceMiddleware", error)
            return stack

    trace_utils.wrap(application_class, "build_middleware_stack", build_middleware_stack)


# The routes, which FastAPI's are made of too.


def patch_routing():
    if trace_utils.iswrapped(Route, "handle"):
        return
    trace_utils.wrap(Route, "handle", _handle)
    trace_utils.wrap(Mount, "handle", _handle)
    trace_utils.wrap(starlette.routing, "request_response", _request_response)


def unpatch_routing():
    if trace_utils.iswrapped(Route, "handle"):
        trace_utils.unwrap(Route, "handle")
        trace_utils.unwrap(Mount, "handle")
        trace_utils.unwrap(starlette.routing, "request_response")


async def _handle(handle, route, args, kwargs):
    _routed(args[0] if args else kwargs.get("scope"), route)
    return await handle(*args, **kwargs)


@safely
def _routed(scope, route):
    if scope.get("type") == "http":
        routed(scope, route.path)


def _request_response(request_response, _, args, kwargs):
    function = args[0] if args else kwargs.get("func")
    if function is not None and getattr(function, "__module__", None) != "fastapi.routing":
        function = _with_code_origin(function)
        args, kwargs = (function,) + tuple(args[1:]), {k: v for k, v in kwargs.items() if k != "func"}
    return request_response(*args, **kwargs)


def _with_code_origin(function):
    try:
        tags = _code_origin.describe(function)
    except Exception as error:
        report("_code_origin.describe", error)
        tags = None
    if tags is None or isinstance(function, functools.partial):
        return function
    if trace_utils._is_coroutine_function(function):

        @functools.wraps(function)
        async def endpoint(*args, **kwargs):
            _code_origin.tag(tags)
            return await function(*args, **kwargs)

    else:

        @functools.wraps(function)
        def endpoint(*args, **kwargs):
            _code_origin.tag(tags)
            return function(*args, **kwargs)

    return endpoint
