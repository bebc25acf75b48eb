"""The writer of a ring file, as internal/ring/FORMAT.md lays it down."""

import errno
import mmap
import os
import struct
import sys
import threading
from os import getpid

from ddtrace._pure.strings import INLINE
from ddtrace._pure.strings import Strings
from ddtrace._pure.strings import utf8
from ddtrace._ringfile import RING_OFFSET
from ddtrace._ringfile import SLOT_COUNT
from ddtrace._ringfile import SLOT_SIZE
from ddtrace._ringfile import SLOTS_OFFSET
from ddtrace._ringfile import STRINGS_OFFSET
from ddtrace._ringfile import STRINGS_SIZE


FLAG_LOCAL_ROOT = 1
FLAG_LAST_OPEN = 2

_HEAD, _STRING_HEAD, _DROPPED, _FINISHED, _FOREIGN, _TAIL = (
    32,
    33,
    34,
    35,
    36,
    40,
)  # u64 words of the header

_CONTROL = 48  # the upper half of this word; the lower is armed

_RECORD_FORMAT = "<IBBHQQQQqqQIIIIHHHH"
_RECORD = struct.Struct(_RECORD_FORMAT)
_RECORD_SIZE = _RECORD.size
_SLOT = struct.Struct("<QQQqQIIII")
_ENTRY = struct.Struct("<II")
_NOTE = struct.Struct("<IIII")
_METRIC = struct.Struct("<IId")
MAX_SHAPES = 1024  # spans of a program have a few dozen
_PAD = (b"", b"\0" * 7, b"\0" * 6, b"\0" * 5, b"\0" * 4, b"\0" * 3, b"\0" * 2, b"\0")


def _padded(data: bytes) -> bytes:
    return data + _PAD[len(data) & 7]


def _ref(ident: int, text: str):
    if ident != INLINE:
        return ident, b""
    data = utf8(text)
    return len(data) | 0x80000000, _padded(data)


def _fence():
    """Nothing before is stored after what follows: a lock that is released and taken again sees to it."""
    _FENCE.release()
    _FENCE.acquire()


def _no_fence():
    """x86-64 stores in order."""


_FENCE = threading.Lock()
_FENCE.acquire()
_publish_in_order = _no_fence if os.uname().machine == "x86_64" else _fence


# Before CPython 3.13 a mapping has a descriptor of its own and closes it in the end.
_NO_DESCRIPTOR: dict = {"trackfd": False} if sys.version_info >= (3, 13) else {}
_KEPT: list = []  # mappings that must not be freed: they would close a file of the application


