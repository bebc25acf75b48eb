"""The span, and the local trace that spans of one trace and process share."""

from __future__ import annotations

import math
from operator import index
from os import getpid

from ddtrace._pure.ring import FLAG_LAST_OPEN
from ddtrace._pure.ring import FLAG_LOCAL_ROOT
from ddtrace._pure.state import STATE


TYPE_CHECKING = False  # typing itself costs milliseconds to import
if TYPE_CHECKING:
    from typing import Any

_MASK_64 = (1 << 64) - 1
_KNUTH_FACTOR = 1111111111111111111  # of every Datadog tracer, so that they agree about a trace
_MIN_INT, _MAX_INT = -(1 << 63), (1 << 63) - 1

# Keys that set_tag treats in a way of their own; see _span_extras.
SPECIAL = frozenset(
    (
        "manual.keep",
        "manual.drop",
        "service.name",
        "service.version",
        "http.status_code",
        "network.destination.port",
        "_dd.measured",
        "peer.service",
    )
)


def _i64(value: Any) -> int:
    """A number of ns, cut to 64 bits; 0 for what is no number."""
    if value != value:
        return 0
    return int(max(_MIN_INT, min(_MAX_INT, value)))


def _number(value: Any) -> Any:
    """An int or float of anything that is a number, else None."""
    if type(value) is int or type(value) is float:
        return value if type(value) is float or abs(value) < 1 << 128 else None
    try:
        if hasattr(value, "__index__"):
            return _number(int(index(value)))
        return None if isinstance(value, (str, bytes, bytearray)) else float(value)
    except Exception:
        return None


def _ns_of_seconds(value: Any) -> Any:
    """None for what is no number."""
    number = _number(value)
    try:
        return None if number is None else _i64(float(number) * 1e9)
    except OverflowError:
        return None


def _seconds(value: Any) -> int:
    """A time in ns of one in seconds; raises for what is no number, and for one beyond all floats."""
    if isinstance(value, (str, bytes, bytearray)):
        raise TypeError(f"a time is a number, not {type(value).__name__}")
    return _i64(float(value) * 1e9)


def _id(value: Any, limit: int) -> int | None:
    if type(value) is not int:
        try:
            value = int(index(value))
        except TypeError:
            return None
    return value if 0 <= value < limit else None


def _difference(end: int, start: int) -> int:
    """What was cut to 64 bits stays so."""
    if end == _MAX_INT or end == _MIN_INT:
        return _MAX_INT if end >= start else _MIN_INT
    return _i64(end - start)


class LocalTrace:
    """The open spans of a trace in this process, and what travels with the trace."""

    __slots__ = (
        "baggage",
        "epoch",
        "finished",
        "held",
        "meta",
        "metrics",
        "open",
        "root_done",
        "root_id",
        "started",
        "told",
        "trace_hi",
        "trace_lo",
    )

    def __init__(self, trace_hi: int, trace_lo: int, root_id: int) -> None:
        self.trace_hi = trace_hi
        self.trace_lo = trace_lo
        self.root_id = root_id
        self.epoch = STATE.epoch
        self.open = 0
        self.finished = 0
        self.started = 0
        self.held: list | None = None  # finished spans that are not written yet
        self.root_done = False
        self.told: int | None = None  # the priority that a decision record gave
        self.meta: dict = {}
        self.metrics: dict = {}
        self.baggage: dict = {}

    def share(self, meta: dict, metrics: dict, baggage: dict) -> None:
        self.meta = meta
        self.metrics = metrics
        self.baggage = baggage


def text_or_none(value: Any) -> str | None:
    if type(value) is str:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None


def text_or_empty(value: Any) -> str | None:
    return None if value is None else text_or_none(value) or ""


def text_of_key(key: Any) -> str | None:
    """The hash of a str subclass, such as a member of an Enum, may be its own: its text is looked up."""
    return str.__str__(key) if isinstance(key, str) else None


