"""The span core of the traced process: picks the C extension, or its Python twin.

The twin runs where no extension fits, or with HOOFPRINT_PURE=1. Nothing is
opened, started or hooked by importing this module.

For the rest of the package:

    Span, Context, TracerBase
        The nouns. Context is one Python class for both implementations.
    set_opener(callable or None)
        Called once per process when the first span wants a ring, and again in a
        forked child at its first span. It is expected to call open_ring(), and
        in a child set_defaults(runtime_id=...) before; what it raises is
        counted, not raised. While it runs, spans of the same thread have no ring.
    open_ring(run_dir, ring_size, description) -> path or None
        Makes the ring file. Never raises OSError: None and a count instead.
    open_ring_memfd(ring_size, description) -> fd or None
        The same without a file, for a run directory without room. The caller
        passes the descriptor on and closes it.
    close_ring()
        Forgets the ring; the file stays for its reader. The opener is asked again
        at the next span, unless it closed the ring itself.
    ring_stats() -> dict
        head, tail, string_head, dropped, finished, foreign, open; failures
        (opener, ring or callback raised) and unsent (finished with no ring).
    set_enabled(bool)
        False: spans are made and nested, nothing is opened or sent.
    set_defaults(**values), get_defaults() -> dict
        service, env, version: str or None. inferred_service: True when the
        service was guessed. tags: dict for every span. root_tags: str dict for
        local roots. hostname, runtime_id: str. integration_services: set of
        default service names of integrations. service_mapping: dict.
        trace_id_128: bool. partial_flush_min_spans: int.
    set_on_filling(callable or None)
        Called at a span, at most every 10 s, while the ring is more than half
        full: whoever reads it may be gone. What it raises is counted.
    set_sampler(callable or None)
        Called with the local root Span when a decision is needed and there is
        none: at the root's finish, for headers, at every 300th finished span. It
        sets span.context.sampling_priority (see Span._override_sampling_decision)
        and its tags, or leaves the decision to the agent's rates. Without one, or if
        it raises, they decide at once.
    set_rates(dict or None)
        The agent's rates, "service:S,env:E" to a number; decision maker -1. A trace
        that has none: priority 1, decision maker -0.
    set_on_control(callable or None)
        Called with no arguments at the start of a local root when the control word
        of the ring has changed: the control file is to be read again.
    set_on_chunk(callable or None)
        Holds finished spans until nothing of their local trace is open, or
        partial_flush_min_spans of them have finished; then calls it with the list of
        them and whether the trace is complete. It gives back the list of those to
        write; None: none of them. If it raises, all.
    decide(span)
        Makes the sampling decision of the span's trace, and tells nobody.
    note(bytes)
        Writes a note to the collector, UTF-8 JSON. Without a ring it is kept, within
        bounds, until there is one; a forked child begins with what is kept then.
    sample(span)
        Decides now, and tells the reader before the root finishes.
    active() -> Span, Context or None; activate(span, context or None)
        The active one of this thread or task.
"""

from __future__ import annotations

import os
import sys
import time

from ddtrace import _ringfile
from ddtrace import _span_extras
from ddtrace._context import Context


TYPE_CHECKING = False  # typing itself costs milliseconds to import
if TYPE_CHECKING:
    from typing import Any

_impl: Any = None
# A free-threaded interpreter ("t") takes files of the limited API and crashes in them.
if "t" not in sys.abiflags and os.environ.get("HOOFPRINT_PURE", "") not in ("1", "true"):
    try:
        from ddtrace import _native as _impl
    except ImportError:
        _impl = None
if _impl is None:
    from ddtrace import _pure as _impl

if TYPE_CHECKING:
    from ddtrace._native import Span as Span
    from ddtrace._native import TracerBase as TracerBase
    from ddtrace._native import activate as activate
    from ddtrace._native import active as active
    from ddtrace._native import decide as decide
    from ddtrace._native import get_defaults as get_defaults
    from ddtrace._native import note as note
    from ddtrace._native import sample as sample
    from ddtrace._native import set_defaults as set_defaults
    from ddtrace._native import set_enabled as set_enabled
    from ddtrace._native import set_on_chunk as set_on_chunk
    from ddtrace._native import set_on_control as set_on_control
    from ddtrace._native import set_on_filling as set_on_filling
    from ddtrace._native import set_opener as set_opener
    from ddtrace._native import set_sampler as set_sampler
else:
    Span = _impl.Span
    TracerBase = _impl.TracerBase
    activate = _impl.activate
    active = _impl.active
    decide = _impl.decide
    get_defaults = _impl.get_defaults
    sample = _impl.sample
    set_defaults = _impl.set_defaults
    set_enabled = _impl.set_enabled
    note = _impl.note
    set_on_chunk = _impl.set_on_chunk
    set_on_control = _impl.set_on_control
    set_on_filling = _impl.set_on_filling
    set_opener = _impl.set_opener
    set_sampler = _impl.set_sampler
IS_NATIVE: bool = _impl.WRITER == 1

_impl.set_hooks(
    context=Context,
    set_tag=_span_extras.slow_set_tag,
    set_metric=_span_extras.slow_set_metric,
    serialize=_span_extras.serialize,
)
_span_extras.attach(Span)

_failures = 0
_last_failure: str | None = None
_created_ns = time.time_ns  # replaced by tests that compare whole files


def open_ring(run_dir: str, ring_size: int, description: bytes) -> str | None:
    global _failures, _last_failure
    wrong = _ringfile.check(run_dir, ring_size, description)
    if wrong is None:
        try:
            return _ringfile.create(run_dir, ring_size, description, _impl.WRITER, _created_ns(), _impl.attach)
        except (OSError, ValueError) as error:
            wrong = f"creating a ring of {ring_size} bytes in {run_dir}: {error}"
    _failures += 1
    _last_failure = wrong
    return None


def open_ring_memfd(ring_size: int, description: bytes) -> int | None:
    global _failures, _last_failure
    wrong = _ringfile.check("/", ring_size, description)
    if wrong is None:
        fd = -1
        try:
            fd = os.memfd_create("hoofprint-ring", os.MFD_CLOEXEC)
            pid = os.getpid()
            started = _ringfile.start_time(pid)
            _ringfile.fill(fd, ring_size, description, _impl.WRITER, _created_ns(), pid, started)
            _impl.attach(fd, ring_size)
            return fd
        except (OSError, ValueError) as error:
            wrong = f"creating a ring of {ring_size} bytes in memory: {error}"
            if fd >= 0:
                os.close(fd)
    _failures += 1
    _last_failure = wrong
    return None


def last_ring_failure() -> str | None:
    """Why the last open_ring gave None, for the one line that is logged about it."""
    return _last_failure


def set_rates(rates: dict | None) -> None:
    from ddtrace import _rates

    _impl.set_rates(_rates.entries(rates) if rates else None)


def close_ring() -> None:
    _impl.detach()


def ring_stats() -> dict:
    found: dict = _impl.stats()
    found["failures"] += _failures
    return found
