"""A span_modifier of the application that fails costs what it would have added, not the span."""

import asyncio

from ddtrace.contrib import _safe
from ddtrace.contrib.asgi import TraceMiddleware
from ddtrace.contrib.wsgi import DDWSGIMiddleware
from ddtrace.trace import tracer


def broken(span, request):
    broken.span = span
    raise KeyError("no such header")


def test_wsgi(monkeypatch):
    said = []
    monkeypatch.setattr(_safe, "report", lambda where, error, without: said.append((str(error), without)))

    def application(environ, start_response):
        assert tracer.current_root_span() is broken.span
        start_response("200 OK", [])
        return [b"hats"]

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_NAME": "shop", "SERVER_PORT": "80"}
    body = DDWSGIMiddleware(application, span_modifier=broken)(environ, lambda *_: None)
    assert list(body) == [b"hats"]
    body.close()
    assert broken.span.finished and broken.span.get_tag("http.status_code") == "200"
    assert said == [("'no such header'", "what it adds")]


def test_asgi():
    async def application(scope, receive, send):
        assert tracer.current_span() is broken.span
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        pass

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    asyncio.run(TraceMiddleware(application, span_modifier=broken)(scope, None, send))
    assert broken.span.finished and broken.span.get_tag("http.status_code") == "201"
