"""The pins of connections and cursors: their service and their tags, on each of their spans."""

from __future__ import annotations

import functools

from .._deprecation import deprecated
from ..contrib import _pin
from . import _pinned


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def attach(module: Any) -> None:
    {
        "ddtrace.contrib._database": _attach_database,
        "ddtrace.contrib.dbapi": _attach_dbapi,
        "ddtrace.contrib.dbapi_async": _attach_dbapi_async,
        "ddtrace.contrib.sqlite3": _attach_sqlite3,
    }[module.__name__](module)


def _tag(span: Any) -> Any:
    pin = _pinned.current.get()
    if span is not None and pin is not None and pin.tags:
        span.set_tags(pin.tags)
    return span


def _attach_database(module: Any) -> None:
    open_plain, make_plain = module.Database._open, module.cursor_class

    @functools.wraps(open_plain)
    def _open(self: Any, *args: Any) -> Any:
        return _tag(open_plain(self, *args))

    @functools.wraps(make_plain)
    def cursor_class(base: Any, database: Any, trace_fetches: bool) -> Any:
        cursor = make_plain(base, database, trace_fetches)
        for name in ("execute", "executemany", "fetchone", "fetchmany", "fetchall"):
            if name in cursor.__dict__:
                setattr(cursor, name, _by_pin(cursor.__dict__[name]))
        # With a __dict__, for the pin; elsewhere the class is without, as the driver's is.
        return module.named_after(base, type(cursor.__name__, (cursor,), {}))

    module.Database._open = _open
    module.cursor_class = cursor_class


def _by_pin(method: Any) -> Any:
    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        pin, of_connection = _pinned.pin_of(self), _pinned.pin_of(getattr(self, "connection", None))
        if pin is None or of_connection is None:
            pin = pin or of_connection
        else:  # as if the cursor had begun with its connection's
            pin = of_connection.clone(pin.service, {**of_connection.tags, **pin.tags})
        with _pinned.pinned(pin):
            return method(self, *args, **kwargs)

    return call


def _attach_sqlite3(module: Any) -> None:
    connection, plain = module._Connection, module.named_after
    for name in ("commit", "rollback"):
        setattr(connection, name, _by_pin(connection.__dict__[name]))

    @functools.wraps(plain)
    def named_after(base: Any, cls: Any) -> Any:
        return plain(base, type(cls.__name__, (cls,), {}))

    module.named_after = named_after


def _attach_dbapi(module: Any) -> None:
    start_plain = module._start

    @functools.wraps(start_plain)
    def _start(*args: Any) -> Any:
        return _tag(start_plain(*args))

    module._start = _start
    for kind in (module.TracedConnection, module.TracedCursor):
        kind.__init__ = _taking_pin(kind.__init__)
        kind._open = _by_own_pin(kind._open)
        kind.__getddpin__ = _get
        kind.__setddpin__ = _set
    traced = module.TracedConnection._traced_cursor

    @functools.wraps(traced)
    def _traced_cursor(self: Any, cursor: Any) -> Any:
        made = traced(self, cursor)
        pin = _get(self)
        if pin is not None and hasattr(made, "__setddpin__"):
            made.__setddpin__(pin)
        return made

    module.TracedConnection._traced_cursor = _traced_cursor


def _attach_dbapi_async(module: Any) -> None:
    connection = module.TracedAsyncConnection
    connection.__init__ = _taking_pin(connection.__init__)


def _taking_pin(plain: Any) -> Any:
    @functools.wraps(plain)
    def __init__(self: Any, wrapped: Any, pin: Any = None, *args: Any, **kwargs: Any) -> None:
        plain(self, wrapped, None, *args, **kwargs)
        if pin is not None:
            deprecated("dbapi-pin", "TracedConnection(pin=...)")
            _set(self, pin)

    return __init__


def _by_own_pin(plain: Any) -> Any:
    @functools.wraps(plain)
    def _open(self: Any, *args: Any) -> Any:
        with _pinned.pinned(_get(self)):
            return plain(self, *args)

    return _open


def _get(self: Any) -> Any:
    return self.__dict__.get("_self_datadog_pin") if hasattr(self, "__dict__") else None


def _set(self: Any, pin: Any) -> None:
    if isinstance(pin, _pin.Pin):
        self._self_datadog_pin = pin
