import os
import tempfile

from . import scenario
from .servers import asgi_server
from .servers import fetch
from .with_flask import DATADOG
from .with_flask import W3C


def routes():
    from starlette.background import BackgroundTask
    from starlette.endpoints import HTTPEndpoint
    from starlette.exceptions import HTTPException
    from starlette.responses import JSONResponse
    from starlette.responses import PlainTextResponse
    from starlette.responses import RedirectResponse
    from starlette.responses import StreamingResponse
    from starlette.routing import Mount
    from starlette.routing import Route
    from starlette.staticfiles import StaticFiles

    def sync(request):
        return PlainTextResponse("sync")

    async def index(request):
        return PlainTextResponse("hello")

    async def item(request):
        return JSONResponse({"number": request.path_params["number"]})

    async def boom(request):
        raise ValueError("no such luck")

    async def five(request):
        return PlainTextResponse("broken", 503)

    async def forbidden(request):
        raise HTTPException(403)

    async def stream(request):
        async def parts():
            yield "a"
            yield "b"

        return StreamingResponse(parts())

    async def stream_broken(request):
        async def parts():
            yield "a"
            raise RuntimeError("half way")

        return StreamingResponse(parts())

    async def old(request):
        return RedirectResponse("/")

    async def later(request):
        async def task():
            from ddtrace import tracer

            with tracer.trace("background.work"):
                pass

        return PlainTextResponse("later", background=BackgroundTask(task))

    class Endpoint(HTTPEndpoint):
        async def get(self, request):
            return PlainTextResponse("endpoint")

    folder = tempfile.mkdtemp()
    with open(os.path.join(folder, "style.css"), "w") as out:
        out.write("body {}")
    return [
        Route("/", index),
        Route("/sync", sync),
        Route("/items/{number:int}", item, methods=["GET", "POST"]),
        Route("/boom", boom),
        Route("/five", five),
        Route("/forbidden", forbidden),
        Route("/stream", stream),
        Route("/stream/broken", stream_broken),
        Route("/old", old),
        Route("/later", later),
        Route("/endpoint", Endpoint),
        Mount("/sub", routes=[Route("/users/{name}", item_name), Mount("/deep", routes=[Route("/{x}", index)])]),
        Mount("/static", StaticFiles(directory=folder)),
    ]


async def item_name(request):
    from starlette.responses import PlainTextResponse

    return PlainTextResponse(request.path_params["name"])


def make_app(**kwargs):
    from starlette.applications import Starlette

    return Starlette(routes=routes(), **kwargs)


def served(path="/", app=None, **kwargs):
    with asgi_server(app or make_app()) as port:
        return fetch(port, path, **kwargs)


@scenario()
def index():
    return served()


@scenario()
def sync_endpoint():
    return served("/sync")


@scenario()
def path_parameter():
    return served("/items/7?q=shoes&password=hunter2")


@scenario()
def quoted_path():
    return served("/sub/users/caf%C3%A9%20au?x=%C3%A9%20b&y=a+b")


@scenario()
def host_header():
    return served("/", headers={"Host": "shop.example:8080"})


@scenario()
def background_tasks():
    from starlette.applications import Starlette
    from starlette.background import BackgroundTasks
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def task():
        pass

    async def view(request):
        tasks = BackgroundTasks()
        tasks.add_task(task)
        return PlainTextResponse("later", background=tasks)

    return served("/", Starlette(routes=[Route("/", view)]))


@scenario()
def user_spans_in_stream():
    from ddtrace import tracer
    from starlette.applications import Starlette
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    async def view(request):
        async def parts():
            with tracer.trace("part"):
                yield "a"
            yield "b"

        return StreamingResponse(parts())

    return served("/", Starlette(routes=[Route("/", view)]))


@scenario()
def post():
    return served("/items/7", method="POST", body=b"{}")


@scenario()
def not_found():
    return served("/nowhere")


@scenario()
def method_not_allowed():
    return served("/", method="DELETE")[0]


@scenario()
def exception():
    return served("/boom")


@scenario()
def returned_503():
    return served("/five")


@scenario()
def http_exception():
    return served("/forbidden")


@scenario()
def stream():
    return served("/stream")


@scenario()
def stream_broken():
    return served("/stream/broken")


@scenario()
def redirect():
    return served("/old")[0]


@scenario()
def background_task():
    return served("/later")


@scenario()
def http_endpoint():
    return served("/endpoint")


@scenario()
def mounted():
    return [served("/sub/users/ann"), served("/sub/deep/1"), served("/sub/none")[0]]


@scenario()
def static():
    return [served("/static/style.css"), served("/static/none.css")[0]]


@scenario()
def mounted_application():
    from starlette.applications import Starlette
    from starlette.routing import Mount

    return served("/api/items/4", Starlette(routes=[Mount("/api", make_app())]))


@scenario()
def middleware():
    from ddtrace import tracer
    from starlette.middleware import Middleware
    from starlette.middleware.base import BaseHTTPMiddleware

    class Stamp(BaseHTTPMiddleware):
        async def dispatch(self, request, call_next):
            with tracer.trace("middleware.work"):
                response = await call_next(request)
            response.headers["x-stamp"] = "1"
            return response

    return served("/items/7", make_app(middleware=[Middleware(Stamp)]))


