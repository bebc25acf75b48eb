from . import scenario
from .clients import echoed
from .clients import refused
from .servers import echo_server
from .servers import fetch
from .servers import wsgi_server
from .with_flask import make_app


def get(url, **kwargs):
    import requests

    return requests.get(url, **kwargs).json()


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
def post_session():
    import requests

    with echo_server() as port, requests.Session() as session:
        session.headers["X-Mine"] = "1"
        return session.post("http://127.0.0.1:%d/items" % port, json={"a": 1}).json()["x-mine"]


@scenario()
def redirect():
    return echoed(get, "/status/302")


@scenario()
def own_headers():
    return echoed(get, headers={"X-Datadog-Trace-Id": "1", "traceparent": "mine"})


@scenario()
def prepared():
    import requests

    with echo_server() as port, requests.Session() as session:
        request = session.prepare_request(requests.Request("GET", "http://127.0.0.1:%d/" % port))
        return session.send(request).status_code


@scenario()
def credentials_in_url():
    import requests

    with echo_server() as port:
        return requests.get("http://ann:secret@127.0.0.1:%d/" % port).status_code


@scenario()
def streamed():
    import requests

    with echo_server() as port:
        with requests.get("http://127.0.0.1:%d/" % port, stream=True) as response:
            return response.raw.read() != b""


@scenario()
def bad_url():
    import requests

    try:
        requests.get("nothing://here")
    except requests.RequestException as error:
        return type(error).__name__


@scenario()
def subclass():
    import pickle

    import requests

    class Mine(requests.Session):
        pass

    with echo_server() as port:
        session = pickle.loads(pickle.dumps(requests.Session()))
        return [
            Mine().get("http://127.0.0.1:%d/" % port).status_code,
            session.get("http://127.0.0.1:%d/" % port).status_code,
        ]


@scenario()
def traced_session():
    from ddtrace.contrib.requests import TracedSession

    with echo_server() as port:
        return TracedSession().get("http://127.0.0.1:%d/" % port).status_code


@scenario()
def under_a_span():
    from ddtrace import tracer

    with tracer.trace("parent", service="shop"):
        return echoed(get)


@scenario()
def flask_calls_flask():
    import requests

    inner, outer = make_app(), make_app()
    with wsgi_server(inner) as port:

        @outer.route("/outer")
        def outer_view():
            return requests.get("http://127.0.0.1:%d/items/5" % port).text

        with wsgi_server(outer) as outer_port:
            return fetch(outer_port, "/outer")


@scenario(DD_SERVICE="shop")
def service():
    return echoed(get)


@scenario(DD_SERVICE="shop", DD_REQUESTS_SERVICE="partner")
def requests_service():
    return echoed(get)


@scenario(DD_SERVICE="shop", DD_REQUESTS_SPLIT_BY_DOMAIN="true")
def split_by_domain():
    return echoed(get)


@scenario(DD_REQUESTS_DISTRIBUTED_TRACING="false")
def not_distributed():
    return echoed(get)


@scenario(DD_TRACE_HEADER_TAGS="x-mine:mine,content-type", DD_HTTP_CLIENT_TAG_QUERY_STRING="false")
def header_tags():
    return echoed(get, "/?q=1", headers={"X-Mine": "1"})


@scenario(DD_TRACE_HTTP_CLIENT_ERROR_STATUSES="400-499")
def client_error_statuses():
    return echoed(get, "/status/404")


@scenario(DD_TRACE_PROPAGATION_STYLE="b3,b3multi,datadog")
def b3():
    import requests

    with echo_server() as port:
        headers = requests.get("http://127.0.0.1:%d/" % port).json()
        return sorted(k for k in headers if k.startswith(("b3", "x-b3", "x-datadog", "trace")))
