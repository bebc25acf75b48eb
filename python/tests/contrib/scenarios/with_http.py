"""The settings of HTTP spans: headers, statuses, query strings, addresses, endpoints."""

from . import REGISTRY
from .servers import asgi_server
from .servers import echo_server
from .servers import fetch
from .servers import wsgi_server


FIRST = {
    "DD_TRACE_HEADER_TAGS": "X-Customer:customer, content-type ,User-Agent:agent:x,X-Spaced : spaced tag ,:no,x_under",
    "DD_TRACE_HTTP_SERVER_ERROR_STATUSES": "400-404,418,junk,599-590",
    "DD_TRACE_HTTP_CLIENT_TAG_QUERY_STRING": "false",
    "DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP": "(?i)colou?r=[^&]*",
    "DD_TRACE_CLIENT_IP_ENABLED": "true",
    "DD_TRACE_CLIENT_IP_HEADER": "X-Mine-IP",
    "DD_TRACE_RESOURCE_RENAMING_ENABLED": "true",
}
SECOND = {
    "DD_HTTP_SERVER_TAG_QUERY_STRING": "false",
    "DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP": "",
    "DD_TRACE_CLIENT_IP_ENABLED": "true",
    "DD_TRACE_RESOURCE_RENAMING_ENABLED": "true",
    "DD_TRACE_RESOURCE_RENAMING_ALWAYS_SIMPLIFIED_ENDPOINT": "true",
    "DD_TRACE_HTTP_SERVER_ERROR_STATUSES": "",
}
THIRD = {
    "DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP": "(unclosed",
    "DD_TRACE_HTTP_SERVER_ERROR_STATUSES": "599",
}
ENVIRONMENTS = {"first": FIRST, "second": SECOND, "third": THIRD}


def in_each(*names):
    def register(function):
        for name in names:
            REGISTRY.setdefault("with_http", {})["%s_%s" % (function.__name__, name)] = (function, ENVIRONMENTS[name])
        return function

    return register


HEADERS = {
    "X-Customer": "ann",
    "Content-Type": "text/plain",
    "X-Spaced": "  a b ",
    "X_Under": "u",
    "X-Mine-IP": "9.9.9.9",
    "X-Forwarded-For": "10.1.2.3, 8.8.8.8",
    "Referer": "http://user:secret@shop.example:8080/from?x=1",
}


@in_each("first", "second", "third")
def flask_requests():
    from .with_flask import make_app

    with wsgi_server(make_app()) as port:
        return [
            fetch(port, path, headers=HEADERS)[0]
            for path in (
                "/items/3?Color=red&token=abc&q=1",
                "/nowhere",
                "/five",
                "/boom",
                "/?",
                "/items/4?a=%20b&c=%E2%82%AC",
            )
        ]


@in_each("first")
def fastapi_requests():
    from .with_fastapi import make_app

    with asgi_server(make_app()) as port:
        return [
            fetch(port, path, headers=HEADERS)[0]
            for path in ("/items/3?color=red&token=abc&q=1", "/nowhere", "/items/word")
        ]


@in_each("first", "second", "third")
def wsgi_requests():
    from ddtrace.contrib.wsgi import DDWSGIMiddleware

    from .with_wsgi import plain

    with wsgi_server(DDWSGIMiddleware(plain)) as port:
        return [
            fetch(port, path, headers=HEADERS)[0]
            for path in ("/", "/a/12/bc?x=1", "/u/1a2b3c4d/", "/status/500", "/status/404", "//1//2/3/4/5/6/7/8/9/10")
        ]


SEGMENTS = (
    "0/9/10/123456/1.2/1_2/-12/12-34/1-a/abcdef/123abc",
    "12ab/ABCDEF12/550e8400-e29b-41d4-a716-446655440000/1-2-3-a-b/abcdefghijklmnopqrs/abcdefghijklmnopqrst",
    "some-thing-with-3/a@b.c/a,b/a;b/a:b/~a/a!b",
    "a%20b/(a)/a=b/a*b/a'b/a&b/a+b",
)


@in_each("first")
def endpoints():
    from ddtrace import config
    from ddtrace import tracer
    from ddtrace.contrib.trace_utils import set_http_meta

    urls = ["http://h/" + segments for segments in SEGMENTS] + [
        "",
        "/",
        "/a/12",
        "http://h",
        "http://h/a/123#f",
        "http://h//a//",
    ]
    for url in urls:
        with tracer.trace("own", resource=url, span_type="web") as span:
            set_http_meta(span, config.flask, url=url or None, status_code=200)
    for kind, status, route in (
        ("http", 200, None),
        ("web", 404, None),
        ("web", 200, "/r"),
        ("web", None, ""),
        (None, 200, None),
    ):
        with tracer.trace("own", resource="/a/12", span_type=kind) as span:
            set_http_meta(span, config.flask, url="/a/12", status_code=status, route=route)
            with tracer.trace("below", span_type="web") as below:
                set_http_meta(below, config.flask, url="/a/12", status_code=200)


@in_each("first", "second", "third")
def clients():
    import httpx
    import requests

    with echo_server() as port:
        return [
            get("http://127.0.0.1:%d%s" % (port, path), headers={"X-Customer": "ann", "User-Agent": "mine"}).status_code
            for get in (requests.get, httpx.get)
            for path in ("/a?color=red&token=abc", "/status/404", "/status/500")
        ]
