"""What one process knows: its ring, its defaults, its hooks; and how a fork changes it."""

from __future__ import annotations

import contextvars
import gc
import os
import sys
import time
from _thread import RLock
from os import getpid

from ddtrace._pure.ids import Ids
from ddtrace._pure.ring import Ring


TYPE_CHECKING = False  # typing itself costs milliseconds to import
if TYPE_CHECKING:
    from typing import Any
    from typing import Callable

ACTIVE: contextvars.ContextVar = contextvars.ContextVar("ddtrace_active", default=None)

DEFAULTS = {
    "service": None,
    "env": None,
    "version": None,
    "tags": None,
    "root_tags": None,
    "hostname": None,
    "runtime_id": "",
    "inferred_service": False,
    "integration_services": None,
    "service_mapping": None,
    "trace_id_128": True,
    "partial_flush_min_spans": 300,
}


# Notes that wait for a ring.
MAX_NOTES = 256
MAX_NOTES_BYTES = 256 << 10

# A reader that is only slow is not asked about at each span.
FILLING_PATIENCE_SECONDS = 10.0


# How long a lock is waited for before asking whether the interpreter is at its end.
ENDING_PATIENCE_SECONDS = 0.1


class Lock(RLock):
    """A reentrant lock that does not outlive its holder: at the end of the interpreter daemon threads stop wherever
    they are, and what is finalised then would wait for them for ever."""

    lost = False

    def __enter__(self) -> bool:
        if not self.acquire(False):
            while not self.lost and not self.acquire(timeout=ENDING_PATIENCE_SECONDS):
                self.lost = sys.is_finalizing()
        return True

    def __exit__(self, *_args: Any) -> None:
        if not self.lost:
            self.release()