@scenario()
def exception_handler():
    from starlette.responses import PlainTextResponse

    async def handle(request, error):
        return PlainTextResponse("handled", 400)

    async def lost(request, error):
        return PlainTextResponse("lost", 404)

    app = make_app(exception_handlers={ValueError: handle, 404: lost})
    with asgi_server(app) as port:
        return [fetch(port, "/boom"), fetch(port, "/nowhere")]


@scenario()
def user_spans():
    from ddtrace import tracer
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def view(request):
        tracer.current_root_span().set_tag("customer", "ann")
        with tracer.trace("work"):
            return PlainTextResponse("done")

    def in_thread(request):
        with tracer.trace("thread.work"):
            return PlainTextResponse("done")

    app = Starlette(routes=[Route("/", view), Route("/thread", in_thread)])
    with asgi_server(app) as port:
        return [fetch(port, "/"), fetch(port, "/thread")]


@scenario()
def span_from_scope():
    from ddtrace.contrib.asgi import span_from_scope
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def view(request):
        span = span_from_scope(request.scope)
        span.set_tag("mine", "1")
        return PlainTextResponse(span.name)

    return served("/", Starlette(routes=[Route("/", view)]))


@scenario()
def test_client():
    from starlette.testclient import TestClient

    client = TestClient(make_app(), raise_server_exceptions=False)
    return [client.get("/items/3").json(), client.get("/boom").status_code]


@scenario()
def test_client_websocket():
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.testclient import TestClient

    async def talk(websocket):
        await websocket.accept()
        await websocket.send_text("hi " + await websocket.receive_text())
        await websocket.close()

    with TestClient(Starlette(routes=[WebSocketRoute("/talk/{room}", talk)])).websocket_connect("/talk/1") as ws:
        ws.send_text("ann")
        return ws.receive_text()


@scenario()
def test_client_websocket_disconnect():
    from ddtrace import tracer
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.testclient import TestClient
    from starlette.websockets import WebSocketDisconnect

    async def talk(websocket):
        with tracer.trace("opening"):
            await websocket.accept()
        await websocket.send_bytes(b"first")
        try:
            while True:
                data = await websocket.receive_bytes()
                with tracer.trace("work"):
                    await websocket.send_bytes(data)
        except WebSocketDisconnect:
            with tracer.trace("closing"):
                pass

    with TestClient(Starlette(routes=[WebSocketRoute("/talk", talk)])).websocket_connect("/talk") as ws:
        first = ws.receive_bytes().decode()
        ws.send_bytes(b"ann")
        return [first, ws.receive_bytes().decode()]


@scenario()
def test_client_websocket_exception():
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.testclient import TestClient

    async def talk(websocket):
        await websocket.accept()
        await websocket.receive_text()
        raise ValueError("no such luck")

    try:
        with TestClient(Starlette(routes=[WebSocketRoute("/talk", talk)])).websocket_connect("/talk") as ws:
            ws.send_text("ann")
            ws.receive_text()
    except ValueError as error:
        return str(error)


@scenario(DD_TRACE_WEBSOCKET_MESSAGES_SEPARATE_TRACES="false")
def test_client_websocket_one_trace():
    return test_client_websocket()


@scenario(DD_TRACE_WEBSOCKET_MESSAGES_ENABLED="false")
def test_client_websocket_no_messages():
    return test_client_websocket()


@scenario()
def datadog_headers():
    return served("/", headers=DATADOG)


@scenario()
def w3c_headers():
    return served("/", headers=W3C)


@scenario()
def lifespan():
    import contextlib

    from starlette.testclient import TestClient

    seen = []

    @contextlib.asynccontextmanager
    async def span(app):
        seen.append("start")
        yield
        seen.append("stop")

    with TestClient(make_app(lifespan=span)) as client:
        return [client.get("/").text, seen]


@scenario()
def calls_itself_with_httpx():
    import httpx
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    with asgi_server(make_app()) as port:

        async def view(request):
            async with httpx.AsyncClient() as client:
                return PlainTextResponse((await client.get("http://127.0.0.1:%d/items/5" % port)).text)

        return served("/", Starlette(routes=[Route("/", view)]))


@scenario(DD_SERVICE="shop", DD_ENV="prod", DD_VERSION="7")
def service():
    return served("/items/7")


@scenario(DD_SERVICE="shop", DD_STARLETTE_SERVICE="shop-web")
def starlette_service():
    return served("/items/7")


@scenario(
    DD_TRACE_HEADER_TAGS="x-customer:customer,content-type,user-agent:agent",
    DD_TRACE_CLIENT_IP_ENABLED="true",
    DD_HTTP_SERVER_TAG_QUERY_STRING="false",
)
def header_tags():
    return served("/?q=1", headers={"X-Customer": "ann", "X-Forwarded-For": "8.8.8.8"})


@scenario(DD_TRACE_CLIENT_IP_ENABLED="true")
def peer_address():
    return served("/")


@scenario(DD_TRACE_STARLETTE_ENABLED="false")
def disabled():
    return served("/")


@scenario(DD_ASGI_OBFUSCATE_404_RESOURCE="true")
def obfuscate_404():
    return served("/nowhere")[0]


@scenario(DD_STARLETTE_DISTRIBUTED_TRACING="false")
def not_distributed():
    return served("/", headers=DATADOG)
