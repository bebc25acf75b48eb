"""``TraceMiddleware``: traces any ASGI application that it is put around."""

from __future__ import annotations

import inspect
import sys

from .. import _schema
from .. import config
from .._config import flag
from ..trace import tracer as _default_tracer
from . import trace_utils
from ._asgi_websocket import Messages
from ._safe import modify
from ._safe import safely
from ._safe import warn_of_tracer


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any
    from typing import Callable

    from .._integration_config import IntegrationConfig
    from ..trace import Span
    from ..trace import Tracer

__all__ = ["TraceMiddleware", "span_from_scope"]


def add_config(name, **settings):
    """Register the settings that every ASGI framework has."""
    messages = "DD_TRACE_WEBSOCKET_MESSAGES_"
    config._add(
        name,
        dict(
            request_span_name=_schema.operation(name + ".request", _schema.SERVER_REQUEST),
            distributed_tracing=True,
            trace_asgi_websocket_messages=flag(messages + "ENABLED", True),
            asgi_websocket_messages_inherit_sampling=flag(messages + "INHERIT_SAMPLING", True),
            websocket_messages_separate_traces=flag(messages + "SEPARATE_TRACES", True),
            obfuscate_404_resource=flag("DD_ASGI_OBFUSCATE_404_RESOURCE", False),
            **settings,
        ),
    )
    return getattr(config, name)


add_config("asgi")
_SCOPE_KEY = "datadog"  # in the scope: {"request_spans": [...], "resource_paths": [...]}


def get_version():
    return ""


def span_from_scope(scope: Mapping[str, Any]) -> Span | None:
    """The span of the request that an ASGI scope belongs to, or None."""
    state = scope.get(_SCOPE_KEY)
    return state["request_spans"][0] if state else None


def _default_handle_exception_span(exc, span):
    """The server will answer 500 for an application that raised."""
    trace_utils.set_http_meta(span, config.asgi, status_code=500)


