import os
import tempfile

from . import scenario
from .servers import fetch
from .servers import wsgi_server


DATADOG = {
    "x-datadog-trace-id": "1234567890",
    "x-datadog-parent-id": "987654321",
    "x-datadog-sampling-priority": "2",
    "x-datadog-origin": "rum",
    "x-datadog-tags": "_dd.p.dm=-4,_dd.p.usr.id=baz64",
}
W3C = {
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "dd=s:2;o:rum;t.dm:-4,congo=t61rcWkgMzE",
}


def make_app():
    import flask

    root = tempfile.mkdtemp()
    os.mkdir(os.path.join(root, "static"))
    os.mkdir(os.path.join(root, "templates"))
    with open(os.path.join(root, "static", "style.css"), "w") as out:
        out.write("body {}")
    with open(os.path.join(root, "templates", "item.html"), "w") as out:
        out.write("<b>{{ name }}</b>")
    app = flask.Flask("shop", root_path=root)

    @app.route("/")
    def index():
        return "hello"

    @app.route("/items/<int:number>", methods=["GET", "POST"])
    def item(number):
        return {"number": number}

    @app.route("/boom")
    def boom():
        raise ValueError("no such luck")

    @app.route("/five")
    def five():
        return "broken", 503

    @app.route("/template/<name>")
    def template(name):
        return flask.render_template("item.html", name=name)

    @app.route("/string")
    def string():
        return flask.render_template_string("{{ 1 + 1 }}")

    @app.route("/stream")
    def stream():
        def parts():
            yield "a"
            yield "b"

        return flask.Response(parts())

    @app.route("/stream/broken")
    def stream_broken():
        def parts():
            yield "a"
            raise RuntimeError("half way")

        return flask.Response(parts())

    @app.route("/forbidden")
    def forbidden():
        flask.abort(403)

    @app.route("/old")
    def old():
        return flask.redirect("/")

    @app.route("/named", endpoint="other-name")
    def named():
        return "named"

    return app


def served(path="/", app=None, **kwargs):
    with wsgi_server(app or make_app()) as port:
        return fetch(port, path, **kwargs)


@scenario()
def index():
    return served()


@scenario()
def path_parameter():
    return served("/items/7?q=shoes&password=hunter2")


@scenario()
def post():
    return served("/items/7", method="POST", body=b"{}")


@scenario()
def head():
    return served("/", method="HEAD")


@scenario()
def options():
    return served("/", method="OPTIONS")


@scenario()
def not_found():
    return served("/nowhere")[0]


@scenario()
def method_not_allowed():
    return served("/", method="DELETE")[0]


@scenario()
def exception():
    return served("/boom")[0]


@scenario()
def returned_503():
    return served("/five")


@scenario()
def template():
    return served("/template/shoes")


@scenario()
def template_twice():
    app = make_app()
    with wsgi_server(app) as port:
        return [fetch(port, "/template/shoes"), fetch(port, "/template/hats")]


@scenario()
def template_string():
    return served("/string")


@scenario()
def stream():
    return served("/stream")


@scenario()
def stream_broken():
    return served("/stream/broken")[0]


@scenario()
def abort():
    return served("/forbidden")[0]


@scenario()
def redirect():
    return served("/old")[0]


@scenario()
def endpoint_name():
    return served("/named")


@scenario()
def static():
    return served("/static/style.css")


@scenario()
def static_missing():
    return served("/static/none.css")[0]


def hooked():
    app = make_app()
    calls = []

    @app.before_request
    def open_till():
        calls.append("before")

    @app.after_request
    def close_till(response):
        calls.append("after")
        return response

    @app.teardown_request
    def sweep(error):
        calls.append("teardown")

    @app.teardown_appcontext
    def lights_out(error):
        calls.append("appcontext")

    @app.context_processor
    def inject():
        return {"user": "ann"}

    @app.url_value_preprocessor
    def pull(endpoint, values):
        calls.append("pull")

    return app, calls


@scenario()
def hooks():
    app, calls = hooked()
    return [served("/template/x", app), calls]


