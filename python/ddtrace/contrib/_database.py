"""What the integrations of database drivers share (PEP 249): the span of a query, of a commit, of a fetch.

A driver whose cursors can be subclassed gets a subclass, never a proxy: isinstance
and the checks that C code makes hold, and so does what the application adds.
"""

import sys

from ..trace import tracer
from . import trace_utils
from ._safe import safely


class Database:
    """How the spans of one driver look: ``<prefix>.query``, the service, the tags."""

    def __init__(self, prefix, int_config, system):
        self.config = int_config
        self.query_name = prefix + ".query"
        self.connection_name = prefix + ".connection."
        self.tags = (("component", int_config.integration_name), ("db.system", system), ("span.kind", "client"))

    def _open(self, name, resource, span_type):
        span = tracer.trace(
            name, service=trace_utils.ext_service(None, self.config), resource=resource, span_type=span_type
        )
        for key, value in self.tags:
            span._set_attribute(key, value)
        return span

    @safely
    def open_query(self, query, many=False):
        span = self._open(self.query_name, query if isinstance(query, str) else str(query), "sql")
        span._set_attribute("_dd.measured", 1)
        if many:
            span._set_attribute("sql.executemany", "true")
        return span

    @safely
    def open_fetch(self, method, query, size=None):
        span = self._open(self.query_name + "." + method, query, "sql")
        if isinstance(size, int):
            span._set_attribute("db.fetch.size", size)
        return span

    @safely
    def open_connection(self, method):
        return self._open(self.connection_name + method, None, None)


@safely
def close_query(span, cursor):
    """Finish a query's span with the number of rows that the cursor tells."""
    try:
        rows = getattr(cursor, "rowcount", None)
        if isinstance(rows, int):
            span._set_attribute("db.row_count", rows)
    finally:
        span.finish()


def cursor_class(base, database, trace_fetches):
    """A subclass of a cursor class whose queries are traced."""

    class Cursor(base):
        __slots__ = ("_dd_query",) if trace_fetches else ()

        def execute(self, *args, **kwargs):
            return _query(self, super().execute, False, args, kwargs)

        def executemany(self, *args, **kwargs):
            return _query(self, super().executemany, True, args, kwargs)

    def _query(cursor, method, many, args, kwargs):
        query = args[0] if args else ""
        span = database.open_query(query, many)
        if trace_fetches:
            cursor._dd_query = query if isinstance(query, str) else ""
        return _call(span, cursor, method, args, kwargs)

    if trace_fetches:
        for name in ("fetchone", "fetchmany", "fetchall"):
            setattr(Cursor, name, _fetch_method(database, Cursor, name))
    return named_after(base, Cursor)


def _call(span, cursor, method, args, kwargs):
    """The driver's method, in its span if it has one."""
    if span is None:
        return method(*args, **kwargs)
    try:
        return method(*args, **kwargs)
    except BaseException:
        span.set_exc_info(*sys.exc_info())
        raise
    finally:
        close_query(span, cursor)


def _fetch_method(database, cls, name):
    def fetch(self, *args, **kwargs):
        method = getattr(super(cls, self), name)
        size = (args[0] if args else kwargs.get("size", self.arraysize)) if name == "fetchmany" else None
        span = database.open_fetch(name, getattr(self, "_dd_query", None), size)
        return _call(span, self, method, args, kwargs)

    fetch.__name__ = name
    fetch.__qualname__ = cls.__qualname__ + "." + name
    return fetch


def named_after(base, cls):
    """``cls``, shown as ``base``: what the application prints and logs does not change."""
    cls.__name__, cls.__qualname__, cls.__module__ = base.__name__, base.__qualname__, base.__module__
    cls.__doc__ = base.__doc__
    return cls
