"""Makes ring files of fixed bytes, for both writers and the Go reader to be held against.

    golden.py <name> <file>    writes one golden ring with the selected implementation
    golden.py --commit         writes internal/ring/testdata again

Run with PYTHONHASHSEED=0: which values are interned hangs on their hashes. What
differs between processes (pids, times, Python version, writer, thread ids) is 0, and so is
the free part of the ring.
"""

import gzip
import json
import os
import struct
import subprocess
import sys
import tempfile


HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(os.path.dirname(HERE))
TESTDATA = os.path.join(os.path.dirname(PACKAGE), "internal", "ring", "testdata")

NOW = 1700000000123456789
KIB = 1024
DESCRIPTION = {
    "service": "golden",
    "env": "test",
    "version": "1.0",
    "runtime_id": "00112233445566778899aabbccddeeff",
    "lang_version": "3.11.7",
    "interpreter": "CPython",
    "tracer_version": "4.16.0",
    "hostname": "",
    "agent_url": "http://localhost:8126",
    "api_version": "v0.5",
    "container_id": "",
    "command": "python golden.py",
}


def _shapes(tracer, _core):
    """Every shape of span: roots, children, errors, links, events, structs, odd strings, open spans."""
    from ddtrace.trace import Context

    with tracer.trace("web.request", service="golden", resource="GET /users", span_type="web") as root:
        root.set_metric("process_id", 4242)
        root.set_tag("http.method", "GET")
        root.set_tag("http.status_code", 200)
        for _ in range(3):
            with tracer.trace("db.query", service="golden-db", resource="SELECT 1", span_type="sql") as span:
                span.set_tag("db.system", "sqlite")
                span.set_metric("db.row_count", 3)
        with tracer.trace("failing") as span:
            span.error = 1
            span.set_tag("error.type", "builtins.ValueError")
            span.set_tag("error.message", "über\nzwei")
            span.set_tag("error.stack", "Traceback (most recent call last):\n  ...\n")
        with tracer.trace("linked") as span:
            span.set_link(1 << 64 | 2, 3, tracestate="dd=s:1", flags=1, attributes={"a": [1, "x"], "b": True})
            span._add_event("retry", {"attempt": 2}, NOW)
        with tracer.trace("structured") as span:
            span._set_struct_tag("appsec", {"triggers": [{"id": 1}, None, True, -5, 1.5, "x"]})
    with tracer.trace("śpán 漢字 🦶", resource="\ud800 lone \udfff", span_type="") as span:
        span.set_metric("process_id", 4242)
        span.set_tag("ключ", "значение")
        span.set_tag("\udc80", "\ud83d")
        span.set_tag("", "")
        span.set_tag("seven..", "eight...")
        span.set_tag("nul", "a\0b")
        for key, number in (("zero", 0), ("minus", -1), ("big", (1 << 62) + 1), ("small", 5e-324), ("half", 0.5)):
            span.set_metric(key, number)
    remote = Context((0xABC << 64) | 5, 77, "synthetics", 2, {"_dd.p.dm": "-4", "_dd.p.usr.id": "dQ=="})
    with tracer.start_span("remote", child_of=remote, activate=True) as span:
        span.set_metric("process_id", 4242)
        with tracer.trace("local") as span:
            _core.sample(span)
    tracer.context_provider.activate(None)
    for i in range(3):
        with tracer.trace("many") as span:
            span.set_metric("process_id", 4242)
            for n in range(60):
                span.set_tag(f"tag.{n}", f"value.{i % 2}.{n}")
            span.set_tag("tag.7", "again")
            span.remove_tag("tag.8")
            span.set_metric("tag.9", 9)
    root = tracer.trace("early", resource="root that ends before its child")
    root.set_metric("process_id", 4242)
    child = tracer.trace("late")
    root.finish()
    child.finish(finish_time=1700000001.5)
    span = tracer.trace("renamed")
    span.set_metric("process_id", 4242)
    span.name, span.service, span.resource, span.span_type = "new", "other", "thing", "worker"
    span.finish()
    kept = tracer.trace("kept")
    kept.set_metric("process_id", 4242)
    kept.set_tag("manual.keep")
    kept.finish()
    # Two that stay open, for the slots.
    return tracer.trace("open.root", resource="open"), tracer.trace("open.child", service="golden-db")


def _wrapping(tracer, _core):
    """More than one ring's worth, read in between: records that wrap."""
    reader = _core._test_tail
    for i in range(700):
        with tracer.trace("loop", resource=f"item {i}") as span:
            span.set_metric("process_id", 4242)
            span.set_tag("padding", "p" * (i % 150))
            span.set_tag("twice", f"value {i // 2}")
        if i % 40 == 39 and i < 660:
            reader()