@scenario()
def hooks_on_exception():
    app, calls = hooked()
    return [served("/boom", app)[0], calls]


@scenario()
def hook_answers():
    app = make_app()

    @app.before_request
    def closed():
        return "closed", 418

    return served("/", app)


@scenario()
def hook_raises():
    app = make_app()

    @app.before_request
    def broken():
        raise KeyError("till")

    return served("/", app)[0]


@scenario()
def blueprint():
    import flask

    app = make_app()
    admin = flask.Blueprint("admin", "admin", url_prefix="/admin")

    @admin.before_request
    def check():
        pass

    @admin.after_app_request
    def stamp(response):
        return response

    @admin.route("/users/<name>")
    def user(name):
        return name

    @admin.errorhandler(KeyError)
    def missing(error):
        return "missing", 404

    @admin.route("/missing")
    def raises():
        raise KeyError("x")

    app.register_blueprint(admin)
    with wsgi_server(app) as port:
        return [fetch(port, "/admin/users/ann"), fetch(port, "/admin/missing")]


@scenario()
def nested_blueprint():
    import flask

    app = make_app()
    outer, inner = flask.Blueprint("outer", "outer"), flask.Blueprint("inner", "inner")

    @inner.route("/deep")
    def deep():
        return "deep"

    outer.register_blueprint(inner, url_prefix="/inner")
    app.register_blueprint(outer, url_prefix="/outer")
    return served("/outer/inner/deep", app)


@scenario()
def error_handlers():
    app = make_app()

    @app.errorhandler(ValueError)
    def value(error):
        return "handled", 400

    @app.errorhandler(404)
    def lost(error):
        return "lost", 404

    @app.errorhandler(403)
    def keep_out(error):
        return "keep out", 403

    with wsgi_server(app) as port:
        return [fetch(port, path) for path in ("/boom", "/nowhere", "/forbidden")]


@scenario()
def error_handler_500():
    app = make_app()

    @app.errorhandler(500)
    def sorry(error):
        return "sorry", 500

    return served("/boom", app)


@scenario()
def method_view():
    import flask.views

    app = make_app()

    class Thing(flask.views.MethodView):
        def get(self):
            return "got"

    app.add_url_rule("/thing", view_func=Thing.as_view("thing"))
    return served("/thing", app)


@scenario()
def test_client():
    app = make_app()
    client = app.test_client()
    return [client.get("/items/3", buffered=True).json, client.get("/nowhere", buffered=True).status_code]


@scenario()
def test_client_exception():
    app = make_app()
    app.testing = True
    try:
        app.test_client().get("/boom", buffered=True)
    except ValueError as error:
        return str(error)


@scenario()
def quoted_path():
    return served("/template/caf%C3%A9%20au?x=%C3%A9%20b&y=a+b")


@scenario()
def host_header():
    return served("/", headers={"Host": "shop.example:8080"})


@scenario()
def user_spans_in_stream():
    import flask
    from ddtrace import tracer

    app = make_app()

    @app.route("/parts")
    def parts():
        def generate():
            with tracer.trace("part"):
                yield "a"
            yield "b"

        return flask.Response(generate())

    @app.route("/parts/context")
    def parts_in_context():
        def generate():
            with tracer.trace("part"):
                yield "a"

        return flask.Response(flask.stream_with_context(generate()))

    with wsgi_server(app) as port:
        return [fetch(port, "/parts"), fetch(port, "/parts/context")]


@scenario()
def call_on_close():
    import flask
    from ddtrace import tracer

    app = make_app()

    @app.route("/closing")
    def closing():
        response = flask.Response("x")
        response.call_on_close(lambda: tracer.trace("closing").finish())
        return response

    return served("/closing", app)


@scenario()
def async_view():
    from ddtrace import tracer

    app = make_app()

    @app.before_request
    async def before():
        pass

    @app.route("/late")
    async def late():
        with tracer.trace("work"):
            return "late"

    return served("/late", app)


