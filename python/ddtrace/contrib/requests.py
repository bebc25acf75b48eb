"""requests: ``requests.request`` around ``Session.send``, once per redirect."""

from urllib.parse import urlsplit

import requests

from . import _http_client
from . import trace_utils
from ._safe import safely


__all__ = ["TracedSession"]

_config = _http_client.add_config("requests", "requests")


def get_version():
    return getattr(requests, "__version__", "")


def patch():
    if not trace_utils.iswrapped(requests.Session, "send"):
        trace_utils.wrap(requests.Session, "send", _send)


def unpatch():
    if trace_utils.iswrapped(requests.Session, "send"):
        trace_utils.unwrap(requests.Session, "send")


@safely
def _open(request):
    parts = urlsplit(request.url)
    method = (request.method or "").upper()
    netloc = parts.netloc.rpartition("@")[2]
    span = _http_client.open_span(_config, "requests.request", netloc, "%s %s" % (method, parts.path))
    span._set_attribute("_dd.measured", 1)
    if parts.hostname:
        span._set_attribute("out.host", parts.hostname)
    _http_client.inject(_config, span, request.headers)
    return span


def _describe(request, response):
    http_meta = dict(method=(request.method or "").upper(), url=request.url, request_headers=request.headers)
    if response is not None:
        http_meta.update(
            status_code=response.status_code, status_msg=response.reason, response_headers=response.headers
        )
    return http_meta


_send, _ = _http_client.traced_send(_config, _open, _describe)


class TracedSession(requests.Session):
    """A session that is traced even where requests is not patched."""

    def send(self, request, **kwargs):
        send = super().send
        if trace_utils.iswrapped(requests.Session, "send"):
            return send(request, **kwargs)
        return _send(send, self, (request,), kwargs)
