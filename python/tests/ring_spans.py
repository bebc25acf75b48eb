"""The spans of a run directory's rings, in the shape the tests compare."""

import glob
import json
import os
import sys


sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "core"))

from ringreader import Reader


class _Reader(Reader):
    def records(self):
        # One doubled ring for all records: they may wrap.
        ring = self.data[self.ring_offset : self.ring_offset + self.ring_size]
        ring += ring[: self.ring_size // 4]
        at = self.tail
        while at < self.head:
            offset = at % self.ring_size
            size = int.from_bytes(ring[offset : offset + 4], "little")
            assert size % 8 == 0 and 16 <= size <= self.ring_size // 4, size
            yield self._record(ring[offset : offset + size])
            at += size
        assert at == self.head


def read(run_dir):
    """Every span of every ring in a directory, with its pid."""
    spans = []
    for path in glob.glob(os.path.join(run_dir, "*.ring")):
        reader = _Reader(path)
        assert not reader.dropped, "the ring was too small for the test"
        for span in reader.spans():
            span["pid"] = reader.pid
            span["meta"] = span.pop("tags")
            links = span["structs"].get("_dd.span_links") or span["meta"].get("_dd.span_links")
            if isinstance(links, bytes):
                links = json.loads(links)
            if links:
                span["span_links"] = links
            spans.append(span)
    return spans