class Ring:
    """One mapped ring. Every method is called under the core's lock."""

    def __init__(self, fd: int, ring_size: int) -> None:
        self._map = mmap.mmap(fd, RING_OFFSET + ring_size, **_NO_DESCRIPTOR)
        # Not MADV_DONTFORK: a child frees this object at some later time, and would then unmap
        # whatever has taken the address since, its own ring at worst.
        view = self._view = memoryview(self._map)
        if int.from_bytes(view[64:68], "little") != getpid():
            view.release()
            self._map.close()
            raise OSError(errno.ESTALE, "forked by a signal handler while the ring was made")
        self._words = view[:4096].cast("Q")
        self._slots = view[SLOTS_OFFSET : SLOTS_OFFSET + SLOT_COUNT * SLOT_SIZE]
        self._slot_words = self._slots.cast("Q")
        self._data = view[RING_OFFSET : RING_OFFSET + ring_size]
        self._size = ring_size
        self.filling = False  # more than half full: its reader may be gone
        self._head = 0
        self._control = 0  # the control word as it was last seen
        self.strings = Strings(view[STRINGS_OFFSET : STRINGS_OFFSET + STRINGS_SIZE], self._set_string_head)
        self._free_slots = list(range(SLOT_COUNT - 1, -1, -1))
        self._thread = threading.local()
        self._shapes: dict = {}

    def close(self) -> None:
        """Unmaps the ring. The core lets go of it before."""
        for view in (
            self._words,
            self._slot_words,
            self._slots,
            self._data,
            self.strings.view,
            self._view,
        ):
            view.release()
        if self._has_its_descriptor():
            self._map.close()
        else:
            _KEPT.append(self._map)

    def _has_its_descriptor(self) -> bool:
        """Not when the program has closed it, as daemons do: its number may be that of a file of theirs."""
        if _NO_DESCRIPTOR:
            return True
        try:
            return self._map.size() == len(self._map)
        except OSError:
            return False

    def _set_string_head(self, used: int) -> None:
        _publish_in_order()
        self._words[_STRING_HEAD] = used

    def _thread_id(self) -> int:
        try:
            return self._thread.id
        except AttributeError:
            self._thread.id = ident = threading.get_native_id()
            return ident

    def open_slot(self, span) -> int:
        """Shows an open span; -1 when every slot is taken."""
        if not self._free_slots:
            return -1
        slot = self._free_slots.pop()
        local = span._local
        name, service, resource = span._string_ids
        if INLINE in span._string_ids:
            name, service, resource = (0 if ident == INLINE else ident for ident in span._string_ids)
        _SLOT.pack_into(
            self._slots,
            slot * SLOT_SIZE + 8,
            span._trace_hi,
            span._trace_lo,
            span._parent_id,
            span._start,
            local.root_id,
            name,
            service,
            resource,
            self._thread_id(),
        )
        self._slot_words[slot * (SLOT_SIZE // 8)] = span._span_id
        return slot

    def close_slot(self, slot: int) -> None:
        self._slot_words[slot * (SLOT_SIZE // 8)] = 0
        self._free_slots.append(slot)

    def write_span(self, span, root_id: int, flags: int, encoded) -> None:
        strings = self.strings
        key_ids, value_ids = strings.ids.get, strings.value_ids.get
        attributes = span._attributes
        span_type = span._type
        name_id, service_id, resource_id = span._string_ids
        type_id = key_ids(span_type)
        if type_id is None:
            type_id = strings.intern(span_type)
        inline = INLINE in (name_id, service_id, resource_id, type_id)
        tags = 0
        ids: list = []  # of tags: key, value; then of metrics: key, 0, the number
        for key, value in attributes.items():
            if type(value) is str:
                tags += 1
                ident = key_ids(key)
                if ident is None and (ident := strings.intern(key)) == INLINE:
                    inline = True
                ids.append(ident)
                ident = value_ids(value)
                if ident is None and (ident := strings.value(value)) == INLINE:
                    inline = True
                ids.append(ident)
        metrics = len(attributes) - tags
        if metrics:
            for key, value in attributes.items():
                if type(value) is not str:
                    ident = key_ids(key)
                    if ident is None and (ident := strings.intern(key)) == INLINE:
                        inline = True
                    ids += (ident, 0, value)
        words = self._words
        words[_FINISHED] += 1
        shape = tags << 16 | metrics
        plain = self._shapes.get(shape) or self._shape(shape)
        size = plain.size
        head = self._head
        used = head + size - words[_TAIL]
        if used > self._size >> 1:
            self.filling = True
        at = head & (self._size - 1)
        if inline or encoded or at + size > self._size or size > self._size >> 2 or used > self._size:
            parts: list = []
            refs: list = []
            for ident, text in (
                (name_id, span._name),
                (service_id, span._service),
                (resource_id, span._resource),
                (type_id, span_type),
            ):
                ref, data = _ref(ident, text)
                refs.append(ref)
                parts.append(data)
            structs = self._entries(attributes, ids, encoded, parts)
            self._append(
                1, 1 if span._error else 0, flags, span._trace_hi, span._trace_lo, span._span_id, span._parent_id,
                span._start, span._duration or 0, root_id, refs, tags, metrics, structs, parts,
            )  # fmt: skip
            return
        # Nothing stands inline and nothing wraps: one call writes the whole record.
        plain.pack_into(
            self._data, at, size, 1, 1 if span._error else 0, flags, span._trace_hi, span._trace_lo, span._span_id,
            span._parent_id, span._start, span._duration or 0, root_id,
            name_id, service_id, resource_id, type_id, tags, metrics, 0, 0, *ids,
        )  # fmt: skip
        _publish_in_order()
        self._head = words[_HEAD] = head + size

    def _shape(self, shape: int) -> struct.Struct:
        """The layout of a record without inline strings, by its numbers of tags and metrics."""
        tags, metrics = shape >> 16, shape & 0xFFFF
        made = struct.Struct(f"{_RECORD_FORMAT}{2 * tags}I{'IId' * metrics}")
        if len(self._shapes) < MAX_SHAPES:
            self._shapes[shape] = made
        return made

    def write_decision(self, local, priority: int, attributes: dict) -> None:
        parts: list = []
        ids: list = []
        for key, value in attributes.items():
            ids += (self.strings.intern(key), self.strings.value(value))
        self._entries(attributes, ids, None, parts)
        self._append(
            2, priority & 0xFF, 0, local.trace_hi, local.trace_lo, 0, 0, 0, 0, local.root_id,
            (0, 0, 0, 0), len(attributes), 0, 0, parts,
        )  # fmt: skip

    def _entries(self, attributes, ids, encoded, parts) -> int:
        """Adds the bytes of tags, metrics and structs to `parts`; the number of structs."""
        known = iter(ids)
        for key, value in attributes.items():
            if type(value) is str:
                key_ref, key_inline = _ref(next(known), key)
                value_ref, value_inline = _ref(next(known), value)
                parts.append(_ENTRY.pack(key_ref, value_ref) + key_inline + value_inline)
        for key, value in attributes.items():
            if type(value) is not str:
                key_ref, key_inline = _ref(next(known), key)
                parts.append(_METRIC.pack(key_ref, next(known), next(known)) + key_inline)
        for key, data in (encoded or {}).items():
            key_ref, key_inline = _ref(self.strings.intern(key), key)
            parts.append(_ENTRY.pack(key_ref, len(data)) + key_inline + _padded(data))
        return len(encoded or ())

    def _append(
        self,
        kind,
        error,
        flags,
        hi,
        lo,
        span,
        parent,
        start,
        duration,
        root,
        refs,
        tags,
        metrics,
        structs,
        parts,
    ):
        body = b"".join(parts)
        size = _RECORD_SIZE + len(body)
        used = self._head + size - self._words[_TAIL]
        if used > self._size >> 1:
            self.filling = True
        if size > self._size // 4 or used > self._size:
            if kind == 1:
                self._words[_DROPPED] += 1
            return
        record = (
            _RECORD.pack(
                size,
                kind,
                error,
                flags,
                hi,
                lo,
                span,
                parent,
                start,
                duration,
                root,
                *refs,
                tags,
                metrics,
                structs,
                0,
            )
            + body
        )
        self._publish(record)

    def _publish(self, record: bytes) -> None:
        size = len(record)
        at = self._head & (self._size - 1)
        room = self._size - at
        self._data[at : at + min(size, room)] = record[:room]
        if size > room:
            self._data[: size - room] = record[room:]
        self._head += size
        _publish_in_order()
        self._words[_HEAD] = self._head

    def write_note(self, note: bytes) -> bool:
        """False: there is no room now. One that never has room is left out."""
        record = _NOTE.pack(_NOTE.size + (len(note) + 7 & ~7), 3, len(note), 0) + _padded(note)
        if len(record) > self._size // 4:
            return True
        used = self._head + len(record) - self._words[_TAIL]
        if used > self._size >> 1:
            self.filling = True
        if used > self._size:
            return False
        self._publish(record)
        return True

    def control_changed(self) -> bool:
        """Whether the control word has changed since the last call."""
        now = self._words[_CONTROL] >> 32
        changed = now != self._control
        self._control = now
        return changed

    def count_foreign(self, count: int) -> None:
        self._words[_FOREIGN] += count

    def stats(self) -> dict:
        words = self._words
        return {
            "head": words[_HEAD],
            "tail": words[_TAIL],
            "string_head": words[_STRING_HEAD],
            "dropped": words[_DROPPED],
            "finished": words[_FINISHED],
            "foreign": words[_FOREIGN],
            "open": SLOT_COUNT - len(self._free_slots),
        }
