"""The public classes of ddtrace.contrib.dbapi around sqlite3's and around made-up drivers."""

from . import scenario


OWN = dict(DD_TRACE_SQLITE3_ENABLED="false", DD_SERVICE="shop")


def config(**settings):
    """The settings of an integration whose library is not installed, as a library's author has them."""
    from ddtrace import config

    own = {"_default_service": "postgres", "_dbapi_span_name_prefix": "postgres", "trace_fetch_methods": False}
    config._add("psycopg", own)
    made = config.psycopg.copy()
    made.update(settings)
    return made


def around_sqlite(**arguments):
    import sqlite3

    from ddtrace.contrib import dbapi

    connection = dbapi.TracedConnection(sqlite3.connect(":memory:"), **arguments)
    connection.cursor().execute("create table item (name text, price real)")
    return connection


def attempt(call, *args, **kwargs):
    try:
        return call(*args, **kwargs)
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)


def driver(module="made_up.driver", **members):
    """A connection of a driver that answers with what it was asked; members are replaced."""

    def answer(name):
        def method(self, *args, **kwargs):
            return [name, list(args), kwargs]

        return method

    of_a_cursor = {name: answer(name) for name in ("execute", "executemany", "callproc", "fetchone", "fetchmany")}
    of_a_cursor.update({"rowcount": 7, **members.pop("cursor", {})})
    cursor_class = type("Cursor", (), of_a_cursor)
    connection_class = type("Connection", (), {"cursor": lambda self, *args, **kwargs: cursor_class(), **members})
    connection_class.__module__ = cursor_class.__module__ = module
    return connection_class()


@scenario(**OWN)
def queries():
    cursor = around_sqlite().cursor()
    cursor.execute("insert into item values (?, ?)", ("hat", 1))
    cursor.executemany("insert into item values (?, ?)", [("cap", 2), ("tie", 3)])
    inserted = cursor.rowcount
    cursor.execute("select * from item")
    return [inserted, cursor.fetchone(), cursor.fetchmany(1), cursor.fetchall(), cursor.lastrowid]


@scenario(**OWN)
def iteration():
    cursor = around_sqlite().cursor()
    cursor.executemany("insert into item values (?, ?)", [("cap", 2), ("tie", 3)])
    cursor.execute("select name from item")
    return [next(cursor), list(cursor)]


@scenario(**OWN)
def failing_query():
    return attempt(around_sqlite().cursor().execute, "selec")


@scenario(**OWN)
def commit_and_rollback():
    connection = around_sqlite()
    connection.cursor().execute("insert into item values ('hat', 1)")
    connection.rollback()
    connection.cursor().execute("insert into item values ('cap', 2)")
    connection.commit()
    return connection.execute("select name from item").fetchall()


@scenario(**OWN)
def context_manager_of_the_connection():
    connection = around_sqlite()
    with connection as entered:
        entered.cursor().execute("insert into item values ('hat', 1)")
    try:
        with connection:
            connection.cursor().execute("insert into item values ('cap', 2)")
            raise KeyError("mine")
    except KeyError:
        pass
    return [entered is connection, connection.execute("select name from item").fetchall()]


@scenario(**OWN)
def what_with_gives():
    from ddtrace.contrib import dbapi

    made = []
    for entered in (lambda self: self, lambda self: self.cursor(), lambda self: 5):
        connection = dbapi.TracedConnection(
            driver(__enter__=entered, __exit__=lambda self, *args: None, cursor={"close": lambda self: None})
        )
        with connection as given:
            made.append([type(given).__name__, given is connection])
    return made


@scenario(**OWN)
def context_manager_of_the_cursor():
    from ddtrace.contrib import dbapi

    own = {"__enter__": lambda self: "own", "__exit__": lambda self, *args: True}
    cursor = dbapi.TracedConnection(driver(cursor=own)).cursor()
    with cursor as entered:
        entered.execute("select 1")
        raise KeyError("swallowed by the cursor")
    plain = attempt(around_sqlite().cursor().__enter__)
    return [entered is cursor, isinstance(plain, str)]


@scenario(**OWN)
def proxies():
    import sqlite3

    from ddtrace.contrib import dbapi

    connection = around_sqlite()
    cursor = connection.cursor()
    connection.row_factory = sqlite3.Row
    wrapped = connection.__wrapped__
    return [
        isinstance(connection, sqlite3.Connection),
        isinstance(cursor, sqlite3.Cursor),
        isinstance(connection, dbapi.TracedConnection),
        type(wrapped).__name__,
        wrapped.row_factory is sqlite3.Row,
        connection.total_changes,
        type(cursor.__wrapped__).__name__,
        connection == wrapped,
        hash(connection) == hash(wrapped),
        connection.__class__.__name__,
        str(connection) == str(wrapped),
        "commit" in dir(connection) and "in_transaction" in dir(connection),
        attempt(lambda: connection.nothing_like_this),
        attempt(setattr, cursor, "arraysize", 3),
        cursor.__wrapped__.arraysize,
        attempt(lambda: hasattr(cursor, "no_such_attribute")),
        bool(cursor),
    ]


