"""What integrations must leave alone: the types, arguments and errors of the library they wrap."""

import os
import subprocess
import sys
import textwrap

import pytest
import ring_spans


HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture
def run(tmp_path):
    """Runs a program with tracing on -> (its spans, its stderr)."""

    def run(code, **env_more):
        env = {k: v for k, v in os.environ.items() if not k.startswith("DD_")}
        env.update(HOOFPRINT_RUN_DIR=str(tmp_path / "run"), HOOFPRINT_BIN="/nonexistent", **env_more)
        env["PYTHONPATH"] = os.pathsep.join([HERE, env.get("PYTHONPATH", "")])
        program = tmp_path / "program.py"
        program.write_text("import ddtrace.auto\n" + textwrap.dedent(code))
        done = subprocess.run([sys.executable, str(program)], env=env, stderr=subprocess.PIPE, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return ring_spans.read(env["HOOFPRINT_RUN_DIR"]), done.stderr

    return run


def test_sqlite3_connections_are_connections_to_c(run):
    spans, _ = run("""
        import sqlite3
        source = sqlite3.connect(":memory:")
        assert isinstance(source, sqlite3.Connection) and isinstance(source.cursor(), sqlite3.Cursor)
        assert repr(source).startswith("<sqlite3.Connection object")
        source.execute("create table a (x)")
        source.execute("insert into a values (1)")
        source.commit()
        target = sqlite3.connect(":memory:")
        source.backup(target)
        assert target.execute("select x from a").fetchall() == [(1,)]
        source.backup(sqlite3.Connection(":memory:"))
        assert "CREATE TABLE a (x);" in list(source.iterdump())
        sqlite3.Cursor(source).execute("select 1")
        try:
            source.x = 1
        except AttributeError:
            pass
        else:
            raise AssertionError("a connection takes no attributes")
        source.create_function("twice", 1, lambda x: 2 * x)
        assert source.execute("select twice(4)").fetchone() == (8,)
        assert sqlite3.Row(source.cursor(), (1,))[0] == 1
    """)
    assert [s["resource"] for s in spans if "twice" in s["resource"]] == ["select twice(4)"]


def test_sqlite3_subclasses_keep_what_they_add(run):
    spans, _ = run("""
        import sqlite3

        class Mine(sqlite3.Connection):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                self.queries = []

            def execute(self, sql, *args):
                self.queries.append(sql)
                return super().execute(sql, *args)

            def one(self):
                return self.execute("select 1").fetchone()

        connection = sqlite3.connect(":memory:", factory=Mine)
        assert isinstance(connection, Mine) and type(connection).__name__ == "Mine"
        assert connection.one() == (1,) and connection.queries == ["select 1"]

        def factory(*args, **kwargs):
            return Mine(*args)

        assert type(sqlite3.connect(":memory:", factory=factory)) is Mine
        if __import__("sys").version_info < (3, 13):
            assert isinstance(sqlite3.connect(":memory:", 5.0, 0, None, True, Mine), Mine)
    """)
    assert [span["resource"] for span in spans] == ["select 1"]


def test_sqlite3_errors_and_arguments_pass(run):
    run("""
        import sqlite3
        connection = sqlite3.connect(":memory:")
        for call, error in ((lambda: connection.execute(), TypeError), (lambda: connection.execute(3), TypeError),
                            (lambda: connection.cursor().executemany("x"), TypeError),
                            (lambda: connection.cursor(factory=lambda c: 3), TypeError),
                            (lambda: sqlite3.connect(), TypeError)):
            try:
                call()
            except error:
                continue
            raise AssertionError(call)
        connection.close()
        try:
            connection.execute("select 1")
        except sqlite3.ProgrammingError as error:
            assert "closed" in str(error)
    """)


def test_urllib3_does_not_write_into_the_headers_it_is_given(run):
    spans, _ = run(
        """
        import urllib3
        from scenarios.servers import echo_server
        shared, own = {"X-Mine": "1"}, urllib3.HTTPHeaderDict({"X-Own": "1"})
        with echo_server() as port, urllib3.PoolManager(headers=shared) as pool:
            seen = pool.request("GET", "http://127.0.0.1:%d/" % port).data
            assert b"x-datadog-trace-id" in seen and b"x-mine" in seen
            seen = pool.request("GET", "http://127.0.0.1:%d/" % port, headers=own).data
            assert b"x-datadog-trace-id" in seen and b"x-own" in seen
        assert shared == {"X-Mine": "1"} and dict(own) == {"X-Own": "1"}
        """,
        DD_TRACE_URLLIB3_ENABLED="true",
    )
    assert len(spans) == 2


def test_wsgi_bodies_are_closed_and_have_their_length(run):
    spans, _ = run("""
        from ddtrace.contrib.wsgi import DDWSGIMiddleware
        closed = []

        class Body(list):
            def close(self):
                closed.append(1)

        class File:
            def __init__(self, file): pass
            def __iter__(self): return iter([b"x"])

        def application(environ, start_response):
            write = start_response("200 OK", [], None)
            assert write == "write"
            return File(None) if environ["PATH_INFO"] == "/file" else Body([b"a", b"b"])

        def call(path):
            environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "wsgi.file_wrapper": File}
            return DDWSGIMiddleware(application)(environ, lambda *args: "write")

        body = call("/")
        assert len(body) == 2 and list(body) == [b"a", b"b"]
        body.close()
        assert closed == [1]
        assert type(call("/file")) is File
        call("/")  # neither read nor closed
    """)
    assert [span["name"] for span in spans].count("wsgi.request") == 3


def test_spans_stay_below_the_span_they_are_made_in(run):
    spans, _ = run("""
        from ddtrace.contrib.wsgi import DDWSGIMiddleware
        from scenarios.servers import fetch, wsgi_server
        from scenarios.with_flask import make_app
        with wsgi_server(DDWSGIMiddleware(make_app())) as port:
            assert fetch(port, "/")[0] == 200
    """)
    by_id = {span["span_id"]: span for span in spans}
    parents = {span["name"]: by_id[span["parent_id"]]["name"] for span in spans if span["parent_id"]}
    assert parents["flask.request"] == parents["wsgi.start_response"] == "wsgi.application"
    assert parents["flask.do_teardown_request"] == parents["flask.do_teardown_appcontext"] == "flask.application"


def test_the_spans_of_an_async_view_are_below_it(run):
    spans, _ = run("""
        from scenarios.with_flask import async_view
        assert async_view() == [200, "late"]
    """)
    by_name = {span["name"]: span for span in spans}
    view, work = by_name["scenarios.with_flask.late"], by_name["work"]
    assert work["parent_id"] == view["span_id"]
    assert view["start"] + view["duration"] >= work["start"] + work["duration"]
    assert view["parent_id"] == by_name["flask.dispatch_request"]["span_id"]


def test_a_failure_of_tracing_stays_here(run):
    spans, stderr = run("""
        import sqlite3, jinja2, requests, flask
        from ddtrace.trace import tracer
        from scenarios.servers import echo_server, fetch, wsgi_server
        from scenarios.with_flask import make_app
        from scenarios.with_starlette import served as starlette_served

        def broken(*args, **kwargs):
            raise RuntimeError("tracing is broken")

        app = make_app()
        type(tracer).trace = type(tracer).start_span = broken
        assert sqlite3.connect(":memory:").execute("select 1").fetchall() == [(1,)]
        assert jinja2.Template("{{ x }}").render(x=1) == "1"
        with echo_server() as port:
            for _ in range(2):
                assert requests.get("http://127.0.0.1:%d/" % port).status_code == 200
        with wsgi_server(app) as port:
            assert fetch(port, "/template/x") == [200, "<b>x</b>"]
            assert fetch(port, "/boom")[0] == 500
        assert starlette_served("/items/7")[0] == 200
    """)
    assert spans == []
    assert stderr.count("ddtrace.contrib.requests._open failed") == 1


def test_unpatch_puts_the_originals_back(run):
    run("""
        import sqlite3, sqlite3.dbapi2, jinja2, requests, urllib3, httpx, flask, starlette.routing, fastapi
        from importlib import import_module
        names = "sqlite3 jinja2 requests urllib3 httpx flask fastapi starlette".split()

        def look():
            return [sqlite3.connect, sqlite3.dbapi2.connect, jinja2.Template.render, requests.Session.send,
                    urllib3.HTTPConnectionPool.urlopen, httpx.Client.send, httpx.AsyncClient.send,
                    flask.Flask.wsgi_app, flask.Flask.before_request, flask.Flask.dispatch_request,
                    flask.Flask.add_url_rule, flask.Blueprint.before_request, flask.render_template,
                    starlette.routing.Route.handle, starlette.routing.request_response,
                    fastapi.FastAPI.build_middleware_stack, fastapi.routing.serialize_response,
                    fastapi.BackgroundTasks.add_task]

        for name in names:
            import_module("ddtrace.contrib." + name).unpatch()
        original = look()
        assert not any(hasattr(f, "__ddtrace_original__") for f in original)
        assert sqlite3.connect is sqlite3.dbapi2.connect
        for name in names:
            for _ in range(2):
                import_module("ddtrace.contrib." + name).patch()
        assert all(hasattr(f, "__ddtrace_original__") for f in look()), look()
        for name in names:
            for _ in range(2):
                import_module("ddtrace.contrib." + name).unpatch()
        assert look() == original
    """)


def test_versions_of_the_libraries(run):
    run("""
        import flask, fastapi, httpx, jinja2, requests, starlette, urllib3
        from importlib import import_module
        from importlib.metadata import version
        for name in "flask fastapi httpx jinja2 requests starlette urllib3".split():
            assert import_module("ddtrace.contrib." + name).get_version() == version(name), name
        assert import_module("ddtrace.contrib.sqlite3").get_version() == ""
    """)


def test_nothing_is_imported_before_the_library_is(run):
    run("""
        import sys
        libraries = "flask fastapi httpx jinja2 requests starlette urllib3 werkzeug sqlite3".split()
        assert not [name for name in libraries if name in sys.modules]
        assert not [name for name in sys.modules if name.startswith("ddtrace.contrib.") and
                    name.rpartition(".")[2] in libraries]
    """)


def test_a_response_and_a_request_of_a_strange_kind_stay_the_applications_own(run):
    spans, stderr = run("""
        import requests
        from ddtrace import tracer

        class Odd:  # as tests of applications have them
            status_code = 200

        odd = Odd()
        from ddtrace.contrib import requests as integration
        request = requests.Request("GET", "http://example.invalid/a").prepare()
        assert integration._send(lambda request: odd, None, (request,), {}) is odd
        request.headers = None
        assert integration._send(lambda request: odd, None, (request,), {}) is odd
        assert tracer.current_span() is None
    """)
    assert [span["name"] for span in spans] == ["requests.request"] * 2
    assert stderr.count("ddtrace.contrib.") == 2, stderr
