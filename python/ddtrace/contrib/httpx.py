"""httpx: ``http.request`` around ``send`` of both clients, redirects included."""

import sys

import httpx

from . import _http_client
from . import trace_utils
from ._safe import safely


_config = _http_client.add_config("httpx")


def get_version():
    return getattr(httpx, "__version__", "")


def patch():
    if not trace_utils.iswrapped(httpx.Client, "send"):
        trace_utils.wrap(httpx.Client, "send", _send)
        trace_utils.wrap(httpx.AsyncClient, "send", _async_send)


def unpatch():
    if trace_utils.iswrapped(httpx.Client, "send"):
        trace_utils.unwrap(httpx.Client, "send")
        trace_utils.unwrap(httpx.AsyncClient, "send")


def _send(send, client, args, kwargs):
    request = args[0] if args else kwargs.get("request")
    span = _open(request)
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
        _http_client.close_span(_config, span, _describe, request, response)


async def _async_send(send, client, args, kwargs):
    request = args[0] if args else kwargs.get("request")
    span = _open(request)
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
        _http_client.close_span(_config, span, _describe, request, response)


@safely
def _open(request):
    url = request.url
    netloc = url.netloc.decode("latin-1")
    # No service of its own: an HTTP call is part of the service that makes it.
    span = _http_client.open_span(_config, "http.request", netloc, None)
    if _config.get("service") is None and not _config.get("split_by_domain"):
        span._set_attribute("_dd.svc_src", "httpx")
    span._set_attribute("_dd.measured", 1)
    if url.host:
        span._set_attribute("out.host", url.host)
    _http_client.inject(_config, span, request.headers)
    return span


def _describe(request, response):
    http_meta = dict(method=request.method, url=str(request.url), request_headers=request.headers)
    if response is not None:
        http_meta.update(status_code=response.status_code, response_headers=response.headers)
    return http_meta