class State:
    def __init__(self) -> None:
        self.lock = Lock()  # a signal handler or finaliser may trace inside of it: see busy
        self.busy = False  # this thread is writing; what it is called back for has to wait
        self.pending: list = []  # (function, its arguments) that were asked for meanwhile
        self.chunks: list = []  # local traces whose held spans are due
        self.opening = Lock()
        self.is_opening = False
        self.pid = os.getpid()
        self.epoch = 1  # counts forks; a span of another epoch was started in a parent process
        self.generation = 0  # counts rings; string ids are of one ring
        self.ring: Ring | None = None
        self.asked = False
        self.enabled = True
        self.opener: Callable[[], Any] | None = None
        self.on_filling: Callable[[], Any] | None = None
        self.filling_asked = -FILLING_PATIENCE_SECONDS
        self.on_chunk: Callable[[list, bool], Any] | None = None
        self.on_control: Callable[[], Any] | None = None
        self.sampler: Callable[[Any], Any] | None = None
        self.rates: dict | None = None
        self.notes: list = []  # those that wait for a ring; a forked child begins with them too
        self.failures = 0
        self.unsent = 0
        self.foreign = 0
        # Spans that were collected unfinished: (local trace, slot, generation, epoch). Garbage is
        # collected anywhere, also while this thread holds the lock, so they wait for the next span.
        self.abandoned: list = []
        self.ids = Ids()
        self.clock: Callable[[], int] = time.time_ns
        self.hooks: dict = {}
        self.defaults = dict(DEFAULTS)
        self.partial_flush = self.defaults["partial_flush_min_spans"]

    def after_fork(self) -> None:
        self.lock = Lock()
        self.busy = False
        self.pending = []
        self.chunks = []
        self.opening = Lock()
        self.is_opening = False
        self.pid = os.getpid()
        self.epoch += 1
        self.generation += 1
        ring, self.ring = self.ring, None
        if ring is not None:
            # A signal handler may have forked while this thread was writing. When it goes on with that,
            # it must not find the parent's memory: it gets an error, see take.
            ring.close()
        self.filling_asked = -FILLING_PATIENCE_SECONDS
        self.asked = False
        self.failures = self.unsent = self.foreign = 0
        self.abandoned = []
        self.ids = Ids()

    def ring_wanted(self) -> bool:
        """Whether spans are to be written; opens the ring when that is due."""
        if self.pid != getpid():
            self.after_fork()
        if self.ring is not None:
            if self.ring.filling:
                self.see_to_reader()
            return self.enabled
        if (not self.asked or self.is_opening) and self.enabled and self.opener is not None:
            # Other threads wait here until the ring is there; the opener's own spans do not.
            with self.opening:
                if not self.asked:
                    self.is_opening = True
                    self.asked = True
                    try:
                        self.opener()
                    except Exception:
                        self.failures += 1
                    finally:
                        self.is_opening = False
                        self.asked = True  # also if it has closed again what it opened: it has given up
        return self.enabled and self.ring is not None

    def see_to_reader(self) -> None:
        ring, now = self.ring, time.monotonic()
        if ring is not None:
            ring.filling = False
        if self.on_filling is None or now - self.filling_asked < FILLING_PATIENCE_SECONDS:
            return
        self.filling_asked = now
        try:
            self.on_filling()
        except Exception:
            self.failures += 1

    def see_to_control(self) -> None:
        ring = self.ring
        if ring is None or not ring.control_changed():
            return
        try:
            self.on_control()
        except Exception:
            self.failures += 1

    def take(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Calls what changes the ring, under the lock; if this thread is amid such a thing, after it."""
        if self.busy:
            self.pending.append((function, arguments))
            return None
        epoch = self.epoch
        self.busy = True
        try:
            return function(*arguments)
        except Exception:
            if self.epoch == epoch:
                raise
            return None  # forked amid it
        finally:
            self.busy = False
            if self.pending:
                self.take_pending()

    def take_pending(self) -> None:
        """Does what a signal handler or a finaliser asked for while this thread was writing; under the lock."""
        while self.pending and not self.busy:
            epoch = self.epoch
            self.busy = True  # before it is taken out: what comes meanwhile has to stand behind it
            try:
                if self.pending:
                    function, arguments = self.pending.pop(0)
                    function(*arguments)
            except Exception:
                if self.epoch == epoch:
                    raise
            finally:
                self.busy = False

    def add_note(self, note: bytes, epoch: int) -> None:
        self.flush_notes()
        if not self.notes and self.ring is not None and self.ring.write_note(note):
            return
        room = len(self.notes) < MAX_NOTES and sum(map(len, self.notes)) + len(note) <= MAX_NOTES_BYTES
        if room and self.epoch == epoch:  # else a signal handler forked amid this: it is the parent's note
            self.notes.append(note)

    def flush_notes(self) -> None:
        """Writes what has waited; under the lock, while this thread is not writing."""
        while self.notes and self.ring is not None:
            if not self.ring.write_note(self.notes[0]):
                return
            del self.notes[0]

    def settle(self) -> None:
        """Closes what was abandoned; under the lock."""
        while self.abandoned:
            local, slot, generation, epoch = self.abandoned.pop()
            if epoch == self.epoch:
                local.open -= 1
                if not local.open and local.held:
                    self.chunks.append(local)
                if slot >= 0 and generation == self.generation and self.ring is not None:
                    self.ring.close_slot(slot)


if sys.version_info >= (3, 12):
    set_active = ACTIVE.set
else:

    def set_active(value: Any) -> None:
        # There garbage may be collected amid set(); a finaliser that traces then sets the variable
        # too, and CPython goes on with a mapping that was freed.
        enabled = gc.isenabled()
        gc.disable()
        try:
            ACTIVE.set(value)
        finally:
            if enabled:
                gc.enable()


STATE = State()


def _after_fork_in_child() -> None:
    if STATE.pid != os.getpid():
        STATE.after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)


def attach(fd: int, ring_size: int) -> None:
    ring = Ring(fd, ring_size)
    with STATE.lock:
        if STATE.ring is not None:
            STATE.ring.close()
        STATE.ring = ring
        STATE.asked = True
        STATE.generation += 1
        ring.count_foreign(STATE.foreign)
        STATE.take(STATE.flush_notes)


def detach() -> None:
    with STATE.lock:
        ring, STATE.ring = STATE.ring, None
        if ring is not None:
            ring.close()
            STATE.asked = False
            STATE.generation += 1


def stats() -> dict:
    with STATE.lock:
        found = STATE.ring.stats() if STATE.ring is not None else {}
        found.update(failures=STATE.failures, unsent=STATE.unsent)
        found["foreign"] = STATE.foreign
        return found


def set_opener(opener: Callable[[], Any] | None) -> None:
    STATE.opener = opener
    STATE.asked = STATE.ring is not None


def set_on_filling(callback: Callable[[], Any] | None) -> None:
    STATE.on_filling = callback
    STATE.filling_asked = -FILLING_PATIENCE_SECONDS


def set_on_chunk(callback: Callable[[list, bool], Any] | None) -> None:
    STATE.on_chunk = callback


def set_on_control(callback: Callable[[], Any] | None) -> None:
    STATE.on_control = callback


def set_rates(rates: dict | None) -> None:
    STATE.rates = rates or None


def note(note: bytes) -> None:
    if type(note) is not bytes:
        raise TypeError(f"a note is bytes, not {type(note).__name__}")
    if STATE.pid != getpid():
        STATE.after_fork()
    with STATE.lock:
        STATE.take(STATE.add_note, note, STATE.epoch)


def set_enabled(enabled: bool) -> None:
    STATE.enabled = bool(enabled)


def set_sampler(sampler: Callable[[Any], Any] | None) -> None:
    STATE.sampler = sampler


def set_hooks(**hooks: Any) -> None:
    STATE.hooks.update(hooks)


def set_defaults(**values: Any) -> None:
    unknown = set(values) - set(DEFAULTS)
    if unknown:
        raise TypeError(f"set_defaults() knows no {', '.join(sorted(unknown))}")
    STATE.defaults.update(values)
    STATE.partial_flush = STATE.defaults["partial_flush_min_spans"] or 1 << 32


def get_defaults() -> dict:
    return dict(STATE.defaults)


def test_clock(now: int | None, step: int = 0) -> None:
    """For tests: a clock that begins at `now` and moves by `step` at each look; None is the real one."""
    if now is None:
        STATE.clock = time.time_ns
        return
    reading = [now - step]

    def clock() -> int:
        reading[0] += step
        return reading[0]

    STATE.clock = clock


def test_ids(seed: int | None) -> None:
    """For tests: ids from a fixed seed; None is a random one."""
    STATE.ids = Ids(seed)
