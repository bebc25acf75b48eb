"""sqlite3: ``sqlite.query`` for queries, ``sqlite.connection.commit`` and ``.rollback``.

``sqlite3.connect`` makes a subclass of the Connection that was asked for, and that
one makes subclasses of the cursors. Neither has attributes of its own, so they are
to C and to the application what they were.
"""

import sqlite3
import sqlite3.dbapi2
import sys

from .. import _schema
from .. import config
from .._config import flag
from . import trace_utils
from ._database import Database
from ._database import cursor_class
from ._database import named_after
from ._safe import report


config._add(
    "sqlite",
    {
        "_default_service": _schema.default_service("sqlite"),
        "trace_fetch_methods": flag("DD_SQLITE_TRACE_FETCH_METHODS", False),
    },
)
_database = Database("sqlite", config.sqlite, "sqlite")
_FACTORY_INDEX = 5  # of connect's positional parameters

_cursor_classes = {}  # (class, whether its fetches are traced) -> its traced subclass
_connection_classes = {}  # class -> its traced subclass
_scripts = set()  # ids of the connections whose commit() is part of an executescript()


def get_version():
    return ""


def patch():
    if not trace_utils.iswrapped(sqlite3, "connect"):
        trace_utils.wrap(sqlite3, "connect", _connect)
        trace_utils.wrap(sqlite3.dbapi2, "connect", _connect)


def unpatch():
    if trace_utils.iswrapped(sqlite3, "connect"):
        trace_utils.unwrap(sqlite3, "connect")
        trace_utils.unwrap(sqlite3.dbapi2, "connect")


def _connect(connect, _, args, kwargs):
    try:
        if len(args) > _FACTORY_INDEX:
            factory = _traced(args[_FACTORY_INDEX])
            args = args[:_FACTORY_INDEX] + (factory,) + args[_FACTORY_INDEX + 1 :]
        else:
            kwargs = dict(kwargs, factory=_traced(kwargs.get("factory", sqlite3.Connection)))
    except Exception as error:
        report("sqlite3.connect", error)
    return connect(*args, **kwargs)


def _traced(factory):
    """The traced subclass of a Connection class; any other callable as it is."""
    if not isinstance(factory, type) or not issubclass(factory, sqlite3.Connection) or issubclass(factory, _Connection):
        return factory
    traced = _connection_classes.get(factory)
    if traced is None:
        # Last of the bases, so that what the application overrides is asked first and
        # its super() calls end here.
        bases = (_Connection,) if factory is sqlite3.Connection else (factory, _Connection)
        traced = named_after(factory, type("Connection", bases, {"__slots__": ()}))
        _connection_classes[factory] = traced
    return traced


def _traced_cursor(factory):
    if not isinstance(factory, type) or not issubclass(factory, sqlite3.Cursor):
        return factory
    key = (factory, config.sqlite.trace_fetch_methods)
    traced = _cursor_classes.get(key)
    if traced is None:
        if factory in _cursor_classes.values():
            return factory
        traced = cursor_class(factory, _database, key[1])
        if sys.version_info < (3, 11):
            traced.executescript = _executescript(factory)
        _cursor_classes[key] = traced
    return traced


def _executescript(cursor_class):
    """executescript commits first: in C, and before 3.11 by way of the connection's commit()."""

    def executescript(self, *args, **kwargs):
        _scripts.add(id(self.connection))
        try:
            return cursor_class.executescript(self, *args, **kwargs)
        finally:
            _scripts.discard(id(self.connection))

    return executescript


class _Connection(sqlite3.Connection):
    __slots__ = ()

    def cursor(self, *args, **kwargs):
        factory = args[0] if args else kwargs.get("factory", sqlite3.Cursor)
        try:
            factory = _traced_cursor(factory)
        except Exception as error:
            report("sqlite3.Connection.cursor", error)
        return super().cursor(factory)

    def execute(self, *args, **kwargs):
        return self.cursor().execute(*args, **kwargs)

    if sys.version_info < (3, 11):
        # C asks self.cursor() there, and a span would come of what has none elsewhere.
        def executemany(self, *args, **kwargs):
            return super().cursor().executemany(*args, **kwargs)

    def commit(self):
        span = None if id(self) in _scripts else _database.open_connection("commit")
        if span is None:
            return super().commit()
        with span:
            return super().commit()

    def rollback(self):
        span = _database.open_connection("rollback")
        if span is None:
            return super().rollback()
        with span:
            return super().rollback()
