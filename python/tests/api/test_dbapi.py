"""Traced connections and cursors, beyond what the scenarios compare with ddtrace 4.16."""

import asyncio
import copy
import pickle
import sqlite3

import pytest
from ddtrace import DDTraceDeprecationWarning
from ddtrace import config
from ddtrace.contrib import dbapi
from ddtrace.contrib import dbapi_async
from ddtrace.trace import tracer


class AsyncCursor:
    rowcount = 1

    async def execute(self, query):
        return tracer.current_span()


class Opening:
    """What aiomysql's cursor() gives: to be awaited, or entered."""

    closed = False

    def __await__(self):
        async def cursor():
            return AsyncCursor()

        return cursor().__await__()

    async def __aenter__(self):
        return AsyncCursor()

    async def __aexit__(self, *exc_info):
        self.closed = True


def test_a_cursor_that_may_be_awaited_or_entered_is_traced_either_way():
    opening = Opening()
    connection = dbapi_async.TracedAsyncConnection(type("Connection", (), {"cursor": lambda self: opening})())

    async def main():
        awaited = await connection.cursor()
        async with connection.cursor() as entered:
            return [await cursor.execute("select 1") for cursor in (awaited, entered)]

    spans = asyncio.run(main())
    assert [(span.name, span.resource, span.finished) for span in spans] == [("sql.query", "select 1", True)] * 2
    assert opening.closed


@pytest.mark.parametrize("make", [dbapi.TracedConnection, dbapi_async.TracedAsyncConnection])
def test_a_pin_is_refused_with_a_warning(make):
    with pytest.warns(DDTraceDeprecationWarning, match="db_tags") as caught:
        make(sqlite3.connect(":memory:"), dbapi.Pin(service="mine"))
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("db_tags", [5, {"a": object()}, {5: "b"}, [("a", "b")]])
def test_tags_that_cannot_be_set_do_not_cost_the_query(db_tags):
    connection = dbapi.TracedConnection(sqlite3.connect(":memory:"), db_tags=db_tags)
    assert connection.cursor().execute("select 1").fetchall() == [(1,)]
    connection.commit()
    assert tracer.current_span() is None


def test_a_row_count_that_raises_does_not_cost_the_query():
    class Cursor:
        @property
        def rowcount(self):
            raise RuntimeError("closed")

        def execute(self, query):
            return query

    assert dbapi.TracedCursor(Cursor()).execute("select 1") == "select 1"
    assert tracer.current_span() is None


def test_proxies_are_neither_copied_nor_pickled():
    connection = dbapi.TracedConnection(sqlite3.connect(":memory:"))
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(NotImplementedError):
            attempt(connection)


def test_a_proxy_that_is_not_made_yet_says_so():
    class Early(dbapi.TracedCursor):
        def __init__(self, cursor):
            self.execute_later  # noqa: B018

    with pytest.raises(ValueError, match="__init__"):
        Early(sqlite3.connect(":memory:").cursor())


def test_attributes_go_to_the_connection_and_own_ones_stay():
    class Mine(dbapi.TracedConnection):
        _self_own = None
        limit = 3

    wrapped = type("Connection", (), {"__getitem__": lambda self, key: key, "__len__": lambda self: 7})()
    connection = Mine(wrapped)
    connection._self_own = 1
    connection.limit = 4
    connection.other = 5
    assert vars(wrapped) == {"other": 5}
    assert (connection._self_own, connection.limit, connection.other) == (1, 4, 5)
    assert connection["key"] == "key" and len(connection) == 7 and bool(connection)
    del connection.other, connection._self_own
    assert vars(wrapped) == {}
    assert connection.limit == 4 and connection._self_own is None
    assert repr(connection).startswith("<Mine at 0x") and " for Connection at 0x" in repr(connection)


def test_the_service_may_change_while_the_program_runs(monkeypatch):
    connection = dbapi.TracedConnection(sqlite3.connect(":memory:"))
    seen = []
    connection.create_function("seen", 0, lambda: seen.append(tracer.current_span().service) or 1)
    connection.cursor().execute("select seen()").fetchall()
    monkeypatch.setitem(config.dbapi2, "service", "mine")
    connection.cursor().execute("select seen()").fetchall()
    assert seen == ["db", "mine"]
