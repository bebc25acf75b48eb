from . import scenario
from .servers import asgi_server
from .servers import fetch
from .with_flask import DATADOG


async def plain(scope, receive, send):
    if scope["path"] == "/boom":
        raise ValueError("no such luck")
    status = int(scope["path"].rsplit("/", 1)[1]) if scope["path"].startswith("/status/") else 200
    await receive()
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"he", "more_body": True})
    await send({"type": "http.response.body", "body": b"llo"})


def served(path="/", headers=None, **kwargs):
    from ddtrace.contrib.asgi import TraceMiddleware

    with asgi_server(TraceMiddleware(plain, **kwargs)) as port:
        return fetch(port, path, headers=headers)


@scenario()
def index():
    return served("/a/1?q=shoes")


@scenario()
def untraced():
    with asgi_server(plain) as port:
        return fetch(port, "/")


@scenario()
def statuses():
    return [served("/status/%d" % status)[0] for status in (404, 500, 599)]


@scenario()
def exception():
    return served("/boom")[0]


@scenario()
def datadog_headers():
    return served("/", headers=DATADOG)


@scenario()
def span_modifier():
    def modify(span, scope):
        span.resource = "modified"
        span.set_tag("path", scope["path"])

    return served("/", span_modifier=modify)


@scenario()
def handle_exception_span():
    def handle(exc, span):
        span.set_tag("mine", type(exc).__name__)

    return served("/boom", handle_exception_span=handle)[0]


@scenario()
def asgi2():
    from ddtrace.contrib.asgi import TraceMiddleware

    class Double:
        def __init__(self, scope):
            self.scope = scope

        async def __call__(self, receive, send):
            await plain(self.scope, receive, send)

    from uvicorn.middleware.asgi2 import ASGI2Middleware

    with asgi_server(TraceMiddleware(ASGI2Middleware(Double))) as port:
        return fetch(port, "/")


@scenario()
def nested():
    from ddtrace.contrib.asgi import TraceMiddleware

    return fetch_nested(TraceMiddleware(TraceMiddleware(plain)))


def fetch_nested(app):
    with asgi_server(app) as port:
        return fetch(port, "/")


@scenario(DD_SERVICE="shop")
def service():
    return served("/")


@scenario(DD_SERVICE="shop", DD_ASGI_SERVICE="shop-web")
def asgi_service():
    return served("/")