def _full(tracer, _core):
    """Nobody reads: spans beyond the ring's size, and one record beyond a quarter of it, are dropped."""
    with tracer.trace("long") as span:
        span.set_metric("process_id", 4242)
        span.set_tag("long", "é" * 12500 + "!")
        span.set_tag("fits", "x" * 25000)
        span.set_tag("cut", "漢" * 9000)
    with tracer.trace("too long") as span:
        span.set_metric("process_id", 4242)
        for key in "abcdef":
            span.set_tag(key, key * 25000)
    for _ in range(100):
        with tracer.trace("filler") as span:
            span.set_metric("process_id", 4242)
            span.set_tag("filler", "f" * 9000)


def _notes(tracer, _core):
    """Notes before and among spans; and traces that the agent's rates decide about."""
    _core.note(b'{"modules": ["early"]}')
    _core.set_rates({"service:golden,env:test": 1 / 3, "service:none,env:test": 0, "service:all,env:test": 1})
    for i in range(6):
        for service in ("golden", "none", "all", "unknown"):
            with tracer.trace("rated", service=service) as span:
                span.set_metric("process_id", 4242)
                if i == 5:
                    tracer.sample(span)
        _core.note(b'"%s"' % (b"n" * i))
    _core.note('{"path": ["/srv/über"]}'.encode())
    _core.note(b"")
    _core.note(b"x" * 20000)  # beyond a quarter of the ring


RINGS = {
    "notes": (_notes, 64 * KIB),
    "shapes": (_shapes, 64 * KIB),
    "wrapping": (_wrapping, 64 * KIB),
    "full": (_full, 512 * KIB),
}


def make(name, path):
    """Writes one golden ring file."""
    sys.path.insert(0, PACKAGE)
    from ddtrace import _core
    from ddtrace.trace import tracer

    build, size = RINGS[name]
    _core.set_sampler(None)
    _core.set_defaults(
        service="golden", env="test", version="1.0", runtime_id=DESCRIPTION["runtime_id"], inferred_service=False,
        tags={"team": "core"}, root_tags=None, hostname=None, service_mapping=None, integration_services=None,
    )  # fmt: skip
    _core._impl.test_clock(NOW, 1000)
    _core._impl.test_ids(42)
    _core.set_enabled(True)
    description = json.dumps(DESCRIPTION, separators=(",", ":")).encode()
    with tempfile.TemporaryDirectory() as run_dir:
        opened = []
        _core.set_opener(lambda: opened.append(_core.open_ring(os.path.join(run_dir, "run"), size, description)))

        def read_all():
            with open(opened[0], "r+b") as f:
                f.seek(256)
                head = f.read(8)
                f.seek(320)
                f.write(head)

        _core._test_tail = read_all
        kept = build(tracer, _core)
        with open(opened[0], "rb") as f:
            data = bytearray(f.read())
        del kept
    # pid, parent, process start, creation, Python version, writer; the threads of the slots
    data[64:96] = bytes(32)
    for slot in range(4096):
        data[4096 + 64 * slot + 60 : 4096 + 64 * slot + 64] = bytes(4)
    # What is free holds old records, or the beginning of one that was dropped.
    head, tail = struct.unpack_from("<Q", data, 256)[0], struct.unpack_from("<Q", data, 320)[0]
    for at in range(head, tail + size, 8):
        offset = 2363392 + at % size
        data[offset : offset + 8] = bytes(8)
    with open(path, "wb") as f:
        f.write(data)


def run(name, path, pure, python=sys.executable):
    """Makes one golden ring in a process of its own."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "HOOFPRINT_PURE": "1" if pure else "0"}
    subprocess.run([python, os.path.abspath(__file__), name, path], env=environment, check=True)


def expected(path):
    """What a reader is to find in a ring file."""
    from ringreader import Reader

    reader = Reader(path)
    for_json = {
        "dropped": reader.dropped,
        "finished": reader.finished,
        "foreign": reader.foreign,
        "strings": len(reader.strings),
        "records": list(reader.records()),
        "open": reader.open_spans(),
    }
    for record in for_json["records"]:
        if record["kind"] == 3:
            continue
        record["structs"] = {key: value.hex() for key, value in record["structs"].items()}
        for key, value in record["tags"].items():
            if len(value) > 300:
                record["tags"][key] = {"length": len(value.encode()), "end": value[-8:]}
    for found in [*for_json["records"], *for_json["open"]]:
        if found.get("kind") == 3:
            continue
        # Beyond the integers of JSON.
        for key in ("span_id", "parent_id", "local_root"):
            found[key] = f"{found[key]:016x}"
        found["trace_id"] = f"{found['trace_id']:032x}"
    return for_json


def commit():
    os.makedirs(TESTDATA, exist_ok=True)
    for name in RINGS:
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, name)
            run(name, path, pure=False)
            with open(path, "rb") as f:
                data = f.read()
            with open(os.path.join(TESTDATA, name + ".ring.gz"), "wb") as f:
                f.write(gzip.compress(data, 9, mtime=0))
            with open(os.path.join(TESTDATA, name + ".json"), "w") as f:
                json.dump(expected(path), f, indent=1, ensure_ascii=True)
                f.write("\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--commit"]:
        commit()
    else:
        make(*sys.argv[1:])
