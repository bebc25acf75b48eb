"""Reads a ring file back: an independent reader, written from FORMAT.md alone."""

import struct


RECORD = struct.Struct("<IBBHQQQQqqQIIIIHHHH")


class Reader:
    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = data = f.read()
        assert data[:8] == b"HOOFRING"
        (self.version, self.header_size, self.slots_offset, self.slot_count, self.slot_size,
         self.strings_offset, self.strings_size, self.ring_offset, self.ring_size,
         self.pid, self.ppid, self.started, self.created, self.hexversion, self.writer,
         ) = struct.unpack_from("<IIQIIQQQQIIQqII", data, 8)  # fmt: skip
        self.head, self.string_head, self.dropped, self.finished, self.foreign = struct.unpack_from("<5Q", data, 256)
        self.tail = struct.unpack_from("<Q", data, 320)[0]
        length = struct.unpack_from("<I", data, 448)[0]
        self.description = data[452 : 452 + length]
        self.strings = list(self._strings())

    def _strings(self):
        at = self.strings_offset
        end = at + self.string_head
        while at < end:
            (length,) = struct.unpack_from("<I", self.data, at)
            yield self.data[at + 4 : at + 4 + length].decode("utf-8")
            at += 4 + (length + 3) // 4 * 4

    def records(self):
        """Every record between tail and head, as dicts."""
        ring = self.data[self.ring_offset : self.ring_offset + self.ring_size]
        ring += ring[: self.ring_size // 4]  # records may wrap
        at = self.tail
        while at < self.head:
            offset = at % self.ring_size
            (size,) = struct.unpack_from("<I", ring, offset)
            assert size % 8 == 0 and 16 <= size <= self.ring_size // 4, size
            yield self._record(ring[offset : offset + size])
            at += size
        assert at == self.head

    def spans(self):
        return [r for r in self.records() if r["kind"] == 1]

    def decisions(self):
        return [r for r in self.records() if r["kind"] == 2]

    def notes(self):
        return [r["note"] for r in self.records() if r["kind"] == 3]

    def _record(self, data):
        if data[4] == 3:
            length, zero = struct.unpack_from("<II", data, 8)
            assert data[5:8] == b"\0\0\0" and zero == 0 and len(data) == 16 + (length + 7) // 8 * 8
            assert not any(data[16 + length :])
            return {"kind": 3, "note": data[16 : 16 + length].decode("utf-8")}
        (_, kind, error, flags, hi, lo, span_id, parent_id, start, duration, root,
         name, service, resource, span_type, tags, metrics, structs, zero) = RECORD.unpack_from(data)  # fmt: skip
        assert zero == 0
        self._at = RECORD.size

        def ref(value):
            if not value & 0x80000000:
                return self.strings[value]
            length = value & 0x7FFFFFFF
            text = data[self._at : self._at + length].decode("utf-8")
            self._at += (length + 7) // 8 * 8
            return text

        found = {
            "kind": kind, "error": error, "flags": flags, "trace_id": hi << 64 | lo, "span_id": span_id,
            "parent_id": parent_id, "start": start, "duration": duration, "local_root": root,
            "name": ref(name), "service": ref(service), "resource": ref(resource), "type": ref(span_type),
            "tags": {}, "metrics": {}, "structs": {},
        }  # fmt: skip
        if kind == 2:
            found["priority"] = struct.unpack("<b", bytes([error]))[0]
        for _ in range(tags):
            key, value = struct.unpack_from("<II", data, self._at)
            self._at += 8
            name = ref(key)
            assert name not in found["tags"]
            found["tags"][name] = ref(value)
        for _ in range(metrics):
            key, _zero, value = struct.unpack_from("<IId", data, self._at)
            self._at += 16
            found["metrics"][ref(key)] = value
        for _ in range(structs):
            key, length = struct.unpack_from("<II", data, self._at)
            self._at += 8
            name = ref(key)
            found["structs"][name] = data[self._at : self._at + length]
            self._at += (length + 7) // 8 * 8
        assert self._at == len(data)
        return found

    def open_spans(self):
        found = []
        for slot in range(self.slot_count):
            at = self.slots_offset + slot * self.slot_size
            span_id, hi, lo, parent, start, root, name, service, resource, thread = struct.unpack_from(
                "<QQQQqQIIII", self.data, at
            )
            if span_id:
                found.append(
                    {
                        "span_id": span_id,
                        "trace_id": hi << 64 | lo,
                        "parent_id": parent,
                        "start": start,
                        "local_root": root,
                        "name": self.strings[name],
                        "service": self.strings[service],
                        "resource": self.strings[resource],
                        "thread": thread,
                    }  # fmt: skip
                )
        return found
