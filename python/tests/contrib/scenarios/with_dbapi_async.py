"""The public classes of ddtrace.contrib.dbapi_async around a made-up asynchronous driver."""

import asyncio

from . import scenario
from .with_dbapi import attempt
from .with_dbapi import config


class Cursor:
    rowcount = 2
    arraysize = 10
    closed = False

    def __init__(self):
        self.rows = iter(range(3))

    async def execute(self, query, *args, **kwargs):
        if query == "selec":
            raise ValueError("syntax error")
        await asyncio.sleep(0)
        return ["execute", query, list(args), kwargs]

    async def executemany(self, query, *args, **kwargs):
        return ["executemany", query, list(args), kwargs]

    async def callproc(self, proc, *args):
        return ["callproc", proc, list(args)]

    async def fetchone(self):
        return next(self.rows, None)

    async def fetchmany(self, size=None):
        return [row for row, _ in zip(self.rows, range(size or self.arraysize))]

    async def fetchall(self):
        return list(self.rows)

    def __aiter__(self):
        return self

    async def __anext__(self):
        for row in self.rows:
            return row
        raise StopAsyncIteration

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc_info):
        self.closed = True


class Connection:
    def cursor(self, *args, **kwargs):
        return Cursor()

    async def commit(self):
        return "committed"

    async def rollback(self):
        raise ValueError("the server is gone")

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc_info):
        return False


class Pooled(Connection):
    """As psycopg's pool has it: what ``async with`` gives is a cursor."""

    async def __aenter__(self):
        return self.cursor()


async def caught(awaitable):
    try:
        return await awaitable
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)


def around(driver=None, **arguments):
    from ddtrace.contrib import dbapi_async

    return dbapi_async.TracedAsyncConnection(driver or Connection(), **arguments)


OWN = dict(DD_SERVICE="shop")


@scenario(**OWN)
def queries():
    async def main():
        cursor = around().cursor()
        return [
            await cursor.execute("select 1", 1, z=2),
            await cursor.executemany("insert", [1]),
            await caught(cursor.execute("selec")),
            await cursor.callproc("p", 1, 2),
            await cursor.fetchone(),
            await cursor.fetchmany(1),
            await cursor.fetchall(),
            cursor.rowcount,
            type(cursor).__name__,
        ]

    return asyncio.run(main())


@scenario(**OWN)
def nested_spans():
    from ddtrace.trace import tracer

    class Parent(Cursor):
        async def execute(self, query):
            with tracer.trace("below the query"):
                await asyncio.sleep(0)

    async def main():
        from ddtrace.contrib import dbapi_async

        with tracer.trace("request"):
            cursors = [dbapi_async.TracedAsyncCursor(Parent()) for _ in range(2)]
            await asyncio.gather(*(cursor.execute("q") for cursor in cursors))

    asyncio.run(main())


@scenario(**OWN)
def commit_and_rollback():
    async def main():
        connection = around()
        return [await connection.commit(), await caught(connection.rollback())]

    return asyncio.run(main())


@scenario(**OWN)
def fetch_spans():
    async def main():
        connection = around(cfg=config(trace_fetch_methods=True), db_tags={"out.host": "db.example"})
        cursor = connection.cursor()
        await cursor.execute("select 1")
        rows = [await cursor.fetchone(), await cursor.fetchmany(1), await cursor.fetchmany(), await cursor.fetchall()]
        return [type(cursor).__name__, rows]

    return asyncio.run(main())


@scenario(**OWN)
def context_managers():
    async def main():
        made = []
        for driver in (Connection(), Pooled()):
            connection = around(driver)
            async with connection as entered:
                made.append([type(entered).__name__, entered is connection])
                if entered is not connection:
                    await entered.execute("select 1")
        cursor = around().cursor()
        async with cursor as entered:
            await entered.execute("select 2")
            made.append(entered is cursor)
        made.append(cursor.closed)
        return made

    return asyncio.run(main())


@scenario(**OWN)
def awaited_cursors():
    class Awaited(Connection):
        async def cursor(self):
            return Cursor()

    class Opening:
        def __await__(self):
            return Awaited().cursor().__await__()

        async def __aenter__(self):
            return Cursor()

        async def __aexit__(self, *exc_info):
            pass

    class AsYouLike(Connection):
        def cursor(self):
            return Opening()

    async def main():
        made = []
        for driver in (Awaited(), AsYouLike()):
            cursor = await around(driver).cursor()
            made.append([type(cursor).__name__, await cursor.execute("select 1")])
        return made

    return asyncio.run(main())


@scenario(**OWN)
def iteration():
    async def main():
        cursor = around().cursor()
        await cursor.execute("select 1")
        return [row async for row in cursor]

    return asyncio.run(main())


@scenario(**OWN)
def execute_of_the_connection():
    class WithExecute(Connection):
        async def execute(self, query):
            return self.cursor()

    async def main():
        connection = around(WithExecute())
        return [type(await connection.execute("select 1")).__name__, attempt(lambda: connection.nothing)]

    return asyncio.run(main())


@scenario(**OWN)
def disabled_tracer():
    from ddtrace.trace import tracer

    async def main():
        connection = around()
        return [await connection.cursor().execute("select 1"), await connection.commit()]

    tracer.enabled = False
    try:
        return asyncio.run(main())
    finally:
        tracer.enabled = True
