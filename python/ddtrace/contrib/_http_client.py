"""What the HTTP clients share: the span of a request, its service, its headers."""

import sys

from .. import _schema
from .. import config
from .._config import flag
from ..propagation.http import HTTPPropagator
from ..trace import tracer
from . import trace_utils
from ._safe import report
from ._safe import safely


def add_config(name, default_service=None):
    """Register the settings that every HTTP client has; without a default service it is part of its caller's."""
    prefix = "DD_" + name.upper()
    config._add(
        name,
        dict(
            distributed_tracing=flag(prefix + "_DISTRIBUTED_TRACING", True),
            split_by_domain=flag(prefix + "_SPLIT_BY_DOMAIN", False),
            default_http_tag_query_string=config._http_client_tag_query_string,
            _default_service=default_service and _schema.default_service(default_service),
        ),
    )
    return getattr(config, name)


def open_span(int_config, name, netloc, resource=None):
    """Start the span of one request; ``netloc`` is the ``host:port`` it goes to."""
    split = int_config.get("split_by_domain") and netloc
    service = netloc if split else trace_utils.ext_service(None, int_config)
    span = tracer.trace(
        _schema.operation(name, _schema.CLIENT_REQUEST), service=service, resource=resource, span_type="http"
    )
    _schema.tag_mapped(span, service)
    span._set_attribute("component", int_config.integration_name)
    span._set_attribute("span.kind", "client")
    if split:
        span._set_attribute("_dd.svc_src", "opt.split_by_domain")
    return span


@safely
def inject(int_config, span, headers):
    """Add the propagation headers to ``headers``, a mutable mapping; the span goes on without them if that fails."""
    if trace_utils.distributed_tracing_enabled(int_config):
        HTTPPropagator.inject(span.context, headers)


def traced_send(int_config, open_request, describe):
    """(wrapper, wrapper for coroutines) of a method that takes a request first and answers with its response."""

    def send(send, client, args, kwargs):
        request = args[0] if args else kwargs.get("request")
        span = open_request(request)
        if span is None:
            return send(*args, **kwargs)
        response = None
        try:
            response = send(*args, **kwargs)
            return response
        except BaseException:
            span.set_exc_info(*sys.exc_info())
            raise
        finally:
            close_span(int_config, span, describe, request, response)

    async def async_send(send, client, args, kwargs):
        request = args[0] if args else kwargs.get("request")
        span = open_request(request)
        if span is None:
            return await send(*args, **kwargs)
        response = None
        try:
            response = await send(*args, **kwargs)
            return response
        except BaseException:
            span.set_exc_info(*sys.exc_info())
            raise
        finally:
            close_span(int_config, span, describe, request, response)

    return send, async_send


def close_span(int_config, span, describe, *args):
    """Tag what ``describe(*args)`` knows of the request and its response, and finish the span. Never raises."""
    try:
        trace_utils.set_http_meta(span, int_config, **describe(*args))
    except Exception as error:
        report("%s.%s" % (describe.__module__, describe.__qualname__), error)
    finally:
        span.finish()
