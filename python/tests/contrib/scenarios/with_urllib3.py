from . import scenario
from .clients import echoed
from .clients import refused
from .servers import echo_server


ON = {"DD_TRACE_URLLIB3_ENABLED": "true"}


def get(url, **kwargs):
    import json

    import urllib3

    with urllib3.PoolManager(retries=False) as pool:
        return json.loads(pool.request("GET", url, **kwargs).data)


@scenario()
def off_by_default():
    return echoed(get)


@scenario(**ON)
def ok():
    return echoed(get, "/items/1?q=shoes&token=abc")


@scenario(**ON)
def not_found():
    return echoed(get, "/status/404")


@scenario(**ON)
def server_error():
    return echoed(get, "/status/500")


@scenario(**ON)
def connection_error():
    return refused(get)


@scenario(**ON)
def retries():
    import urllib3

    with echo_server() as port, urllib3.PoolManager() as pool:
        retry = urllib3.Retry(total=2, status_forcelist=[503], backoff_factor=0)
        try:
            pool.request("GET", "http://127.0.0.1:%d/status/503" % port, retries=retry)
        except urllib3.exceptions.MaxRetryError as error:
            return type(error).__name__


@scenario(**ON)
def redirect():
    import urllib3

    with echo_server() as port, urllib3.PoolManager() as pool:
        return pool.request("GET", "http://127.0.0.1:%d/status/302" % port).status


@scenario(**ON)
def connection_pool():
    import urllib3

    with echo_server() as port, urllib3.HTTPConnectionPool("127.0.0.1", port) as pool:
        return [pool.request("GET", "/a").status, pool.urlopen("POST", "/b", b"x", {"X-Mine": "1"}).status]


@scenario(**ON)
def under_requests():
    import requests

    with echo_server() as port:
        return requests.get("http://127.0.0.1:%d/" % port).status_code


@scenario(DD_SERVICE="shop", **ON)
def service():
    return echoed(get)


@scenario(DD_SERVICE="shop", DD_URLLIB3_SERVICE="partner", **ON)
def urllib3_service():
    return echoed(get)


@scenario(DD_SERVICE="shop", DD_URLLIB3_SPLIT_BY_DOMAIN="true", **ON)
def split_by_domain():
    return echoed(get)


@scenario(DD_URLLIB3_DISTRIBUTED_TRACING="false", **ON)
def not_distributed():
    return echoed(get)