class Span:
    __slots__ = (
        "__weakref__",
        "_above",
        "_attributes",
        "_context",
        "_duration",
        "_ended",
        "_epoch",
        "_error",
        "_events",
        "_generation",
        "_links",
        "_local",
        "_name",
        "_on_finish",
        "_ordinal",
        "_parent",
        "_parent_context",
        "_foreign_parent",
        "_parent_id",
        "_resource",
        "_service",
        "_slot",
        "_span_api",
        "_span_id",
        "_start",
        "_store",
        "_string_ids",
        "_structs",
        "_traced",
        "_trace_hi",
        "_trace_lo",
        "_type",
    )

    def __init__(
        self,
        name: str,
        service: str | None = None,
        resource: str | None = None,
        span_type: str | None = None,
        trace_id: int | None = None,
        span_id: int | None = None,
        parent_id: int | None = None,
        start: float | None = None,
        context: Any = None,
        on_finish: list | None = None,
        span_api: str = "datadog",
        links: list | None = None,
    ) -> None:
        self._set_up(
            text_or_empty(name),
            text_or_none(service),
            text_or_empty(name if resource is None else resource),
            text_or_none(span_type),
            span_api,
        )
        if isinstance(start, (int, float)):
            self._start = _i64(start * 1e9 if isinstance(start, float) else start * 1000000000)
        if isinstance(trace_id, int) and 0 <= trace_id < 1 << 128:
            self._trace_hi, self._trace_lo = trace_id >> 64, trace_id & _MASK_64
        else:
            self._new_trace_id()
        self._span_id = span_id if isinstance(span_id, int) and 0 < span_id <= _MASK_64 else STATE.ids.next()
        if isinstance(parent_id, int) and 0 < parent_id <= _MASK_64:
            self._parent_id = parent_id
        self._local = LocalTrace(self._trace_hi, self._trace_lo, self._span_id)
        if context is not None:
            self._local.share(context._meta, context._metrics, context._baggage)
            self._parent_context = context
        if on_finish:
            self._on_finish = list(on_finish)
        if links:
            self._links = list(links)

    def _set_up(self, name, service, resource, span_type, span_api) -> None:
        self._name = name
        self._service = service
        self._resource = resource
        self._type = span_type
        self._span_api = span_api
        self._attributes: dict = {}
        self._start = STATE.clock()
        self._duration: int | None = None
        self._error = 0
        self._parent_id = 0
        self._parent: Span | None = None
        self._parent_context: Any = None
        self._foreign_parent: Span | None = None  # started in the process that forked this one
        self._above: Span | None = None  # the local root; None for itself: no cycle of references
        self._context: Any = None
        self._links: list | None = None
        self._events: list | None = None
        self._structs: dict | None = None
        self._store: dict | None = None
        self._on_finish: list | None = None
        self._epoch = STATE.epoch
        self._generation = 0
        self._string_ids: tuple | None = None
        self._ordinal = 0  # among the spans of its local trace, in the order of their starts
        self._slot = -1
        self._traced = False
        self._ended = False  # True: no longer counted as open

    def _new_trace_id(self) -> None:
        self._trace_lo = STATE.ids.next()
        # Seconds in the upper half tell stores the day of a trace; the zeros below them are ddtrace's.
        self._trace_hi = (self._start // 1000000000 & 0xFFFFFFFF) << 32 if STATE.defaults["trace_id_128"] else 0

    def __init_subclass__(cls) -> None:
        raise TypeError("a Span cannot be derived from: everything that takes a span checks for this very type")

    def __reduce_ex__(self, _protocol: Any) -> Any:
        raise TypeError("a Span cannot be pickled or copied: it belongs to this process")

    # Identity and times.

    @property
    def trace_id(self) -> int:
        return self._trace_hi << 64 | self._trace_lo

    @trace_id.setter
    def trace_id(self, value: int) -> None:
        number = _id(value, 1 << 128)
        if number is not None:
            self._trace_hi, self._trace_lo = number >> 64, number & _MASK_64
            if self._local.root_id == self._span_id:
                self._local.trace_hi, self._local.trace_lo = self._trace_hi, self._trace_lo

    @property
    def _trace_id_64bits(self) -> int:
        return self._trace_lo

    @property
    def span_id(self) -> int:
        return self._span_id

    @span_id.setter
    def span_id(self, value: int) -> None:
        number = _id(value, 1 << 64)
        if number is not None:
            if self._local.root_id == self._span_id:
                self._local.root_id = number
            self._span_id = number

    @property
    def parent_id(self) -> int | None:
        return self._parent_id or None

    @parent_id.setter
    def parent_id(self, value: int | None) -> None:
        number = 0 if value is None else _id(value, 1 << 64)
        if number is not None:
            self._parent_id = number

    @property
    def name(self) -> str | None:
        return self._name

    @name.setter
    def name(self, value: str | None) -> None:
        self._name = text_or_empty(value)
        self._string_ids = None

    @property
    def service(self) -> str | None:
        return self._service

    @service.setter
    def service(self, value: str | None) -> None:
        self._service = text_or_none(value)
        self._string_ids = None

    @property
    def resource(self) -> str | None:
        return self._resource

    @resource.setter
    def resource(self, value: str | None) -> None:
        self._resource = text_or_empty(value)
        self._string_ids = None

    @property
    def span_type(self) -> str | None:
        return self._type

    @span_type.setter
    def span_type(self, value: str | None) -> None:
        self._type = text_or_none(value)

    @property
    def error(self) -> int:
        return self._error

    @error.setter
    def error(self, value: int) -> None:
        number = _number(value) if hasattr(value, "__index__") else None
        self._error = number if number is not None and -(1 << 31) <= number < 1 << 31 else 0

    @property
    def start_ns(self) -> int:
        return self._start

    @start_ns.setter
    def start_ns(self, value: int) -> None:
        number = _number(value)
        self._start = 0 if number is None else _i64(number)  # as in ddtrace

    @property
    def start(self) -> float:
        return self._start / 1e9

    @start.setter
    def start(self, value: float) -> None:
        self._start = _ns_of_seconds(value) or 0

    @property
    def duration_ns(self) -> int | None:
        return self._duration

    @duration_ns.setter
    def duration_ns(self, value: int | None) -> None:
        number = _number(value)
        self._duration = None if number is None else _i64(number)

    @property
    def duration(self) -> float | None:
        return None if self._duration is None else self._duration / 1e9

    @duration.setter
    def duration(self, value: float | None) -> None:
        self._duration = _ns_of_seconds(value)

    @property
    def finished(self) -> bool:
        return self._duration is not None

    @finished.setter
    def finished(self, _value: bool) -> None:
        raise AttributeError("Span.finished cannot be set since ddtrace 4.0: use Span.finish()")

    # Relations.

    @property
    def _local_root(self) -> Span:
        return self._above or self

    @property
    def _is_top_level(self) -> bool:
        if self._above is None:
            return True
        return self._parent is not None and self._service is not None and self._parent._service != self._service

    @property
    def context(self) -> Any:
        if self._context is None:
            local = self._local
            made = STATE.hooks["context"](
                self.trace_id,
                self._span_id,
                None,
                None,
                local.meta,
                local.metrics,
                None,
                local.baggage,
                False,
            )
            made._local = local
            self._context = made
        return self._context

    @context.setter
    def context(self, value: Any) -> None:
        self._context = value
        if value is not None:
            self._local.share(value._meta, value._metrics, value._baggage)

    @property
    def _on_finish_callbacks(self) -> list:
        if self._on_finish is None:
            self._on_finish = []
        return self._on_finish

    # Tags and metrics: one ordered mapping, whose value tells which of the two it is.

    def set_tag(self, key: str, value: Any = None) -> None:
        if type(value) is str and type(key) is str and key not in SPECIAL:
            self._attributes[key] = value
        else:
            STATE.hooks["set_tag"](self, key, value)

    def set_metric(self, key: str, value: Any) -> None:
        if type(value) is float and math.isfinite(value) and type(key) is str and key not in SPECIAL:
            self._attributes[key] = value
        else:
            STATE.hooks["set_metric"](self, key, value)

    def _set_attribute(self, key: str, value: Any) -> None:
        """Sets a tag (str) or a metric (int of 64 bits, float) as it is; raises TypeError for others."""
        if type(key) is not str:
            raise TypeError("attribute key must be str")
        if type(value) is str or type(value) is float or type(value) is int and _MIN_INT <= value <= _MAX_INT:
            self._attributes[key] = value
        else:
            raise TypeError("attribute value must be str, float or an int of 64 bits")

    def _get_attribute(self, key: str) -> Any:
        if type(key) is not str:
            key = text_of_key(key)
        return self._attributes.get(key)

    def _has_attribute(self, key: str) -> bool:
        return text_of_key(key) in self._attributes

    def _remove_attribute(self, key: str) -> None:
        self._attributes.pop(text_of_key(key), None)

    remove_tag = _remove_attribute
    remove_metric = _remove_attribute

    def get_tag(self, key: str) -> str | None:
        value = self._get_attribute(key)
        return value if type(value) is str else None

    def get_metric(self, key: str) -> Any:
        value = self._get_attribute(key)
        return None if type(value) is str else value

    def get_tags(self) -> dict:
        return {key: value for key, value in self._attributes.items() if type(value) is str}

    def get_metrics(self) -> dict:
        return {key: value for key, value in self._attributes.items() if type(value) is not str}

    # The end.

    def finish(self, finish_time: float | None = None) -> None:
        if self._duration is None:
            self._finish_ns(STATE.clock() if finish_time is None else _seconds(finish_time))

    def __del__(self) -> None:
        try:
            if self._ended or not self._traced:
                return
        except AttributeError:
            return  # made by nobody of ours
        if STATE is not None:  # the end of the interpreter takes the names of modules away
            STATE.abandoned.append((self._local, self._slot, self._generation, self._epoch))

    def __enter__(self) -> Span:
        return self

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        if exc_type is not None:
            self.set_exc_info(exc_type, exc_val, exc_tb)  # type: ignore[attr-defined]
        self.finish()

    def _finish_ns(self, end: int) -> None:
        if self._duration is not None:
            return
        self._duration = _difference(end, self._start)
        if self._on_finish is not None:
            callbacks, self._on_finish = self._on_finish, None
            for callback in callbacks:
                try:
                    callback(self)
                except Exception:
                    STATE.failures += 1
        self._store = None
        if self._traced and not self._ended:  # one that was reopened, by a duration of None, has been sent
            self._end()

    def _end(self) -> None:
        writing = STATE.enabled if STATE.ring is not None and STATE.pid == getpid() else STATE.ring_wanted()
        if self._epoch != STATE.epoch:
            with STATE.lock:
                STATE.foreign += 1
                if writing and STATE.ring is not None:
                    STATE.ring.count_foreign(1)
            return
        local = self._local
        self._finishing_attributes()
        if (STATE.on_chunk is not None and STATE.enabled) or local.held is not None:
            with STATE.lock:
                STATE.take(self._hold)
            flush_chunks()
            return
        is_root = local.root_id == self._span_id
        if is_root:
            decide(self)
            self._chunk_attributes()
        elif "_dd.origin" in local.meta:
            self._attributes.setdefault("_dd.origin", local.meta["_dd.origin"])
        structs = self._serialized()
        if local.open > 1 and (local.finished + 1) % STATE.partial_flush == 0:
            # Before the span that makes a part of the trace complete: its reader sends that part at once.
            tell(self._local_root)
        with STATE.lock:
            STATE.take(self._end_and_write, structs, is_root)
        if STATE.chunks:
            flush_chunks()

    def _begin(self, writing: bool) -> None:
        """Counts it as open, and shows it as such; under the lock."""
        if STATE.abandoned:
            STATE.settle()
        local = self._local
        self._ordinal = local.started
        local.started += 1
        local.open += 1
        ring = STATE.ring
        if writing and ring is not None and self._epoch == STATE.epoch:
            self._generation = STATE.generation
            self._look_up(ring)
            self._slot = ring.open_slot(self)

    def _serialized(self) -> dict | None:
        if self._links or self._events or self._structs:
            try:
                found: dict | None = STATE.hooks["serialize"](self)
                return found
            except Exception:
                STATE.failures += 1
        return None

    def _count_end(self) -> None:
        """No longer counted as open, nor shown as such; under the lock."""
        local = self._local
        self._ended = True
        local.open -= 1
        local.finished += 1
        if local.root_id == self._span_id:
            local.root_done = True
        ring = STATE.ring
        if ring is None:
            return
        if self._generation != STATE.generation:
            self._generation = STATE.generation
            self._slot = -1  # that was one of a ring that is gone
            self._string_ids = None
        if self._slot >= 0:
            ring.close_slot(self._slot)
            self._slot = -1

    def _end_and_write(self, structs: dict | None, is_root: bool) -> None:
        """Under the lock."""
        if self._epoch != STATE.epoch:
            return False  # forked amid it: the parent writes it
        if STATE.abandoned:
            STATE.settle()
        local = self._local
        self._count_end()
        self._write(local, (FLAG_LOCAL_ROOT if is_root else 0) | (0 if local.open else FLAG_LAST_OPEN), structs)

    def _write(self, local: LocalTrace, flags: int, structs: dict | None) -> bool:
        """Writes the record, if there is a ring; under the lock."""
        ring = STATE.ring
        if ring is None or not STATE.enabled:
            STATE.unsent += 1
            return False
        if self._generation != STATE.generation:
            self._generation = STATE.generation
            self._string_ids = None
        if self._string_ids is None:
            self._look_up(ring)
        ring.write_span(self, local.root_id, flags, structs)
        return True

    def _hold(self) -> None:
        """Keeps it with its local trace until that is complete, or a part of it is due; under the lock."""
        if STATE.abandoned:
            STATE.settle()
        local = self._local
        if local.held is None:
            local.held = []
        local.held.append(self)
        self._count_end()
        if not local.open or len(local.held) >= STATE.partial_flush:
            STATE.chunks.append(local)

    def _look_up(self, ring: Any) -> None:
        """Finds the string ids of this span in a ring; under the lock."""
        strings = ring.strings
        known = strings.ids.get
        name, service, resource = (
            known(self._name),
            known(self._service),
            strings.value_ids.get(self._resource),
        )
        if name is None or service is None or resource is None:
            # In this order, once more: what was new to the name may not be to the resource.
            name = strings.intern(self._name)
            service = strings.intern(self._service)
            resource = strings.value(self._resource)
        self._string_ids = (name, service, resource)

    def _finishing_attributes(self) -> None:
        attributes = self._attributes
        defaults = STATE.defaults
        service = self._service
        default = defaults["service"]
        if (defaults["inferred_service"] and service == default) or (
            defaults["integration_services"] and service in defaults["integration_services"]
        ):
            known = attributes.get("_dd.svc_src")
            component = attributes.get("component", self._span_api)
            if not known or (not known.startswith("opt.") and component != self._span_api):
                attributes["_dd.svc_src"] = component
        if self._above is None or (
            self._parent is not None and service is not None and self._parent._service != service
        ):
            attributes["_dd.top_level"] = 1
        if service and default and service != default and service.lower() != default.lower():
            attributes["_dd.base_service"] = default

    def _chunk_attributes(self) -> None:
        """What ddtrace puts on the first span of a chunk."""
        attributes = self._attributes
        local = self._local
        attributes["language"] = "python"
        if self._trace_hi:
            attributes["_dd.p.tid"] = f"{self._trace_hi:016x}"
        for key, value in local.meta.items():
            # The context keeps the W3C headers it came from beside what goes on the span.
            if type(value) is str and key not in ("traceparent", "tracestate"):
                attributes.setdefault(key, value)
        for key, value in local.metrics.items():
            if type(value) in (int, float):
                attributes.setdefault(key, value)
        if STATE.defaults["root_tags"]:
            for key, value in STATE.defaults["root_tags"].items():
                attributes.setdefault(key, value)

    # Room for integrations.

    def _set_ctx_item(self, key: str, value: Any) -> None:
        if self._store is None:
            self._store = {}
        self._store[key] = value

    def _get_ctx_item(self, key: str) -> Any:
        return None if self._store is None else self._store.get(key)


def decide(root: Span) -> None:
    """Makes the sampling decision of a local trace, unless there is one."""
    metrics = root._local.metrics
    if metrics.get("_sampling_priority_v1") is not None:
        return
    if STATE.sampler is not None:
        try:
            STATE.sampler(root)
        except Exception:
            STATE.failures += 1
        if metrics.get("_sampling_priority_v1") is not None:
            return
    attributes = root._attributes
    priority, maker = 1, "-0"
    if STATE.rates is not None:
        env = attributes.get("env")
        found = STATE.rates.get(f"service:{root._service or ''},env:{env if type(env) is str else ''}")
        if found is not None:
            rate, attributes["_dd.p.ksr"] = found
            attributes["_dd.agent_psr"] = rate
            kept = rate >= 1 or rate > 0 and root._trace_lo * _KNUTH_FACTOR & _MASK_64 <= rate * (1 << 64)
            priority, maker = int(kept), "-1"
    meta = root._local.meta
    if not meta.get("_dd.p.dm"):  # one that came with the trace stands, though no priority came with it
        meta["_dd.p.dm"] = maker
    metrics["_sampling_priority_v1"] = priority  # last: who reads it may read the rest


def tell(root: Span) -> None:
    """Decides, and writes the decision record if the reader cannot know the decision from the root."""
    writing = STATE.ring_wanted()
    if root._epoch != STATE.epoch:
        return
    decide(root)
    local = root._local
    priority = local.metrics["_sampling_priority_v1"]
    if not writing or not root._traced or local.root_done or local.told == priority:
        return
    attributes = {
        key: value
        for key, value in local.meta.items()
        if type(value) is str and (key == "_dd.origin" or key.startswith("_dd.p."))
    }
    with STATE.lock:
        STATE.take(_write_decision, local, int(priority), attributes)


def _write_decision(local: LocalTrace, priority: int, attributes: dict) -> None:
    if STATE.ring is not None:
        local.told = priority
        STATE.ring.write_decision(local, priority, attributes)


def flush_chunks() -> None:
    """Writes held spans whose time has come; not under the lock, for others see them before."""
    while STATE.chunks:
        try:
            local = STATE.chunks.pop(0)
        except IndexError:  # another thread was faster
            return
        if local.epoch == STATE.epoch:
            _flush_chunk(local)


def _flush_chunk(local: LocalTrace) -> None:
    with STATE.lock:
        held, local.held = local.held, None
        complete = not local.open
    spans: Any = held
    if held and STATE.on_chunk is not None:
        try:
            spans = STATE.on_chunk(held, complete)
        except Exception:
            STATE.failures += 1
    if not spans or not isinstance(spans, list):
        return
    spans = [span for span in spans if type(span) is Span]
    STATE.ring_wanted()
    first = True
    for number, span in enumerate(spans, 1):
        flags = 0
        # One of somewhere else is a chunk of its own.
        alone = span._trace_lo != local.trace_lo or span._trace_hi != local.trace_hi
        if first or alone:
            decide(span._local_root)
            span._chunk_attributes()
            flags = FLAG_LOCAL_ROOT
        if "_dd.origin" in span._local.meta:
            span._attributes.setdefault("_dd.origin", span._local.meta["_dd.origin"])
        first = first and alone
        structs = span._serialized()
        with STATE.lock:
            STATE.take(_write_held, span, local, flags, alone, number == len(spans), structs)


def _write_held(span: Span, local: LocalTrace, flags: int, alone: bool, last: bool, structs: dict | None) -> None:
    if local.epoch != STATE.epoch:
        return  # forked amid it: the parent writes it
    if alone or (last and not local.open and not local.held):
        flags |= FLAG_LAST_OPEN
    span._write(span._local if alone else local, flags, structs)
