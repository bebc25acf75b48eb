import asyncio

from . import scenario
from .clients import echoed
from .clients import refused
from .servers import echo_server


def get(url, **kwargs):
    import httpx

    return httpx.get(url, **kwargs).json()


def get_async(url, **kwargs):
    import httpx

    async def main():
        async with httpx.AsyncClient() as client:
            return (await client.get(url, **kwargs)).json()

    return asyncio.run(main())


@scenario()
def ok():
    return echoed(get, "/items/1?q=shoes&token=abc")


@scenario()
def not_found():
    return echoed(get, "/status/404")


@scenario()
def server_error():
    return echoed(get, "/status/500")


@scenario()
def connection_error():
    return refused(get)


@scenario()
def async_ok():
    return echoed(get_async, "/items/1?q=shoes&token=abc")


@scenario()
def async_server_error():
    return echoed(get_async, "/status/500")


@scenario()
def async_connection_error():
    return refused(get_async)


@scenario()
def async_gather():
    import httpx
    from ddtrace import tracer

    async def main(port):
        async with httpx.AsyncClient() as client:
            with tracer.trace("parent"):
                answers = await asyncio.gather(*[client.get("http://127.0.0.1:%d/" % port) for n in range(3)])
        return [answer.status_code for answer in answers]

    with echo_server() as port:
        return asyncio.run(main(port))


@scenario()
def client_post():
    import httpx

    with echo_server() as port, httpx.Client(base_url="http://127.0.0.1:%d" % port) as client:
        return client.post("/items", json={}, headers={"X-Mine": "1"}).json()["x-mine"]


@scenario()
def redirect():
    return echoed(get, "/status/302", follow_redirects=True)


@scenario()
def own_headers():
    return echoed(get, headers={"x-datadog-trace-id": "1", "traceparent": "mine"})


@scenario()
def credentials_in_url():
    import httpx

    with echo_server() as port:
        return httpx.get("http://ann:secret@127.0.0.1:%d/" % port).status_code


@scenario()
def streamed():
    import httpx

    with echo_server() as port, httpx.stream("GET", "http://127.0.0.1:%d/" % port) as response:
        return response.read() != b""


@scenario()
def mock_transport():
    import httpx

    transport = httpx.MockTransport(lambda request: httpx.Response(201, headers={"content-type": "a/b"}))
    return httpx.Client(transport=transport).get("http://shop.example/a?b=c").status_code


@scenario()
def under_a_span():
    from ddtrace import tracer

    with tracer.trace("parent", service="shop"):
        return echoed(get)


@scenario(DD_SERVICE="shop")
def service():
    return echoed(get)


@scenario(DD_SERVICE="shop", DD_HTTPX_SERVICE="partner")
def httpx_service():
    return echoed(get)


@scenario(DD_SERVICE="shop", DD_HTTPX_SPLIT_BY_DOMAIN="true")
def split_by_domain():
    return echoed(get)


@scenario(DD_HTTPX_DISTRIBUTED_TRACING="false")
def not_distributed():
    return echoed(get)


@scenario(DD_TRACE_HEADER_TAGS="x-mine:mine,content-type", DD_HTTP_CLIENT_TAG_QUERY_STRING="false")
def header_tags():
    return echoed(get, "/?q=1", headers={"X-Mine": "1"})
