from . import scenario
from .servers import asgi_server
from .servers import fetch
from .with_flask import DATADOG
from .with_flask import W3C


def make_app(**kwargs):
    import fastapi
    import pydantic

    app = fastapi.FastAPI(**kwargs)

    class Order(pydantic.BaseModel):
        name: str

    def user():
        return "ann"

    @app.get("/")
    async def index():
        return "hello"

    @app.get("/sync")
    def sync():
        return "sync"

    @app.get("/items/{number}")
    async def item(number: int, q: str = ""):
        return {"number": number}

    @app.post("/orders")
    async def order(order: Order, who: str = fastapi.Depends(user)):
        return order

    @app.get("/boom")
    async def boom():
        raise ValueError("no such luck")

    @app.get("/boom/sync")
    def boom_sync():
        raise ValueError("no such luck")

    @app.get("/five", status_code=503)
    async def five():
        return "broken"

    @app.get("/forbidden")
    async def forbidden():
        raise fastapi.HTTPException(403, "keep out")

    @app.get("/stream")
    async def stream():
        async def parts():
            yield "a"
            yield "b"

        return fastapi.responses.StreamingResponse(parts())

    @app.get("/later")
    async def later(background: fastapi.BackgroundTasks):
        background.add_task(work)
        return "later"

    @app.get("/two/later")
    async def two_later(background: fastapi.BackgroundTasks):
        background.add_task(work)
        background.add_task(async_work)
        return "later"

    router = fastapi.APIRouter(prefix="/v1", tags=["v1"])

    @router.get("/users/{name}")
    def get_user(name: str):
        return name

    app.include_router(router)
    return app


def work():
    from ddtrace import tracer

    with tracer.trace("background.work"):
        pass


async def async_work():
    work()


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
    return served("/items/7?q=shoes")


@scenario()
def validation_error():
    return served("/items/seven")[0]


@scenario()
def post():
    return served("/orders", method="POST", body=b'{"name": "hat"}', headers={"Content-Type": "application/json"})


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
def exception_sync():
    return served("/boom/sync")


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
def background_task():
    return served("/later")


@scenario()
def background_tasks():
    return served("/two/later")


@scenario()
def router():
    return served("/v1/users/ann")


@scenario()
def docs():
    return served("/openapi.json")[0]


@scenario()
def mounted_application():
    app = make_app()
    app.mount("/sub", make_app())
    with asgi_server(app) as port:
        return [fetch(port, "/sub/items/4"), fetch(port, "/sub/none")]


@scenario()
def mounted_wsgi():
    from a2wsgi import WSGIMiddleware

    from .with_flask import make_app as make_flask

    app = make_app()
    app.mount("/flask", WSGIMiddleware(make_flask()))
    return served("/flask/items/1", app)


@scenario()
def http_middleware():
    app = make_app()

    @app.middleware("http")
    async def stamp(request, call_next):
        response = await call_next(request)
        response.headers["x-stamp"] = "1"
        return response

    return served("/items/7", app)


@scenario()
def websocket():
    from fastapi.testclient import TestClient
    from starlette.websockets import WebSocket

    app = make_app()

    async def talk(websocket: WebSocket, room: str):
        await websocket.accept()
        for _ in range(2):
            await websocket.send_text("hi " + await websocket.receive_text())
        await websocket.close()

    app.add_api_websocket_route("/talk/{room}", talk)
    with TestClient(app).websocket_connect("/talk/1") as ws:
        ws.send_text("ann")
        first = ws.receive_text()
        ws.send_text("bob")
        return [first, ws.receive_text()]


@scenario()
def exception_handler():
    from starlette.responses import PlainTextResponse

    app = make_app()

    @app.exception_handler(ValueError)
    async def handle(request, error):
        return PlainTextResponse("handled", 400)

    return served("/boom", app)


@scenario()
def yield_dependency():
    import fastapi
    from ddtrace import tracer

    app = fastapi.FastAPI()

    async def resource():
        with tracer.trace("dependency"):
            yield "r"

    @app.get("/")
    async def view(r=fastapi.Depends(resource)):  # noqa: B008
        with tracer.trace("view"):
            return r

    return served("/", app)


@scenario()
def two_middlewares():
    """The middleware added by hand as well as by patching."""
    from ddtrace.contrib.asgi import TraceMiddleware

    app = make_app()
    app.add_middleware(TraceMiddleware)
    return served("/items/7", app)


@scenario()
def test_client():
    from fastapi.testclient import TestClient

    client = TestClient(make_app(), raise_server_exceptions=False)
    return [client.get("/items/3").json(), client.get("/boom").status_code]


@scenario()
def concurrent():
    import threading

    app = make_app()
    answers = []
    with asgi_server(app) as port:
        threads = [threading.Thread(target=lambda: answers.append(fetch(port, "/items/7")[0])) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return answers


@scenario()
def datadog_headers():
    return served("/", headers=DATADOG)


@scenario()
def w3c_headers():
    return served("/", headers=W3C)


@scenario(DD_SERVICE="shop", DD_ENV="prod", DD_VERSION="7")
def service():
    return served("/items/7")


@scenario(DD_SERVICE="shop", DD_FASTAPI_SERVICE="shop-web")
def fastapi_service():
    return served("/items/7")


@scenario(DD_TRACE_FASTAPI_ENABLED="false")
def disabled():
    return served("/")


@scenario(DD_TRACE_STARLETTE_ENABLED="false")
def starlette_disabled():
    return served("/items/7")