@scenario()
def two_rules_one_view():
    app = make_app()

    @app.route("/a")
    @app.route("/b/<x>")
    def both(x=None):
        return "both"

    with wsgi_server(app) as port:
        return [fetch(port, "/a"), fetch(port, "/b/1")]


@scenario()
def argument_types():
    app = make_app()

    @app.route("/typed/<int:i>/<float:f>/<uuid:u>/<path:p>")
    def typed(i, f, u, p):
        return "typed"

    return served("/typed/1/2.5/12345678-1234-5678-1234-567812345678/a/b", app)


@scenario()
def user_spans():
    from ddtrace import tracer

    app = make_app()

    @app.route("/busy")
    def busy():
        tracer.current_root_span().set_tag("customer", "ann")
        tracer.current_span().set_tag("where", "view")
        with tracer.trace("work", resource="hard"):
            pass
        return "done"

    return served("/busy", app)


@scenario()
def resource_kept():
    from ddtrace import tracer

    app = make_app()

    @app.route("/mine")
    def mine():
        tracer.current_root_span().resource = "mine alone"
        return "mine"

    return served("/mine", app)


@scenario()
def wrapped_functions():
    """What the tracer leaves of the objects that applications look at."""
    import inspect

    import flask

    app, _ = hooked()

    @app.route("/view")
    def view():
        "doc"

    return [
        app.view_functions["view"].__name__,
        view.__name__,
        view.__doc__,
        inspect.isfunction(app.before_request_funcs[None][0]),
        app.before_request_funcs[None][0].__name__,
        inspect.isfunction(flask.Flask.wsgi_app),
        flask.render_template.__name__,
    ]


@scenario()
def signals():
    import flask

    app = make_app()
    seen = []

    def started(sender, **extra):
        seen.append("started")

    def finished(sender, response, **extra):
        seen.append("finished")

    with flask.request_started.connected_to(started, app), flask.request_finished.connected_to(finished, app):
        return [served("/", app), seen]


@scenario()
def datadog_headers():
    return served("/", headers=DATADOG)


@scenario()
def w3c_headers():
    return served("/", headers=W3C)


@scenario()
def mounted():
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    return served("/sub/items/4", DispatcherMiddleware(make_app(), {"/sub": make_app()}))


@scenario()
def two_apps_one_request():
    """An application whose view calls another application in the same process."""
    inner, outer = make_app(), make_app()

    @outer.route("/outer")
    def view():
        return inner.test_client().get("/items/1", buffered=True).data

    return served("/outer", outer)


@scenario(DD_SERVICE="shop", DD_ENV="prod", DD_VERSION="7")
def service():
    return served("/template/x")


@scenario(DD_SERVICE="shop", DD_FLASK_SERVICE="shop-web")
def flask_service():
    return served("/template/x")


@scenario(
    DD_TRACE_HEADER_TAGS="x-customer:customer,x-answer,user-agent:agent",
    DD_TRACE_CLIENT_IP_ENABLED="true",
    DD_HTTP_SERVER_TAG_QUERY_STRING="false",
)
def header_tags():
    app = make_app()

    @app.after_request
    def answer(response):
        response.headers["X-Answer"] = "42"
        return response

    return served("/?q=1", app, headers={"X-Customer": "ann", "X-Forwarded-For": "8.8.8.8"})


@scenario(DD_TRACE_CLIENT_IP_ENABLED="true")
def peer_address():
    return served("/")


@scenario(DD_TRACE_HTTP_SERVER_ERROR_STATUSES="404-418")
def error_statuses():
    with wsgi_server(make_app()) as port:
        return [fetch(port, "/nowhere")[0], fetch(port, "/five")[0]]


@scenario(DD_TRACE_FLASK_ENABLED="false")
def disabled():
    return served("/template/x")


@scenario(DD_FLASK_DISTRIBUTED_TRACING_ENABLED="false", DD_TRACE_FLASK_DISTRIBUTED_TRACING="false")
def not_distributed():
    return served("/", headers=DATADOG)
