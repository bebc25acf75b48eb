"""``DDWSGIMiddleware``: traces any WSGI application that it is put around."""

from __future__ import annotations

from urllib.parse import quote

from .. import config
from ..trace import tracer as _default_tracer
from . import trace_utils
from ._safe import modify
from ._safe import warn_of_tracer
from ._wsgi import Request


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from typing import Callable

    from ..trace import Span
    from ..trace import Tracer

__all__ = ["DDWSGIMiddleware"]

config._add("wsgi", {"_default_service": "wsgi", "distributed_tracing": True})


def get_version():
    return ""


def default_wsgi_span_modifier(span: Span, environ: dict[str, Any]) -> None:
    span.resource = "%s %s" % (environ.get("REQUEST_METHOD"), environ.get("PATH_INFO"))


class DDWSGIMiddleware:
    """``app = DDWSGIMiddleware(app)``.

    ``span_modifier(span, environ)`` is called with the span of each request; the
    default one names the resource after the method and the path.
    """

    def __init__(
        self,
        application: Callable[..., Any],
        tracer: Tracer | None = None,
        span_modifier: Callable[[Span, dict[str, Any]], Any] | None = default_wsgi_span_modifier,
        app_is_iterator: bool = False,
    ) -> None:
        if tracer is not None:
            warn_of_tracer("DDWSGIMiddleware")
        self.app = application
        self.tracer = tracer or _default_tracer
        self.span_modifier = span_modifier
        self.app_is_iterator = app_is_iterator

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        request = _Request(self.span_modifier)
        if not request.open(environ):
            return self.app(environ, start_response)
        return request.run(self.app, environ, start_response)


class _Request(Request):
    def __init__(self, span_modifier):
        super().__init__(config.wsgi)
        self.span_modifier = span_modifier

    def opened(self, span, environ, headers):
        trace_utils.set_http_meta(
            span,
            self.config,
            method=environ.get("REQUEST_METHOD"),
            url=_url(environ),
            query=environ.get("QUERY_STRING"),
        )
        if self.config.is_header_tracing_configured:
            # Only what the environment has as HTTP_*, as ddtrace has it.
            own = {name: value for name, value in headers.items() if name not in ("content-type", "content-length")}
            trace_utils._store_headers(span, self.config, own, trace_utils.REQUEST)
        if self.span_modifier is not None:
            modify(self.span_modifier, span, environ)

    def answering(self, status_code, message, headers):
        trace_utils.set_http_meta(
            self.span, self.config, status_code=status_code, status_msg=message, response_headers=dict(headers)
        )

    def call_start_response(self, start_response, status, headers, *exc_info):
        # Not made active: spans that follow belong where they are opened.
        span = self.start(".start_response", self.application, span_type="web", activate=False)
        span._set_attribute("span.kind", "server")
        with span:
            return start_response(status, headers, *exc_info)

    def responding(self, body):
        self.response._set_attribute("result_class", type(body).__name__)


def _url(environ):
    """The URL of the request, put together as PEP 3333 says."""
    scheme = environ.get("wsgi.url_scheme", "http")
    host = environ.get("HTTP_HOST")
    if not host:
        host = environ.get("SERVER_NAME", "")
        port = environ.get("SERVER_PORT", "")
        if port and port != {"https": "443", "http": "80"}.get(scheme):
            host += ":" + port
    path = quote(
        environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), encoding="latin-1", safe="/;=,:@&+$!*'()~"
    )
    query = environ.get("QUERY_STRING")
    return "%s://%s%s%s" % (scheme, host, path, "?" + query if query else "")
