from . import scenario
from .servers import fetch
from .servers import wsgi_server
from .with_flask import DATADOG
from .with_flask import make_app


def plain(environ, start_response):
    if environ["PATH_INFO"] == "/boom":
        raise ValueError("no such luck")
    if environ["PATH_INFO"] == "/status/404":
        start_response("404 Not Found", [("Content-Type", "text/plain")])
    elif environ["PATH_INFO"] == "/status/500":
        start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
    else:
        start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"he", b"llo"]


def served(path="/", application=plain, headers=None, **kwargs):
    from ddtrace.contrib.wsgi import DDWSGIMiddleware

    with wsgi_server(DDWSGIMiddleware(application, **kwargs)) as port:
        return fetch(port, path, headers=headers)


@scenario()
def index():
    return served("/a/1?q=shoes")


@scenario()
def statuses():
    return [served("/status/404")[0], served("/status/500")[0]]


@scenario()
def exception():
    return served("/boom")[0]


@scenario()
def generator():
    def application(environ, start_response):
        start_response("200 OK", [])
        yield b"a"
        yield b"b"

    return served("/", application)


@scenario()
def broken_generator():
    def application(environ, start_response):
        start_response("200 OK", [])
        yield b"a"
        raise RuntimeError("half way")

    return served("/", application)[0]


@scenario()
def closed():
    class Body:
        def __iter__(self):
            return iter([b"x"])

        def close(self):
            pass

    def application(environ, start_response):
        start_response("200 OK", [])
        return Body()

    return served("/", application)


@scenario()
def span_modifier():
    def modify(span, environ):
        span.set_tag("path", environ["PATH_INFO"])

    return served("/", span_modifier=modify)


@scenario()
def quoted_path():
    return served("/caf%C3%A9%20au?x=%C3%A9%20b&y=a+b")


@scenario()
def user_span_in_body():
    from ddtrace import tracer

    def application(environ, start_response):
        start_response("200 OK", [])
        with tracer.trace("part"):
            yield b"a"
        yield b"b"

    return served("/", application)


@scenario()
def around_flask():
    return served("/items/1", make_app())


@scenario()
def datadog_headers():
    return served("/", headers=DATADOG)


@scenario()
def user_span():
    from ddtrace import tracer

    def application(environ, start_response):
        with tracer.trace("work"):
            start_response("200 OK", [])
            return [b"x"]

    return served("/", application)


@scenario(DD_SERVICE="shop")
def service():
    return served("/")


@scenario(DD_SERVICE="shop", DD_WSGI_SERVICE="shop-web")
def wsgi_service():
    return served("/")


@scenario(DD_TRACE_HEADER_TAGS="x-customer:customer,content-type", DD_TRACE_CLIENT_IP_ENABLED="true")
def header_tags():
    return served("/?q=1", headers={"X-Customer": "ann", "X-Forwarded-For": "8.8.8.8"})