@scenario(**OWN)
def fetch_spans():
    connection = around_sqlite(cfg=config(trace_fetch_methods=True))
    cursor = connection.cursor()
    cursor.executemany("insert into item values (?, ?)", [(str(n), n) for n in range(9)])
    cursor.execute("select price from item order by price")
    rows = [cursor.fetchone(), cursor.fetchmany(2), cursor.fetchmany(size=2), cursor.fetchmany(), cursor.fetchall()]
    connection.commit()
    return [rows, type(cursor).__name__]


@scenario(**OWN)
def fetch_spans_of_a_driver_without_arraysize():
    from ddtrace.contrib import dbapi

    cursor = dbapi.FetchTracedCursor(driver().cursor())
    return [attempt(cursor.fetchone), attempt(cursor.fetchmany), attempt(cursor.fetchmany, 4), attempt(cursor.fetchall)]


@scenario(**OWN)
def settings_of_a_driver():
    connection = around_sqlite(
        cfg=config(), db_tags={"out.host": "db.example", "network.destination.port": "5432", "n": 3, "db.name": "shop"}
    )
    connection.cursor().execute("select 1")
    connection.commit()


@scenario(**OWN)
def service_of_the_settings():
    connection = around_sqlite(cfg=config(service="orders-db"))
    connection.cursor().execute("select 1")
    connection.commit()


@scenario(**OWN)
def given_cursor_class():
    from ddtrace.contrib import dbapi

    class Mine(dbapi.TracedCursor):
        def execute(self, query, *args, **kwargs):
            return super().execute("/* mine */ " + query, *args, **kwargs)

    connection = around_sqlite(cursor_cls=Mine)
    return type(connection.cursor()).__name__


@scenario(**OWN)
def answers_pass_through():
    from ddtrace.contrib import dbapi

    cursor = dbapi.TracedConnection(driver()).cursor(1, scrollable=True)
    return [
        cursor.execute("q", 1, z=2),
        cursor.execute(query="q"),
        cursor.executemany("q", [1], z=2),
        cursor.callproc("p", 1, 2),
        cursor.fetchone(),
    ]


@scenario(**OWN)
def odd_queries():
    from ddtrace.contrib import dbapi

    class Composed:
        def __str__(self):
            return "composed"

    cursor = dbapi.TracedConnection(driver(cursor={"execute": lambda self, *args: len(args)})).cursor()
    return [cursor.execute(query) for query in (None, b"select 1", Composed(), 5, "", "select \u00fc")]


@scenario(**OWN)
def odd_row_counts():
    from ddtrace.contrib import dbapi

    made = []
    for count in (None, -1, "3", 2.5, True):
        cursor = dbapi.TracedConnection(driver(cursor={"rowcount": count})).cursor()
        made.append(cursor.execute("select %r" % (count,)) and cursor.rowcount)
    bare = dbapi.TracedCursor(type("Bare", (), {"execute": lambda self, query: query})())
    return [made, attempt(bare.execute, "no row count")]


@scenario(**OWN)
def vendors():
    from ddtrace.contrib import dbapi

    for module in ("psycopg2.extensions", "mysql.connector.connection", "sqlite3", "postgres_ish", "one.two.three"):
        dbapi.TracedConnection(driver(module, commit=lambda self: None)).commit()


@scenario(**OWN)
def failing_commit():
    from ddtrace.contrib import dbapi

    def fail(self):
        raise ValueError("the server is gone")

    connection = dbapi.TracedConnection(driver(commit=fail, rollback=lambda self: "rolled back"))
    return [attempt(connection.commit), connection.rollback(), attempt(lambda: connection.no_such_method)]


@scenario(**OWN)
def disabled_tracer():
    from ddtrace.trace import tracer

    connection = around_sqlite()
    tracer.enabled = False
    try:
        connection.cursor().execute("select 1")
        connection.commit()
    finally:
        tracer.enabled = True


@scenario(DD_SERVICE="shop")
def around_a_traced_sqlite():
    cursor = around_sqlite().cursor()
    return cursor.execute("select 1").fetchall()


@scenario(**OWN, DD_SERVICE_MAPPING="postgres:pg")
def service_mapping():
    around_sqlite(cfg=config()).cursor().execute("select 1")


@scenario(DD_TRACE_SQLITE3_ENABLED="false", DD_DBAPI2_SERVICE="data", DD_DBAPI2_TRACE_FETCH_METHODS="true")
def settings_of_dbapi2():
    cursor = around_sqlite().cursor()
    cursor.execute("select 1")
    return [type(cursor).__name__, cursor.fetchone()]


@scenario(DD_TRACE_SQLITE3_ENABLED="false", DD_TRACE_SPAN_ATTRIBUTE_SCHEMA="v1")
def schema_v1():
    connection = around_sqlite(cfg=config(), db_tags={"out.host": "db.example"})
    connection.cursor().execute("select 1")
    connection.commit()
    around_sqlite().cursor().execute("select 1")
