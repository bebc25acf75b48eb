import os
import tempfile

from . import scenario


def memory():
    import sqlite3

    connection = sqlite3.connect(":memory:")
    connection.execute("create table item (name text unique, price real)")
    return connection


@scenario()
def connect():
    import sqlite3

    connection = sqlite3.connect(":memory:")
    return [isinstance(connection, sqlite3.Connection), connection.close()]


@scenario()
def connection_execute():
    connection = memory()
    connection.execute("insert into item values (?, ?)", ("hat", 3.5))
    return connection.execute("select * from item where name = ?", ("hat",)).fetchall()


@scenario()
def cursor_execute():
    cursor = memory().cursor()
    cursor.execute("insert into item values ('hat', 3.5), ('cap', 1)")
    inserted = cursor.rowcount
    rows = cursor.execute("select * from item order by name").fetchall()
    return [inserted, rows, cursor.rowcount, [d[0] for d in cursor.description]]


@scenario()
def executemany():
    connection = memory()
    cursor = connection.cursor()
    cursor.executemany("insert into item values (?, ?)", [("a", 1), ("b", 2), ("c", 3)])
    connection.executemany("insert into item values (?, ?)", [("d", 1), ("e", 2)])
    return cursor.rowcount


@scenario()
def executescript():
    connection = memory()
    connection.executescript("create table a (x); insert into a values (1);")
    connection.cursor().executescript("create table b (x)")
    return connection.execute("select x from a").fetchone()


@scenario()
def fetches():
    cursor = memory().cursor()
    cursor.executemany("insert into item values (?, ?)", [(str(n), n) for n in range(6)])
    cursor.execute("select price from item order by price")
    return [cursor.fetchone(), cursor.fetchmany(2), next(cursor), cursor.fetchall(), cursor.fetchone()]


@scenario(DD_SQLITE_TRACE_FETCH_METHODS="true")
def traced_fetches():
    return fetches()


@scenario(DD_DBAPI2_TRACE_FETCH_METHODS="true")
def dbapi_traced_fetches():
    return fetches()


@scenario()
def iterate():
    connection = memory()
    connection.execute("insert into item values ('hat', 3.5)")
    return [row for row in connection.execute("select * from item")]


@scenario()
def commit_rollback():
    connection = memory()
    connection.execute("insert into item values ('hat', 1)")
    connection.commit()
    connection.execute("insert into item values ('cap', 1)")
    connection.rollback()
    return connection.execute("select count(*) from item").fetchone()


@scenario()
def with_connection():
    connection = memory()
    with connection as same:
        same.execute("insert into item values ('hat', 1)")
    return [same is connection, connection.in_transaction]


@scenario()
def with_connection_error():
    connection = memory()
    try:
        with connection:
            connection.execute("insert into item values ('hat', 1)")
            raise KeyError("x")
    except KeyError:
        pass
    return [connection.in_transaction, connection.execute("select count(*) from item").fetchone()]


@scenario()
def sql_error():
    import sqlite3

    try:
        memory().execute("select * from nowhere")
    except sqlite3.OperationalError as error:
        return str(error)


@scenario()
def integrity_error():
    import sqlite3

    connection = memory()
    cursor = connection.cursor()
    cursor.execute("insert into item values ('hat', 1)")
    try:
        cursor.execute("insert into item values ('hat', 2)")
    except sqlite3.IntegrityError as error:
        return str(error)


@scenario()
def row_factory():
    import sqlite3

    connection = memory()
    connection.row_factory = sqlite3.Row
    connection.execute("insert into item values ('hat', 1)")
    row = connection.execute("select * from item").fetchone()
    cursor = connection.cursor()
    cursor.row_factory = lambda cursor, row: list(row)
    return [
        row["name"],
        row.keys(),
        isinstance(cursor, sqlite3.Cursor),
        cursor.execute("select name from item").fetchone(),
    ]


@scenario()
def own_factories():
    import sqlite3

    class Mine(sqlite3.Connection):
        def cursor(self, *args):
            return super().cursor(MyCursor)

    class MyCursor(sqlite3.Cursor):
        def execute(self, sql, *args):
            return super().execute(sql + " /* mine */", *args)

    connection = sqlite3.connect(":memory:", factory=Mine)
    cursor = connection.cursor()
    return [isinstance(connection, Mine), isinstance(cursor, MyCursor), cursor.execute("select 2").fetchone()]


@scenario()
def cursor_factory():
    import sqlite3

    class MyCursor(sqlite3.Cursor):
        pass

    cursor = memory().cursor(factory=MyCursor)
    return [isinstance(cursor, MyCursor), cursor.execute("select 2").fetchone()]


@scenario()
def dbapi2():
    import sqlite3.dbapi2

    return sqlite3.dbapi2.connect(":memory:").execute("select 1").fetchone()


@scenario()
def file_database():
    import sqlite3

    path = os.path.join(tempfile.mkdtemp(), "shop.db")
    connection = sqlite3.connect(path, timeout=1)
    with connection:
        connection.execute("create table a (x)")
    connection.close()
    return sqlite3.connect("file:%s?mode=ro" % path, uri=True).execute("select count(*) from a").fetchone()


@scenario()
def connect_error():
    import sqlite3

    try:
        sqlite3.connect("/nonexistent/shop.db")
    except sqlite3.OperationalError as error:
        return str(error)


@scenario()
def under_a_span():
    from ddtrace import tracer

    with tracer.trace("parent", service="shop"):
        connection = memory()
        connection.cursor().execute("select 1").fetchall()
        connection.commit()


@scenario(DD_SERVICE="shop")
def service():
    memory().execute("select 1")


@scenario(DD_SERVICE="shop", DD_SQLITE_SERVICE="orders")
def sqlite_service():
    memory().execute("select 1")


@scenario(DD_SERVICE="shop", DD_SQLITE3_SERVICE="orders3")
def sqlite3_service():
    memory().execute("select 1")


@scenario(DD_TRACE_SQLITE3_ENABLED="false")
def disabled():
    memory().execute("select 1")
