"""``TracedConnection`` and ``TracedCursor``: trace any driver of a database by its objects (PEP 249).

For drivers that have no integration. ``connection = TracedConnection(connect(...))``
is to the application what the driver's own connection is.
"""

from __future__ import annotations

from .. import DDTraceDeprecationWarning  # noqa: F401  ddtrace has the name here
from .. import config
from ..constants import SPAN_KIND
from ..ext import SpanKind
from ..ext import SpanTypes
from ..ext import db
from ..ext import sql
from ..trace import tracer
from ._pin import Pin
from ._proxy import ObjectProxy
from ._safe import safely
from .trace_utils import ext_service
from .trace_utils import iswrapped  # noqa: F401


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any
    from typing import Callable

    from .._integration_config import IntegrationConfig

COMPONENT = "component"

config._add(
    "dbapi2",
    {"_default_service": "db", "_dbapi_span_name_prefix": "sql", "trace_fetch_methods": False},
)


def get_version() -> str:
    return ""


def is_tracing_enabled() -> bool:
    return tracer.enabled


def _warn_of_pin(pin):
    if pin is not None:
        from .._deprecation import deprecated

        deprecated("dbapi-pin", "TracedConnection(pin=...)")


def _start(name, resource, span_type, cfg, tags, extra_tags):
    """Start a span of the driver's service."""
    span = tracer.trace(name, service=ext_service(None, cfg), resource=resource, span_type=span_type)
    span._set_attribute(COMPONENT, cfg.integration_name)
    span._set_attribute(SPAN_KIND, SpanKind.CLIENT)
    try:
        if tags:
            span.set_tags(tags)
        if extra_tags:
            span.set_tags(extra_tags)
    except Exception:
        span.finish()  # it is the active one already
        raise
    return span


class TracedCursor(ObjectProxy):
    """A cursor whose queries are traced: ``<prefix>.query``."""

    def __init__(
        self,
        cursor: Any,
        pin: Pin | None = None,
        cfg: IntegrationConfig | None = None,
        db_tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(cursor)
        _warn_of_pin(pin)
        self._self_config = config.dbapi2 if cfg is None else cfg
        self._self_datadog_name = "%s.query" % (self._self_config.get("_dbapi_span_name_prefix") or "sql")
        self._self_last_execute_operation = None
        self._self_db_tags = db_tags

    def __iter__(self) -> Any:
        return self.__wrapped__.__iter__()

    def __next__(self) -> Any:
        return self.__wrapped__.__next__()

    def __enter__(self) -> Any:
        # The cursor's own may be another object: what is used in the block stays traced.
        self.__wrapped__.__enter__()
        return self

    @safely
    def _open(self, name, resource, extra_tags):
        if isinstance(resource, bytes):
            resource = resource.decode("utf-8", "replace")
        elif resource is not None and not isinstance(resource, str):
            resource = ""
        span = _start(name, resource, SpanTypes.SQL, self._self_config, self._self_db_tags, extra_tags)
        if name == self._self_datadog_name:
            span.set_metric("_dd.measured", 1)
        return span

    @safely
    def _set_post_execute_tags(self, span):
        rows = getattr(self.__wrapped__, "rowcount", None)
        if rows is not None:
            span.set_tag(db.ROWCOUNT, rows)

    def _trace_method(self, method, name, resource, extra_tags, dbm_propagator, *args, **kwargs):
        span = self._open(name, resource, extra_tags) if is_tracing_enabled() else None
        if span is None:
            return method(*args, **kwargs)
        with span:
            try:
                return method(*args, **kwargs)
            finally:
                self._set_post_execute_tags(span)

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Execute a query."""
        self._self_last_execute_operation = query
        return self._trace_method(
            self.__wrapped__.execute, self._self_datadog_name, query, {}, None, query, *args, **kwargs
        )

    def executemany(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """Execute a query once for each row of parameters, in one span."""
        self._self_last_execute_operation = query
        return self._trace_method(
            self.__wrapped__.executemany,
            self._self_datadog_name,
            query,
            {"sql.executemany": "true"},
            None,
            query,
            *args,
            **kwargs,
        )

    def callproc(self, proc: Any, *args: Any) -> Any:
        """Call a stored procedure."""
        self._self_last_execute_operation = proc
        return self._trace_method(self.__wrapped__.callproc, self._self_datadog_name, proc, {}, None, proc, *args)

    def _fetch(self, method, args, kwargs):
        """A span ``<prefix>.query.<method>``; for FetchTracedCursor."""
        tags = {}
        if method == "fetchmany":
            size = args[0] if args else kwargs.get("size", getattr(self.__wrapped__, "arraysize", None))
            if size is not None:
                tags["db.fetch.size"] = size
        return self._trace_method(
            getattr(self.__wrapped__, method),
            "%s.%s" % (self._self_datadog_name, method),
            self._self_last_execute_operation,
            tags,
            None,
            *args,
            **kwargs,
        )


class FetchTracedCursor(TracedCursor):
    """A cursor whose fetches are traced as well; the setting ``trace_fetch_methods`` asks for it."""

    def fetchone(self, *args: Any, **kwargs: Any) -> Any:
        return self._fetch("fetchone", args, kwargs)

    def fetchmany(self, *args: Any, **kwargs: Any) -> Any:
        return self._fetch("fetchmany", args, kwargs)

    def fetchall(self, *args: Any, **kwargs: Any) -> Any:
        return self._fetch("fetchall", args, kwargs)


class TracedConnection(ObjectProxy):
    """A connection whose cursors are traced, and its commits and rollbacks: ``<vendor>.connection.commit``."""

    _cursor_classes = (TracedCursor, FetchTracedCursor)

    def __init__(
        self,
        conn: Any,
        pin: Pin | None = None,
        cfg: IntegrationConfig | None = None,
        cursor_cls: Callable[..., Any] | None = None,
        db_tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(conn)
        _warn_of_pin(pin)
        self._self_config = config.dbapi2 if cfg is None else cfg
        if cursor_cls is None:
            cursor_cls = self._cursor_classes[bool(self._self_config.get("trace_fetch_methods"))]
        self._self_cursor_cls = cursor_cls
        self._self_datadog_name = sql.normalize_vendor(type(conn).__module__.split(".")[0]) + ".connection"
        self._self_db_tags = db_tags

    def __enter__(self) -> Any:
        return self._entered(self.__wrapped__.__enter__())

    def _entered(self, given):
        """What ``with`` gives: by driver this connection, or a cursor, or something of its own."""
        if given is self or given is self.__wrapped__:
            return self
        if hasattr(given, "execute"):
            return self._traced_cursor(given)
        return given

    def _traced_cursor(self, cursor):
        return self._self_cursor_cls(cursor, cfg=self._self_config, db_tags=self._self_db_tags)

    @safely
    def _open(self, name, extra_tags):
        return _start(name, None, None, self._self_config, self._self_db_tags, extra_tags)

    def _trace_method(self, method, name, extra_tags, *args, **kwargs):
        span = self._open(name, extra_tags) if is_tracing_enabled() else None
        if span is None:
            return method(*args, **kwargs)
        with span:
            return method(*args, **kwargs)

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        return self._traced_cursor(self.__wrapped__.cursor(*args, **kwargs))

    def commit(self, *args: Any, **kwargs: Any) -> Any:
        return self._trace_method(self.__wrapped__.commit, self._self_datadog_name + ".commit", {}, *args, **kwargs)

    def rollback(self, *args: Any, **kwargs: Any) -> Any:
        return self._trace_method(self.__wrapped__.rollback, self._self_datadog_name + ".rollback", {}, *args, **kwargs)
