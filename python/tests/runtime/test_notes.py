"""What a process tells its collector of itself."""

import glob
import json
import os
import sys
from pathlib import Path

from processes import launched
from processes import output


sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "core"))

from ringreader import Reader


def rings(run_dir):
    """pid -> the notes of its ring, in their order."""
    readers = map(Reader, glob.glob(os.path.join(str(run_dir), "*.ring")))
    return {reader.pid: [json.loads(note) for note in reader.notes()] for reader in readers}


def notes(run_dir):
    (told,) = rings(run_dir).values()
    return told


ONE_SPAN = "from ddtrace.trace import tracer\nwith tracer.trace('one'): pass\n"


def test_introduction(tmp_path):
    site = tmp_path / "site"
    for module in ("plain.py", "space/part/__init__.py", "space/two.py", "package/inner.py", "package/__init__.py"):
        (site / module).parent.mkdir(parents=True, exist_ok=True)
        (site / module).write_text("")
    program = "import plain, space.part, space.two, package.inner\n" + ONE_SPAN
    launched(
        tmp_path,
        "-c",
        "import sys; sys.path.insert(0, %r)\n%s" % (str(site), program),
        DD_SERVICE="wéb",
        DD_API_KEY="secret",
        SOME_TOKEN="secret",
        DD_SOME_PASSWORD="secret",
        DD_TRACE_BAGGAGE_TAG_KEYS="a",
    )
    first = notes(tmp_path)[0]
    assert "secret" not in json.dumps(first)
    assert first["path"][0] == str(site) and all(map(os.path.isabs, first["path"]))
    assert {"name": "DD_SERVICE", "value": "wéb", "origin": "env_var"} in first["configuration"]
    assert {"name": "DD_TRACE_BAGGAGE_TAG_KEYS", "value": "a", "origin": "env_var"} in first["configuration"]
    assert first["ancestors"] == []
    assert "entrypoint.name:-c" in first["process_tags"]
    assert {"plain", "space.part", "space.two", "package"} <= set(first["modules"])
    assert "space" not in first["modules"] and "package.inner" not in first["modules"]
    assert "ddtrace" not in first["modules"]
    if sys.version_info >= (3, 10):
        assert "os" not in first["modules"]


def test_what_comes_later(tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "late.py").write_text("")
    program = """
import sys
sys.path.insert(0, %r)
from ddtrace.trace import tracer
with tracer.trace("one"):
    pass
import ddtrace
ddtrace.config.service = "other"
ddtrace.config.tags = {"a": "b", "c": "d"}
ddtrace.patch(sqlite3=True)
import sqlite3, late
""" % str(site)
    output(tmp_path, "-c", program)
    first, *more = notes(tmp_path)
    assert "late" not in first["modules"]
    told = {key: [note[key] for note in more if key in note] for key in ("configuration", "integrations", "modules")}
    assert [{"name": "DD_SERVICE", "value": "other", "origin": "code"}] in told["configuration"]
    assert [{"name": "DD_TAGS", "value": "a:b,c:d", "origin": "code"}] in told["configuration"]
    assert told["integrations"] == [[{"name": "sqlite3", "module": "sqlite3", "enabled": True, "error": ""}]]
    assert "late" in told["modules"][-1]  # at the end


def test_what_code_set_before(tmp_path):
    program = "import ddtrace\nddtrace.config.env = 'a'\n" + ONE_SPAN.replace(
        "with", "ddtrace.config.version = '2'\nwith"
    )
    output(tmp_path, "-c", program, DD_SERVICE="web")
    first = notes(tmp_path)[0]
    assert [one for one in first["configuration"] if one["origin"] == "code"] == [
        {"name": "DD_ENV", "value": "a", "origin": "code"},
        {"name": "DD_VERSION", "value": "2", "origin": "code"},
    ]


def test_an_integration_that_fails(tmp_path):
    program = """
import logging
logging.disable()
import ddtrace.contrib.sqlite3 as integration
def fail(): raise ValueError("no")
integration.patch = fail
import ddtrace.auto, sqlite3
"""
    output(tmp_path, "-c", program + ONE_SPAN)
    failed = {"name": "sqlite3", "module": "sqlite3", "enabled": False, "error": "no"}
    first = notes(tmp_path)[0]
    assert failed in first["integrations"]
    tags = ["integration_name:sqlite3", "error_type:valueerror"]
    assert first["counts"] == [{"name": "integration_errors", "tags": tags, "value": 1}]


