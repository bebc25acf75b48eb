"""FastAPI: ``fastapi.request``, named after the route, and ``fastapi.serialize_response``."""

import fastapi
import fastapi.routing
from fastapi import BackgroundTasks
from fastapi import FastAPI
from fastapi.routing import APIRoute

from .. import _schema
from ..trace import tracer
from . import _code_origin
from . import _starlette_tasks
from . import starlette as _starlette
from . import trace_utils
from ._safe import safely
from .asgi import add_config
from .asgi import routed


_config = add_config("fastapi", _default_service=_schema.default_service("fastapi"))


def get_version():
    return getattr(fastapi, "__version__", "")


def patch():
    if trace_utils.iswrapped(FastAPI, "build_middleware_stack"):
        return
    _starlette.wrap_stack(FastAPI, _config)
    _starlette.patch_routing()
    _starlette_tasks.wrap_add_task(BackgroundTasks, "fastapi.background_task")
    if "handle" in APIRoute.__dict__:
        trace_utils.wrap(APIRoute, "handle", _handle)
    trace_utils.wrap(fastapi.routing, "run_endpoint_function", _run_endpoint_function)
    trace_utils.wrap(fastapi.routing, "serialize_response", _serialize_response)


def unpatch():
    if not trace_utils.iswrapped(FastAPI, "build_middleware_stack"):
        return
    trace_utils.unwrap(FastAPI, "build_middleware_stack")
    trace_utils.unwrap(BackgroundTasks, "add_task")
    if trace_utils.iswrapped(APIRoute, "handle"):
        trace_utils.unwrap(APIRoute, "handle")
    trace_utils.unwrap(fastapi.routing, "run_endpoint_function")
    trace_utils.unwrap(fastapi.routing, "serialize_response")


async def _handle(handle, route, args, kwargs):
    _routed(args[0] if args else kwargs.get("scope"), route)
    return await handle(*args, **kwargs)


@safely
def _routed(scope, route):
    # A route of an included router, which is not a copy in newer versions, answers
    # for a path of which it knows only the end; any other one calls Starlette's handle.
    effective_of = getattr(fastapi.routing, "_get_scope_effective_route_context", None)
    effective = effective_of(scope) if effective_of is not None else None
    if effective is not None and effective.original_route is route:
        routed(scope, effective.path or effective.path_format)


async def _run_endpoint_function(run, _, args, kwargs):
    _tag_origin(kwargs.get("dependant") or (args[0] if args else None))
    return await run(*args, **kwargs)


@safely
def _tag_origin(dependant):
    # Told in the task of the request, also for an endpoint that runs in a thread.
    _code_origin.tag(_code_origin.describe(dependant.call))


async def _serialize_response(serialize, _, args, kwargs):
    span = _open_serialization()
    if span is None:
        return await serialize(*args, **kwargs)
    with span:
        return await serialize(*args, **kwargs)


@safely
def _open_serialization():
    current = tracer.current_span()
    span = tracer.trace("fastapi.serialize_response", service=current.service if current is not None else None)
    source = current.get_tag("_dd.svc_src") if current is not None else None
    if source and source.startswith("opt."):
        span._set_attribute("_dd.svc_src", source)  # the service has the name that an option gave it
    else:
        _schema.tag_default(span, "fastapi")
    return span