class TraceMiddleware:
    """``app = TraceMiddleware(app)``.

    ``span_modifier(span, scope)`` is called with the span of each request, and
    ``handle_exception_span(exc, span)`` with that of an application that raises.
    """

    default_ports = {"http": 80, "https": 443, "ws": 80, "wss": 443}

    def __init__(
        self,
        app: Any,
        tracer: Tracer | None = None,
        integration_config: IntegrationConfig = config.asgi,
        handle_exception_span: Callable[[BaseException, Span], Any] = _default_handle_exception_span,
        span_modifier: Callable[[Span, Any], Any] | None = None,
    ) -> None:
        if tracer is not None:
            warn_of_tracer("TraceMiddleware")
        self.app = _single_callable(app)
        self.tracer = tracer or _default_tracer
        self.integration_config = integration_config
        self.handle_exception_span = handle_exception_span
        self.span_modifier = span_modifier

    async def __call__(self, scope: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> Any:
        kind = scope["type"]
        span = None
        if kind == "http" or (kind == "websocket" and self.integration_config.trace_asgi_websocket_messages):
            span = self._open(scope)
        if span is None:
            return await self.app(scope, receive, send)
        if kind == "websocket":
            messages = Messages(self.integration_config, scope, span)
            receive, send = messages.receive(receive), messages.send(send)

        async def traced_send(message):
            self._answering(span, message)
            await send(message)
            # A request in error is over when the application returns: it may yet raise.
            if message["type"] == "http.response.body" and not message.get("more_body") and not span.error:
                span.finish()

        try:
            return await self.app(scope, receive, traced_send)
        except Exception as error:
            self._raised(span, error)
            raise
        finally:
            span.finish()

    @safely
    def _open(self, scope):
        int_config = self.integration_config
        headers = request_headers(scope)
        trace_utils.activate_distributed_headers(self.tracer, int_config, headers)
        method = scope.get("method") if scope["type"] == "http" else "websocket"
        service = trace_utils.int_service(None, int_config)
        name = int_config.get("request_span_name", "asgi.request")
        if scope["type"] == "websocket" and name == _schema.SERVER_REQUEST:
            name = int_config.integration_name + ".request"  # the schema has no name for these
        span = self.tracer.trace(
            name,
            service=service,
            resource="%s %s" % (method, scope.get("path", "")),
            span_type="web",
        )
        try:
            _schema.tag_mapped(span, service)
            span._set_attribute("component", int_config.integration_name)
            span._set_attribute("span.kind", "server")
            self._tag(span, scope, headers)
        except Exception:
            span.finish()  # it is the active one already
            raise
        return span

    def _tag(self, span, scope, headers):
        state = scope.setdefault(_SCOPE_KEY, {"request_spans": []})
        state["request_spans"].append(span)
        if self.span_modifier is not None:
            modify(self.span_modifier, span, scope)
        if scope["type"] == "websocket":
            span._set_attribute("http.upgraded", "websocket")
        else:
            for key, value in _asgi_tags(scope):
                span._set_attribute(key, value)
        trace_utils.set_http_meta(
            span,
            self.integration_config,
            method=scope.get("method"),
            url=self.url(scope, headers),
            query=_text(scope.get("query_string")),
            request_headers=headers,
            peer_ip=(scope.get("client") or (None,))[0],
            headers_are_case_sensitive=bool(config._client_ip_header),
        )

    def url(self, scope, headers):
        """The URL as the client asked for it, its path unquoted as it comes in the scope."""
        scheme = scope.get("scheme", "http")
        host = headers.get("host")
        if not host and scope.get("server"):
            host, port = scope["server"]
            if port and port != self.default_ports.get(scheme):
                host = "%s:%s" % (host, port)
        if not host:
            return None
        root, path = scope.get("root_path", ""), scope.get("path", "")
        if root and not path.startswith(root):
            path = root + path
        query = _text(scope.get("query_string"))
        return "%s://%s%s%s" % (scheme, host, path, "?" + query if query else "")

    @safely
    def _answering(self, span, message):
        if message["type"] != "http.response.start":
            return
        status = message.get("status")
        int_config = self.integration_config
        response_headers = None
        if int_config.is_header_tracing_configured:
            response_headers = _headers(message.get("headers") or ())
        trace_utils.set_http_meta(span, int_config, status_code=status, response_headers=response_headers)
        if status == 404 and int_config.get("obfuscate_404_resource"):
            span.resource = "%s 404" % span.get_tag("http.method")

    @safely
    def _raised(self, span, error):
        if span.finished:
            return
        self.handle_exception_span(error, span)
        span.set_exc_info(*sys.exc_info())


def _asgi_tags(scope):
    asgi = scope.get("asgi") or {}
    if asgi.get("version"):
        yield "asgi.version", asgi["version"]
    if asgi.get("spec_version"):
        yield "asgi.spec_version", asgi["spec_version"]
    if scope.get("http_version"):
        yield "http.version", scope["http_version"]


def routed(scope, path):
    """A router has taken ``path``, a template, off the front of the URL: name the spans after it.

    An application mounted in another one has a span of its own; the outer span is
    named after the whole route, the inner after what is its own.
    """
    state = scope.get(_SCOPE_KEY)
    if not state:
        return
    paths = state.setdefault("resource_paths", [])
    paths.append(path)
    for index, span in enumerate(state["request_spans"]):
        route = "".join(paths[index:])
        if route:
            span.resource = "%s %s" % (scope.get("method"), route)
            if index == 0:
                span.set_tag("http.route", route)


def request_headers(scope):
    pairs = scope.get("headers") or ()
    headers = _headers(pairs)
    if len(headers) < len(pairs):  # some name is there twice: of these, W3C has one list made
        for name in _LISTS:
            values = [_text(value) for key, value in pairs if _text(key).lower() == name]
            if len(values) > 1:
                headers[name] = ",".join(values)
    return headers


_LISTS = ("traceparent", "tracestate", "baggage")  # of two traceparents none counts


def _headers(pairs):
    return {_text(name).lower(): _text(value) for name, value in pairs}


def _text(value):
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value or ""


def _single_callable(app):
    """``app`` as ASGI 3; an ASGI 2 application is called twice, with the scope first."""
    call = app if inspect.isfunction(app) or inspect.ismethod(app) else getattr(app, "__call__", app)  # noqa: B004
    if not inspect.isclass(app) and (inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call)):
        return app
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return app
    required = [
        p for p in parameters if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if len(required) != 1 or any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return app

    async def single(scope, receive, send):
        return await app(scope)(receive, send)

    return single