def test_forked_children_name_their_ancestors(tmp_path):
    program = """
import os
from ddtrace.trace import tracer
def work(depth):
    with tracer.trace("one") as span:
        print(span.get_tag("runtime-id") or "", flush=True)
    if depth and os.fork() == 0:
        work(depth - 1)
        os._exit(0)
    elif depth:
        os.wait()
work(2)
"""
    ids = output(tmp_path, "-c", program).split()
    assert len(set(ids)) == 3
    told = [note["ancestors"] for notes in rings(tmp_path).values() for note in notes if "path" in note]
    assert sorted(told, key=len) == [[], ids[:1], ids[:2]]


def test_a_parent_without_a_ring_is_no_ancestor(tmp_path):
    program = """
import os
from ddtrace.trace import tracer
if os.fork() == 0:
    with tracer.trace("one"):
        pass
    os._exit(0)
os.wait()
"""
    output(tmp_path, "-c", program)
    assert notes(tmp_path)[0]["ancestors"] == []


def test_no_telemetry_no_notes(tmp_path):
    program = (
        "import ddtrace\n" + ONE_SPAN + "ddtrace.config.service = 'x'\nddtrace.patch(sqlite3=True)\nimport sqlite3\n"
    )
    output(tmp_path, "-c", program, DD_INSTRUMENTATION_TELEMETRY_ENABLED="false")
    assert notes(tmp_path) == []


RUNTIME_METRICS = """
import gc, sys
from ddtrace.trace import tracer
from ddtrace import _notes
with tracer.trace("one"):
    pass
gc.collect()
_notes.asked()
"""


def test_runtime_metrics_by_the_environment(tmp_path):
    """Without telemetry, which is another matter."""
    set_by = {"DD_RUNTIME_METRICS_ENABLED": "1", "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false"}
    launched(tmp_path, "-c", RUNTIME_METRICS, **set_by)
    told = notes(tmp_path)
    wanted = {"enabled": True, "dogstatsd_url": ""}
    assert wanted in [note.get("runtime_metrics") for note in told]
    answers = [note["gc"] for note in told if "gc" in note]
    assert answers  # asked once, and at the end
    for answer in answers:
        assert len(answer["count"]) == 3 and len(answer["collections"]) == 3
        assert answer["pause_time"] >= answer["pause_max"] >= 0
    assert answers[0]["collections"][2] > 0 and answers[0]["pause_max"] > 0


def test_runtime_metrics_are_off_without_ddtrace_run(tmp_path):
    output(tmp_path, "-c", RUNTIME_METRICS, DD_RUNTIME_METRICS_ENABLED="1")
    assert not any("runtime_metrics" in note or "gc" in note for note in notes(tmp_path))


def test_runtime_metrics_by_code(tmp_path):
    program = """
import gc, warnings
from ddtrace import DDTraceDeprecationWarning
from ddtrace.runtime import RuntimeMetrics
before = len(gc.callbacks)
assert RuntimeMetrics.enable(dogstatsd_url="udp://h:1") is None
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    RuntimeMetrics.enable(tracer=None, dogstatsd_url="udp://h:1")
assert [w.category for w in caught] == [DDTraceDeprecationWarning]
assert len(gc.callbacks) == before + 1
from ddtrace.trace import tracer
with tracer.trace("one"):
    pass
assert RuntimeMetrics.disable() is None
RuntimeMetrics.disable()
assert len(gc.callbacks) == before
"""
    output(tmp_path, "-c", program)
    told = [note["runtime_metrics"] for note in notes(tmp_path) if "runtime_metrics" in note]
    assert told[0] == {"enabled": True, "dogstatsd_url": "udp://h:1"} and told[-1]["enabled"] is False


def test_nothing_heavy_is_imported(tmp_path):
    heavy = "json typing re logging inspect importlib.metadata ctypes".split()
    program = "import sys\nbefore = set(sys.modules)\nimport ddtrace._notes as _notes\n"
    program += "import ddtrace._runtime_metrics, ddtrace.runtime\n"
    program += (
        "_notes._encode({'a': ['é', None, True, 1.5]})\nprint([m for m in %r if m in sys.modules and m not in before])"
        % heavy
    )
    assert output(tmp_path, "-S", "-c", program) == "[]"


def test_encoding():
    from ddtrace._notes import _encode

    value = {"a": ['"é\ud800\n', None, True, False, 1, 1.5, (2, [])], "b": {}}
    assert json.loads(_encode(value)) == json.loads(json.dumps(value))
