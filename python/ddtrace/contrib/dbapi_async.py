"""``TracedAsyncConnection`` and ``TracedAsyncCursor``: dbapi for drivers whose methods are awaited."""

from __future__ import annotations

import inspect

# The names beside the classes are ddtrace's, which both modules offer.
from .dbapi import COMPONENT  # noqa: F401
from .dbapi import SPAN_KIND  # noqa: F401
from .dbapi import SpanKind  # noqa: F401
from .dbapi import SpanTypes  # noqa: F401
from .dbapi import TracedConnection
from .dbapi import TracedCursor
from .dbapi import _warn_of_pin
from .dbapi import config
from .dbapi import ext_service  # noqa: F401
from .dbapi import get_version  # noqa: F401
from .dbapi import is_tracing_enabled
from .dbapi import iswrapped  # noqa: F401
from .dbapi import tracer  # noqa: F401


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any
    from typing import Callable

    from .._integration_config import IntegrationConfig
    from ._pin import Pin


class TracedAsyncCursor(TracedCursor):
    """A cursor whose queries are traced; its methods are awaited."""

    async def __aenter__(self) -> Any:
        await self.__wrapped__.__aenter__()
        return self

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> Any:
        return await self.__wrapped__.__aexit__(exc_type, exc_val, exc_tb)

    def __aiter__(self) -> Any:
        return self.__wrapped__.__aiter__()

    async def _trace_method(self, method, name, resource, extra_tags, dbm_propagator, *args, **kwargs):
        span = self._open(name, resource, extra_tags) if is_tracing_enabled() else None
        if span is None:
            return await method(*args, **kwargs)
        with span:
            try:
                return await method(*args, **kwargs)
            finally:
                self._set_post_execute_tags(span)

    # Coroutine functions, so that whoever asks (inspect.iscoroutinefunction) is told the truth.

    async def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Execute a query."""
        return await super().execute(query, *args, **kwargs)

    async def executemany(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Execute a query once for each row of parameters, in one span."""
        return await super().executemany(query, *args, **kwargs)


class FetchTracedAsyncCursor(TracedAsyncCursor):
    """A cursor whose fetches are traced as well; the setting ``trace_fetch_methods`` asks for it."""

    async def fetchone(self, *args: Any, **kwargs: Any) -> Any:
        return await self._fetch("fetchone", args, kwargs)

    async def fetchmany(self, *args: Any, **kwargs: Any) -> Any:
        return await self._fetch("fetchmany", args, kwargs)

    async def fetchall(self, *args: Any, **kwargs: Any) -> Any:
        return await self._fetch("fetchall", args, kwargs)


class _PendingCursor:
    """For ``await connection.cursor()`` as well as ``async with connection.cursor()``."""

    def __init__(self, pending, traced):
        self._pending = pending
        self._traced = traced

    def __await__(self):
        return self._traced((yield from self._pending.__await__()))

    async def __aenter__(self) -> Any:
        return self._traced(await self._pending.__aenter__())

    async def __aexit__(self, *exc_info):
        return await self._pending.__aexit__(*exc_info)


class TracedAsyncConnection(TracedConnection):
    """A connection whose cursors are traced, and its commits and rollbacks."""

    _cursor_classes = (TracedAsyncCursor, FetchTracedAsyncCursor)

    def __init__(
        self,
        conn: Any,
        pin: Pin | None = None,
        cfg: IntegrationConfig = config.dbapi2,
        cursor_cls: Callable[..., Any] | None = None,
        db_tags: Mapping[str, str] | None = None,
    ) -> None:
        _warn_of_pin(pin)
        super().__init__(conn, None, cfg, cursor_cls, db_tags)

    async def __aenter__(self) -> Any:
        return self._entered(await self.__wrapped__.__aenter__())

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> Any:
        return await self.__wrapped__.__aexit__(exc_type, exc_val, exc_tb)

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        """A traced cursor, or what gives one when it is awaited, as the driver has it."""
        cursor = self.__wrapped__.cursor(*args, **kwargs)
        if not inspect.isawaitable(cursor):
            return self._traced_cursor(cursor)
        if hasattr(cursor, "__aenter__"):
            return _PendingCursor(cursor, self._traced_cursor)
        return self._awaited_cursor(cursor)

    async def _awaited_cursor(self, pending):
        return self._traced_cursor(await pending)

    async def _trace_method(self, method, name, extra_tags, *args, **kwargs):
        span = self._open(name, extra_tags) if is_tracing_enabled() else None
        if span is None:
            return await method(*args, **kwargs)
        with span:
            return await method(*args, **kwargs)

    async def commit(self, *args: Any, **kwargs: Any) -> Any:
        return await super().commit(*args, **kwargs)

    async def rollback(self, *args: Any, **kwargs: Any) -> Any:
        return await super().rollback(*args, **kwargs)


if not TYPE_CHECKING:  # a type checker must see what is not there

    def __getattr__(name):
        if name.startswith("__"):  # the import system asks
            raise AttributeError(name)
        from .._removed import find

        return find(__name__, name)
