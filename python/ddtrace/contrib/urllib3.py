"""urllib3: ``urllib3.request`` around each ``HTTPConnectionPool.urlopen``, retries included."""

import sys

import urllib3
from urllib3.connectionpool import HTTPConnectionPool

from . import _http_client
from . import trace_utils
from ._safe import safely


_config = _http_client.add_config("urllib3", "urllib3")
_PARAMETERS = ("method", "url", "body", "headers", "retries")


def get_version():
    return getattr(urllib3, "__version__", "")


def patch():
    if not trace_utils.iswrapped(HTTPConnectionPool, "urlopen"):
        trace_utils.wrap(HTTPConnectionPool, "urlopen", _urlopen)


def unpatch():
    if trace_utils.iswrapped(HTTPConnectionPool, "urlopen"):
        trace_utils.unwrap(HTTPConnectionPool, "urlopen")


def _urlopen(urlopen, pool, args, kwargs):
    call = _Call(args, kwargs)
    if not call.open(pool):
        return urlopen(*args, **kwargs)
    response = None
    try:
        response = urlopen(*call.args, **call.kwargs)
        return response
    except BaseException:
        call.span.set_exc_info(*sys.exc_info())
        raise
    finally:
        _http_client.close_span(_config, call.span, call.describe, response)


class _Call:
    """One urlopen: its arguments, as they are passed on, and its span."""

    def __init__(self, args, kwargs):
        self.args, self.kwargs = args, kwargs
        self.span = None

    def argument(self, name):
        index = _PARAMETERS.index(name)
        return self.args[index] if index < len(self.args) else self.kwargs.get(name)

    @safely
    def open(self, pool):
        url = self.argument("url")
        netloc = "%s:%d" % (pool.host, pool.port) if pool.port else pool.host
        self.url = "%s://%s%s" % (pool.scheme, netloc, url) if url.startswith("/") else url
        headers = self.argument("headers")
        headers = pool.headers if headers is None else headers
        self.headers = headers.copy() if hasattr(headers, "copy") else dict(headers or {})
        self.host = pool.host
        span = _http_client.open_span(_config, "urllib3.request", netloc)
        # The caller's mapping is often shared by requests (pool.headers): it must not gain ours.
        _http_client.inject(_config, span, self.headers)
        index = _PARAMETERS.index("headers")
        if index < len(self.args):
            self.args = self.args[:index] + (self.headers,) + self.args[index + 1 :]
        else:
            self.kwargs = dict(self.kwargs, headers=self.headers)
        self.span = span
        return True

    def describe(self, response):
        retries = self.argument("retries")
        http_meta = dict(
            method=self.argument("method"),
            url=self.url,
            target_host=self.host,
            server_address=self.host,
            request_headers=self.headers,
            retries_remain=getattr(retries, "total", None) if not isinstance(retries, int) else None,
        )
        if response is not None:
            http_meta.update(status_code=response.status, status_msg=response.reason, response_headers=response.headers)
        return http_meta
