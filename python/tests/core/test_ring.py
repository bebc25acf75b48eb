"""The ring: its file, its limits, the slots of open spans, and outages."""

import os
import stat
import struct
import subprocess
import sys

import pytest
from ddtrace import _core
from ddtrace import _ringfile
from ringreader import Reader


def test_the_file(tracer, rings):
    with tracer.trace("root"):
        pass
    (name,) = os.listdir(rings.directory)
    started = _ringfile.start_time(os.getpid())
    assert name == f"{os.getpid()}-{started}.ring"
    info = os.stat(os.path.join(rings.directory, name))
    assert stat.S_IMODE(info.st_mode) == 0o600 and info.st_size == info.st_blocks * 512
    assert stat.S_IMODE(os.stat(rings.directory).st_mode) == 0o700
    reader = rings.mine
    assert (reader.version, reader.header_size, reader.slot_count, reader.slot_size) == (1, 4096, 4096, 64)
    assert (reader.slots_offset, reader.strings_offset, reader.ring_offset) == (4096, 266240, 2363392)
    assert (reader.strings_size, reader.ring_size) == (2 << 20, rings.size)
    assert (reader.pid, reader.ppid, reader.started) == (os.getpid(), os.getppid(), started)
    assert reader.hexversion == sys.hexversion and reader.writer == (1 if _core.IS_NATIVE else 2)
    assert reader.description == b"{}" and reader.strings[0] == ""


def test_a_second_ring_of_one_process(tracer, rings):
    open_across = tracer.trace("across")
    tracer.trace("first").finish()
    _core.close_ring()
    tracer.trace("second").finish()
    open_across.finish()
    paths = sorted(os.listdir(rings.directory), key=len)
    assert len(paths) == 2 and paths[1] == paths[0].replace(".ring", "-1.ring")
    first, second = (Reader(os.path.join(rings.directory, path)) for path in paths)
    assert [span["name"] for span in first.spans()] == ["first"]
    assert [span["name"] for span in second.spans()] == ["second", "across"]
    assert [span["name"] for span in first.open_spans()] == ["across"]
    assert second.open_spans() == []


def test_open_spans_are_shown(tracer, rings):
    root = tracer.trace("root", resource="r")
    child = tracer.trace("child", service="x")
    shown = {span["name"]: span for span in rings.mine.open_spans()}
    assert set(shown) == {"root", "child"}
    found = shown["child"]
    assert (found["span_id"], found["parent_id"], found["local_root"]) == (child.span_id, root.span_id, root.span_id)
    assert (found["trace_id"], found["start"], found["service"]) == (root.trace_id, child.start_ns, "x")
    assert found["thread"] == os.getpid()
    child.finish()
    root.finish()
    assert rings.mine.open_spans() == []


def test_an_abandoned_span_is_no_longer_open(tracer, rings):
    with tracer.trace("root") as root:
        tracer.start_span("abandoned", child_of=root)
    with tracer.trace("x"):
        pass
    assert rings.span("root")["flags"] == 3
    assert rings.mine.open_spans() == []


def test_more_open_spans_than_slots(tracer, rings):
    spans = [tracer.start_span("many") for _ in range(5000)]
    assert len(rings.mine.open_spans()) == 4096
    for span in spans:
        span.finish()
    assert _core.ring_stats()["open"] == 0
    assert len(rings.spans()["many"]) == 5000


def test_a_ring_that_fills_up_is_told_of_once(tracer, rings):
    rings.size = 1 << 16
    told = []

    def filling():
        stats = _core.ring_stats()
        told.append(stats["head"] - stats["tail"])
        with tracer.trace("made by the callback"):
            pass
        raise RuntimeError("counted, not raised")

    _core.set_on_filling(filling)
    try:
        failures = _core.ring_stats()["failures"]
        while _core.ring_stats().get("dropped", 0) == 0:
            tracer.trace("span").finish()
    finally:
        _core.set_on_filling(None)
    (used,) = told
    assert 1 << 15 < used < 3 << 14
    assert _core.ring_stats()["failures"] == failures + 1


def test_a_new_ring_is_not_told_of_for_the_last_one(tracer, rings):
    rings.size = 1 << 16
    while _core.ring_stats().get("dropped", 0) == 0:
        tracer.trace("span").finish()
    _core.close_ring()
    told = []
    _core.set_on_filling(lambda: told.append(True))
    try:
        for _ in range(3):
            tracer.trace("span").finish()
    finally:
        _core.set_on_filling(None)
    assert told == []


def test_a_full_ring_drops_and_counts(tracer, rings):
    rings.size = 1 << 16
    with tracer.trace("root"):
        for _ in range(1000):
            with tracer.trace("x") as span:
                span.set_tag("k", "v" * 200)
    reader = rings.mine
    written = len(reader.spans())
    assert reader.finished == 1001 and written + reader.dropped == 1001 and reader.dropped > 700
    # The reader makes room; everything after it is written again.
    (path,) = os.listdir(rings.directory)
    with open(os.path.join(rings.directory, path), "r+b") as f:
        f.seek(320)
        f.write(struct.pack("<Q", reader.head))
    tracer.trace("after").finish()
    assert [span["name"] for span in rings.mine.spans()] == ["after"]


