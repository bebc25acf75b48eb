"""Names, services and peers of spans by the span attribute schema and the settings around it."""

from . import REGISTRY
from . import scenario
from .servers import asgi_server
from .servers import echo_server
from .servers import fetch
from .servers import wsgi_server


V1 = {"DD_TRACE_SPAN_ATTRIBUTE_SCHEMA": "v1", "DD_TRACE_URLLIB3_ENABLED": "true"}
NAMED = dict(
    V1,
    DD_SERVICE="shop",
    DD_TRACE_PEER_SERVICE_MAPPING="localhost:bakery,127.0.0.1:oven,store:pantry,mine:ours",
    DD_SERVICE_MAPPING="shop:corner-shop",
)
V0 = {
    "DD_TRACE_URLLIB3_ENABLED": "true",
    "DD_TRACE_PEER_SERVICE_DEFAULTS_ENABLED": "true",
    "DD_TRACE_PEER_SERVICE_MAPPING": "127.0.0.1:oven",
    "DD_TRACE_REMOVE_INTEGRATION_SERVICE_NAMES_ENABLED": "true",
}
MAPPED = {
    "DD_TRACE_URLLIB3_ENABLED": "true",
    "DD_SERVICE_MAPPING": "flask:fl,requests:rq,sqlite:sq,hx:hy,fastapi:fa,starlette:st,wsgi:ws,urllib3:u3,jin:jan,c:x",
    "DD_HTTPX_SERVICE": "hx",
    "DD_JINJA2_SERVICE": "jin",
    "DD_TRACE_PEER_SERVICE_MAPPING": "mine:ours,host:hh",
}
ENVIRONMENTS = {"v1": V1, "named": NAMED, "v0": V0, "mapped": MAPPED}


def in_each(*names):
    """Register a function under each of the environments named."""

    def register(function):
        for name in names:
            REGISTRY.setdefault("with_schema", {})["%s_%s" % (function.__name__, name)] = (function, ENVIRONMENTS[name])
        return function

    return register


@in_each("v1", "named", "v0", "mapped")
def requests_get():
    import requests

    with echo_server() as port:
        return [requests.get("http://%s:%d/" % (host, port)).status_code for host in ("127.0.0.1", "localhost")]


@in_each("v1", "v0", "mapped")
def urllib3_get():
    import urllib3

    with echo_server() as port, urllib3.PoolManager(retries=False) as pool:
        return pool.request("GET", "http://127.0.0.1:%d/" % port).status


@in_each("v1", "v0", "mapped")
def httpx_get():
    import httpx

    with echo_server() as port:
        return httpx.get("http://127.0.0.1:%d/" % port).status_code


@in_each("v1", "named", "v0", "mapped")
def sqlite3_query():
    import sqlite3

    connection = sqlite3.connect(":memory:")
    rows = connection.execute("select 1").fetchall()
    connection.commit()
    return rows


@in_each("v1", "v0", "mapped")
def jinja2_render():
    import jinja2

    return jinja2.Template("{{ 1 + 1 }}").render()


@in_each("v1", "named", "v0", "mapped")
def flask_request():
    from .with_flask import make_app

    with wsgi_server(make_app()) as port:
        return fetch(port, "/items/3")


@in_each("v1", "v0", "mapped")
def wsgi_request():
    from .with_wsgi import served

    return served("/")


@in_each("v1", "mapped")
def fastapi_request():
    from .with_fastapi import make_app

    with asgi_server(make_app()) as port:
        return fetch(port, "/items/3")


@in_each("v1")
def starlette_request():
    from .with_starlette import served

    return served("/items/3")


@in_each("v1")
def asgi_request():
    from ddtrace.contrib.asgi import TraceMiddleware

    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    with asgi_server(TraceMiddleware(application)) as port:
        return fetch(port, "/a")


@in_each("v1", "mapped")
def starlette_websocket():
    from .with_starlette import test_client_websocket

    return test_client_websocket()


@in_each("v1", "mapped")
def fastapi_background_task():
    from .with_fastapi import background_task

    return background_task()


@in_each("v1", "mapped")
def flask_template():
    from .with_flask import make_app

    with wsgi_server(make_app()) as port:
        return fetch(port, "/template/ann")


SOURCES = (
    {"span.kind": "client", "db.name": "store"},
    {"span.kind": "client", "db.instance": "store", "db.name": "other"},
    {"span.kind": "client", "rpc.service": "Greeter"},
    {"span.kind": "client", "network.destination.name": "host"},
    {"span.kind": "client", "out.host": "host"},
    {"span.kind": "client", "net.peer.name": "host"},
    {"span.kind": "client", "server.address": "host"},
    {"span.kind": "client", "http.url": "http://a/b"},
    {"span.kind": "client", "messaging.kafka.bootstrap.servers": "k:1", "out.host": "host"},
    {"span.kind": "producer", "messaging.kafka.bootstrap.servers": "k:1", "out.host": "host"},
    {"span.kind": "client", "component": "aws-sdk", "aws.service": "s3", "out.host": "host"},
    {"span.kind": "client", "aws_service": "s3", "bucketname": "b"},
    {"span.kind": "client", "queuename": "q"},
    {"span.kind": "client", "topicname": "t", "streamname": "s", "tablename": "x"},
    {"span.kind": "client", "mongodb.db": "m", "cassandra.cluster": "c"},
    {"span.kind": "client", "cassandra.contact.points": "c", "db.cassandra.cluster": "d"},
    {"span.kind": "client", "peer.hostname": "p"},
    {"span.kind": "client", "peer.ipv4": "p", "peer.service": "mine"},
    {"span.kind": "server", "out.host": "host"},
    {"span.kind": "server", "peer.service": "mine"},
    {"span.kind": "consumer", "out.host": "host"},
    {"span.kind": "internal", "out.host": "host"},
    {"out.host": "host"},
    {"span.kind": "client", "db.name": "store", "rpc.service": "r", "out.host": "host"},
    {"span.kind": "client", "out.host": "", "net.peer.name": "n"},
    {"span.kind": "client", "peer.service": ""},
    {"span.kind": "client", "peer.service": "", "out.host": "host"},
    {"span.kind": "client", "peer.service": 5, "out.host": "host"},
    {"span.kind": "client", "out.host": 5},
    {"span.kind": "client", "messaging.kafka.bootstrap.servers": "k", "db.name": "d"},
    {"span.kind": "client", "mongodb.db": "m", "db.name": "d"},
    {"span.kind": "client", "mongodb.db": "m", "rpc.service": "r"},
    {"span.kind": "client", "peer.service": "127.0.0.1"},
)


@in_each("v1", "named", "v0", "mapped")
def peers_of_own_spans():
    from ddtrace import tracer

    for tags in SOURCES:
        with tracer.trace("own") as span:
            span.set_tags(tags)


@in_each("named", "mapped")
def service_of_own_spans():
    from ddtrace import tracer

    with (
        tracer.trace("a"),
        tracer.trace("b", service="shop"),
        tracer.trace("c", service="c") as span,
        tracer.trace("d"),
    ):
        span.service = "shop"


@scenario()
def peers_by_default():
    peers_of_own_spans()
