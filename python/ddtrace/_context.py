"""Context: where a trace goes on, in this process or from another one."""

from __future__ import annotations

from operator import index

from ddtrace.constants import _ORIGIN_KEY
from ddtrace.constants import _SAMPLING_PRIORITY_KEY
from ddtrace.constants import _USER_ID_KEY


TYPE_CHECKING = False  # typing itself costs milliseconds to import
if TYPE_CHECKING:
    from typing import Any
    from typing import NoReturn

_ABSENT: Any = object()
_MASK_64 = (1 << 64) - 1
_MAX_STATE_MEMBER = 256


def _state_key(text: str) -> str:
    return "".join(c if "!" <= c <= "~" and c not in ",;=~" else "_" for c in text)


def _state_value(text: str) -> str:
    return "".join(c if " " <= c <= "~" and c not in ",;~" else "_" for c in text).replace("=", "~")


def _id(value: Any) -> int | None:
    """An id that is no exact int: None for what is no number."""
    try:
        return None if value is None else int(index(value))
    except TypeError:
        return None


class Context:
    """Trace id, span id and what travels along: decision, origin, propagated tags, baggage.

    The contexts of the spans of one local trace share `_meta`, `_metrics` and
    `_baggage`, so that a decision made on one is a decision made on all. `_local`
    is the local trace that a span of this process gave it, or None.
    """

    __slots__ = (
        "__weakref__",
        "_baggage",
        "_is_remote",
        "_local",
        "_meta",
        "_metrics",
        "_reactivate",
        "_span_links",
        "span_id",
        "trace_id",
    )
    trace_id: int | None
    span_id: int | None

    def __init__(
        self,
        trace_id: int | None = None,
        span_id: int | None = None,
        dd_origin: str | None = None,
        sampling_priority: float | None = None,
        meta: dict[str, str] | None = None,
        metrics: dict[str, Any] | None = None,
        span_links: list | None = None,
        baggage: dict[str, Any] | None = None,
        is_remote: bool = True,
        *,
        lock: NoReturn = _ABSENT,  # type checkers refuse it
    ) -> None:
        if lock is not _ABSENT or (span_links is not None and hasattr(span_links, "acquire")):  # by its place in 3.x
            from ddtrace._removed import refused

            raise refused("lock of Context", "context-lock")
        self.trace_id = trace_id if type(trace_id) is int else _id(trace_id)
        self.span_id = span_id if type(span_id) is int else _id(span_id)
        self._meta: dict = {} if meta is None else meta
        self._metrics: dict = {} if metrics is None else metrics
        self._baggage: dict = {} if baggage is None else baggage
        self._span_links: list = [] if span_links is None else span_links
        self._is_remote = is_remote
        self._reactivate = False
        self._local: Any = None
        if isinstance(dd_origin, str):
            self._meta[_ORIGIN_KEY] = dd_origin
        if sampling_priority is not None:
            self._metrics[_SAMPLING_PRIORITY_KEY] = sampling_priority

    @property
    def sampling_priority(self) -> Any | None:
        return self._metrics.get(_SAMPLING_PRIORITY_KEY)

    @sampling_priority.setter
    def sampling_priority(self, value: Any | None) -> None:
        if value is None:
            self._metrics.pop(_SAMPLING_PRIORITY_KEY, None)
        else:
            self._metrics[_SAMPLING_PRIORITY_KEY] = value

    @property
    def dd_origin(self) -> str | None:
        return self._meta.get(_ORIGIN_KEY)

    @dd_origin.setter
    def dd_origin(self, value: str | None) -> None:
        if value is None:
            self._meta.pop(_ORIGIN_KEY, None)
        else:
            self._meta[_ORIGIN_KEY] = value

    @property
    def dd_user_id(self) -> str | None:
        """The propagated user id; it travels as base64."""
        encoded = self._meta.get(_USER_ID_KEY)
        if not encoded:
            return None
        import base64

        try:
            return base64.b64decode(encoded).decode("utf-8")
        except ValueError:
            return None

    @dd_user_id.setter
    def dd_user_id(self, value: str | None) -> None:
        if value is None:
            self._meta.pop(_USER_ID_KEY, None)
        else:
            import base64

            self._meta[_USER_ID_KEY] = base64.b64encode(str(value).encode("utf-8")).decode("ascii")

    @property
    def _trace_id_64bits(self) -> int | None:
        return None if self.trace_id is None else self.trace_id & _MASK_64

    @property
    def _traceflags(self) -> str:
        priority = self.sampling_priority
        return "01" if priority is not None and priority > 0 else "00"

    @property
    def _traceparent(self) -> str:
        """The W3C header, or "" without ids."""
        if self.trace_id is None or self.span_id is None:
            return ""
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-{self._traceflags}"

    @property
    def _tracestate(self) -> str:
        """The W3C header: our member first, then those of other vendors as they came."""
        members = []
        if self.sampling_priority is not None:
            members.append(f"s:{int(self.sampling_priority)}")
        if self.dd_origin:
            members.append("o:" + _state_value(self.dd_origin))
        size = 3 + len(";".join(members))
        for key, value in self._meta.items():
            if key.startswith("_dd.p.") and key != "_dd.p.tid" and isinstance(value, str):
                member = f"t.{_state_key(key[6:])}:{_state_value(value)}"
                if size + 1 + len(member) <= _MAX_STATE_MEMBER:
                    members.append(member)
                    size += 1 + len(member)
        ours = "dd=" + ";".join(members) if members else ""
        others = ",".join(m for m in self._meta.get("tracestate", "").split(",") if m and not m.startswith("dd="))
        return ",".join(filter(None, (ours, others)))

    def copy(self, trace_id: int | None, span_id: int | None) -> Context:
        """The context of another span of the same trace: it shares tags, decision and baggage."""
        other = Context(trace_id, span_id, None, None, self._meta, self._metrics, None, self._baggage, False)
        other._local = self._local
        return other

    def set_baggage_item(self, key: str, value: Any) -> None:
        if isinstance(key, str):
            self._baggage[key] = value

    def get_baggage_item(self, key: str) -> Any | None:
        return self._baggage.get(key)

    def get_all_baggage_items(self) -> dict[str, Any]:
        return self._baggage

    def remove_baggage_item(self, key: str) -> None:
        self._baggage.pop(key, None)

    def remove_all_baggage_items(self) -> None:
        self._baggage.clear()

    def __enter__(self) -> Context:
        return self

    def __exit__(self, *_args: Any) -> None:
        return None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Context):
            return NotImplemented
        return (
            self.trace_id == other.trace_id  # two spans of a trace have equal contexts
            and self._meta == other._meta
            and self._metrics == other._metrics
            and self._span_links == other._span_links
            and self._baggage == other._baggage
            and self._is_remote == other._is_remote
        )

    def __hash__(self) -> int:
        return hash(self.trace_id)

    def __getstate__(self) -> tuple:
        # A local trace means nothing in another process.
        return (
            self.trace_id,
            self.span_id,
            self._meta,
            self._metrics,
            self._span_links,
            self._baggage,
            self._is_remote,
        )

    def __setstate__(self, state: tuple) -> None:
        (
            self.trace_id,
            self.span_id,
            self._meta,
            self._metrics,
            self._span_links,
            self._baggage,
            self._is_remote,
        ) = state
        self._reactivate = False
        self._local = None

    def __repr__(self) -> str:
        return (
            f"Context(trace_id={self.trace_id}, span_id={self.span_id}, _meta={self._meta}, "
            f"_metrics={self._metrics}, _span_links={self._span_links}, _baggage={self._baggage}, "
            f"_is_remote={self._is_remote})"
        )


def _shown(
    self: Any,
    trace_id: int | None = None,
    span_id: int | None = None,
    dd_origin: str | None = None,
    sampling_priority: float | None = None,
    meta: dict[str, str] | None = None,
    metrics: dict[str, Any] | None = None,
    span_links: list | None = None,
    baggage: dict[str, Any] | None = None,
    is_remote: bool = True,
) -> None: ...


Context.__init__.__wrapped__ = _shown  # type: ignore[attr-defined]  # its signature, without what was removed
