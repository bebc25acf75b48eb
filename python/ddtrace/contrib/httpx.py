"""httpx: ``http.request`` around ``send`` of both clients, redirects included."""

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


@safely
def _open(request):
    url = request.url
    netloc = url.netloc.decode("latin-1")
    # No service of its own: an HTTP call is part of the service that makes it.
    span = _http_client.open_span(_config, "http.request", netloc)
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


_send, _async_send = _http_client.traced_send(_config, _open, _describe)