def test_a_record_beyond_a_quarter_of_the_ring_is_dropped(tracer, rings):
    rings.size = 1 << 16
    with tracer.trace("big") as span:
        span.set_tag("k", "v" * 20000)
    assert rings.mine.dropped == 1 and rings.mine.head == 0


def test_long_and_odd_strings(tracer, rings):
    with tracer.trace("\ud800x", resource="r" * 25001) as span:
        span.set_tag("漢" * 30, "漢" * 9000)
        span.set_tag("exact", "e" * 25000)
    (found,) = rings.mine.spans()
    assert found["name"] == "\ufffdx" and found["resource"] == "r" * 24997 + "..."
    assert found["tags"]["漢" * 30] == "漢" * 8332 + "..." and found["tags"]["exact"] == "e" * 25000


def test_many_distinct_strings(tracer, rings):
    """Beyond what the strings region holds, strings stand inline."""
    rings.size = 1 << 24
    with tracer.trace("root"):
        for i in range(12000):
            with tracer.trace(f"name {i} " + "n" * 200) as span:
                span.set_tag(f"key {i}", "v")
    reader = rings.mine
    assert reader.dropped == 0
    spans = reader.spans()
    assert [span["name"].split()[1] for span in spans[:-1]] == [str(i) for i in range(12000)]
    assert all(f"key {i}" in span["tags"] for i, span in enumerate(spans[:-1]))
    assert reader.string_head <= 2 << 20


def test_values_are_interned_when_seen_twice(tracer, rings):
    with tracer.trace("root"):
        for _ in range(3):
            with tracer.trace("x", resource="".join(["GET ", "/"])) as span:
                span.set_tag("k", "".join(["a", "b", "c"]))
                span.set_tag("long", "y" * 129)
        with tracer.trace("once", resource="only once"):
            pass
    strings = rings.mine.strings
    assert strings.count("GET /") == 1 and strings.count("abc") == 1
    assert "only once" not in strings and "y" * 129 not in strings
    assert len(set(strings)) == len(strings)


@pytest.mark.parametrize(
    "directory, size, description",
    [
        ("/proc/nowhere/run", 1 << 16, b"{}"),
        ("relative", 1 << 16, b"{}"),
        (None, 1000, b"{}"),
        (None, 1 << 16, b"x" * 4000),
    ],
)
def test_failures_to_open_are_counted(rings, tracer, directory, size, description):
    before = _core.ring_stats()["failures"]
    assert _core.open_ring(directory or rings.directory, size, description) is None
    assert _core.ring_stats()["failures"] == before + 1
    assert _core.last_ring_failure()


def test_a_run_directory_of_others_is_refused(rings):
    os.mkdir(rings.directory, 0o700)
    os.chmod(rings.directory, 0o777)
    assert rings.open() is None
    assert os.listdir(rings.directory) == []
    os.rmdir(rings.directory)
    os.symlink("/tmp", rings.directory)
    assert rings.open() is None


def test_without_a_ring_spans_are_counted(tracer):
    calls = []

    def opener():
        calls.append(1)
        raise RuntimeError("no room")

    _core.set_opener(opener)
    before = _core.ring_stats()
    for _ in range(3):
        with tracer.trace("x"):
            pass
    after = _core.ring_stats()
    assert len(calls) == 1
    assert after["unsent"] == before["unsent"] + 3 and after["failures"] == before["failures"] + 1


def test_an_opener_that_makes_spans(tracer, rings):
    def opener():
        with tracer.trace("inner"):
            pass
        return rings.open()

    _core.set_opener(opener)
    with tracer.trace("outer"):
        pass
    assert list(rings.spans()) == ["outer"]


def test_a_ring_in_memory(tracer):
    _core.set_opener(None)
    fd = _core.open_ring_memfd(1 << 16, b"{}")
    with tracer.trace("x"):
        pass
    path = f"/proc/self/fd/{fd}"
    assert [span["name"] for span in Reader(path).spans()] == ["x"]
    os.close(fd)


def test_importing_opens_nothing(tmp_path):
    code = "import os, ddtrace._core, ddtrace.trace; print(os.listdir(os.environ['HOOFPRINT_RUN_DIR']))"
    environment = {**os.environ, "HOOFPRINT_RUN_DIR": str(tmp_path)}
    assert subprocess.check_output([sys.executable, "-c", code], env=environment).strip() == b"[]"


def test_no_descriptor_stays_open(tracer, rings):
    tracer.trace("x").finish()
    descriptors = [f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd")]
    ours = [path for path in descriptors if os.path.exists(path) and os.readlink(path).endswith(".ring")]
    # Before CPython 3.13 the twin's mmap object keeps a descriptor of its own.
    assert len(ours) == (0 if _core.IS_NATIVE or sys.version_info >= (3, 13) else 1)
