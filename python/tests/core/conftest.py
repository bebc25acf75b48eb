import os

import pytest
from ddtrace import _core
from ddtrace.trace import tracer as the_tracer
from ringreader import Reader


PLAIN = {
    "service": "svc", "env": None, "version": None, "tags": None, "root_tags": None, "hostname": None,
    "runtime_id": "0" * 32, "inferred_service": False, "integration_services": None, "service_mapping": None,
    "trace_id_128": True, "partial_flush_min_spans": 300,
}  # fmt: skip


class Rings:
    """The rings that one test and its child processes wrote."""

    def __init__(self, directory):
        self.directory = directory
        self.size = 1 << 20

    def open(self):
        return _core.open_ring(self.directory, self.size, b"{}")

    def readers(self):
        return [Reader(os.path.join(self.directory, name)) for name in sorted(os.listdir(self.directory))]

    @property
    def mine(self):
        for reader in self.readers():
            if reader.pid == os.getpid():
                return reader
        raise AssertionError("this process wrote no ring")

    def spans(self):
        """All spans of all processes, by name."""
        found = {}
        for reader in self.readers():
            assert reader.dropped == 0
            for span in reader.spans():
                span["pid"] = reader.pid
                found.setdefault(span["name"], []).append(span)
        return found

    def span(self, name):
        (found,) = self.spans()[name]
        return found


@pytest.fixture(autouse=True)
def rings(tmp_path):
    """A clean core that writes to a run directory of this test."""
    rings = Rings(str(tmp_path / "run"))
    _core.close_ring()
    before = _core.open_ring_memfd(1 << 20, b"{}")  # takes the notes that others left waiting
    _core.close_ring()
    os.close(before)
    _core.activate(None)
    _core.set_defaults(**PLAIN)
    _core.set_sampler(None)
    _core.set_rates(None)
    _core.set_on_control(None)
    _core.set_enabled(True)
    _core.set_opener(rings.open)
    yield rings
    _core.set_opener(None)
    _core.close_ring()
    _core.activate(None)
    _core.set_sampler(None)
    _core.set_rates(None)
    _core.set_on_control(None)
    _core.set_enabled(True)
    _core.set_defaults(**PLAIN)


@pytest.fixture
def tracer():
    return the_tracer
