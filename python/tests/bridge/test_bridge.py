"""With DD_V3_BRIDGE what ddtrace 4 removed does what it did in 3.19 (expected/bridge.json), and is off without."""

import glob
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bridge_cases import CASES
from processes import environment
from processes import launched
from processes import output
from ringreader import Reader


HERE = Path(__file__).resolve().parent
EXPECTED = json.loads((HERE / "expected" / "bridge.json").read_text())


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    directory = tmp_path_factory.mktemp("run")
    variables = environment(directory, DD_V3_BRIDGE="true", DD_SERVICE="app", PYTHONWARNINGS="ignore")
    command = [sys.executable, str(HERE / "bridge_cases.py")]
    done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", CASES)
def test_as_in_3_19(found, name):
    assert found[name] == EXPECTED[name]


def test_every_case_was_captured():
    assert sorted(EXPECTED) == sorted(CASES)


def test_structured_tags_are_sent(tmp_path):
    program = """
from ddtrace.trace import tracer
with tracer.trace("op") as span:
    span.set_struct_tag("_dd.stack", {"exploit": [1]})
"""
    output(tmp_path, "-W", "ignore", "-c", program, DD_V3_BRIDGE="true")
    (ring,) = glob.glob(str(tmp_path / "*.ring"))
    (span,) = Reader(ring).spans()
    assert span["structs"] == {"_dd.stack": b"\x81\xa7exploit\x91\x01"}


@pytest.mark.parametrize("start", [output, launched])
def test_the_interface_lives_where_tracing_is_off(tmp_path, start):
    program = """
import threading
from ddtrace.trace import Context, Pin, tracer
from ddtrace.settings import Hooks
with tracer.trace("op") as span:
    span.set_tag_str("a", "b")
    Pin(service="x").onto(span)
print(span.get_tag("a"), Context(1, 2, lock=None).trace_id, threading.active_count())
"""
    said = start(tmp_path, "-W", "ignore", "-c", program, DD_V3_BRIDGE="true", DD_TRACE_ENABLED="false")
    assert said == "b 1 1"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [None, "false"])
def test_without_the_variable_nothing_of_it_is_loaded(tmp_path, value):
    program = """
import sys
import ddtrace.auto
from ddtrace.trace import tracer
import sqlite3, ddtrace.propagation.http, ddtrace.contrib.dbapi_async
with tracer.trace("op"):
    sqlite3.connect(":memory:").execute("select 1")
print(*sorted(n for n in sys.modules if n.startswith(("ddtrace._bridge.", "ddtrace._uses"))))
"""
    assert output(tmp_path, "-c", program, DD_V3_BRIDGE=value) == ""


def test_opentracing_has_to_be_installed(tmp_path):
    program = """
import sys
sys.modules["opentracing"] = None
try:
    import ddtrace.opentracer
except ImportError as error:
    print(error.name, error)
"""
    said = output(tmp_path, "-W", "ignore", "-c", program, DD_V3_BRIDGE="true")
    assert said.startswith("opentracing ddtrace.opentracer needs the package opentracing")
    assert "install opentracing" in said


def test_what_of_settings_is_not_kept_says_so(tmp_path):
    program = """
import ddtrace.settings._config as module
try:
    module.DEFAULT_TIMEOUT
except AttributeError as error:
    print(error)
"""
    said = output(tmp_path, "-W", "ignore", "-c", program, DD_V3_BRIDGE="true")
    assert said.startswith("ddtrace.settings._config.DEFAULT_TIMEOUT is not kept by DD_V3_BRIDGE: use ddtrace.config")


def test_variables_that_3_19_read_are_honoured(tmp_path):
    program = """
import os
from ddtrace.trace import tracer
with tracer.trace("op") as span:
    print(span.get_tag("team"), span.get_tag("a"), os.environ["DD_REMOTE_CONFIGURATION_ENABLED"])
"""
    variables = dict(DD_TRACE_GLOBAL_TAGS="team:b", DD_TAGS="team:a,a:b", DD_REMOTE_CONFIG_ENABLED="false")
    said = output(tmp_path, "-W", "ignore", "-c", program, DD_V3_BRIDGE="true", **variables)
    assert said == "b b false"


def test_leaks_nothing(tmp_path):
    """Callbacks, pins and the methods of spans leave neither spans nor objects behind."""
    program = """
import gc, sys
from ddtrace.trace import Context, Pin, tracer
import ddtrace._core as core

class Thing: pass

def callback(span): pass

def round():
    tracer.on_start_span(callback)
    with tracer.trace("op") as span:
        span.set_tag_str("a", "b")
        span.set_struct_tag("x", {})
        span.finished = False
        Context(1, 2, lock=None)
        thing = Thing()
        Pin.override(thing, service="x")
    tracer.deregister_on_start_span(callback)

for _ in range(300):
    round()
gc.collect()
before = len(gc.get_objects()), core.ring_stats()["open"]
for _ in range(300):
    round()
gc.collect()
print(len(gc.get_objects()) - before[0] < 20, core.ring_stats()["open"] == before[1] == 0)
"""
    assert output(tmp_path, "-W", "ignore", "-c", program, DD_V3_BRIDGE="true") == "True True"


def test_ids_are_of_the_registry():
    import re

    root = HERE.parents[2]
    ids = {change["id"] for change in json.loads((root / "migration" / "changes.json").read_text())["changes"]}
    used = set()
    for directory, _, names in os.walk(root / "python" / "ddtrace"):
        for name in names:
            if name.endswith(".py"):
                text = Path(directory, name).read_text()
                used.update(re.findall(r'\b(?:removed|deprecated|warn)\(\s*"([a-z0-9-]+)"', text))
    assert len(used) > 15
    assert used <= ids
