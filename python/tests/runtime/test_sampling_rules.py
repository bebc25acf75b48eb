"""What is kept and why, against what the reference tracer does (recapture_sampling.py)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from processes import environment
from processes import output
from recapture_sampling import about_sampling
from recapture_sampling import in_order
from sampling_programs import FILE_RULES
from sampling_programs import PROGRAMS


HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "core"))

from ringreader import Reader  # noqa: E402


EXPECTED = json.loads((HERE / "sampling_expected.json").read_text())
# The whole suite runs with the extension and with the pure twin.
PURE = os.environ.get("HOOFPRINT_PURE", "0")

# The trace's tags are put on the first span of a chunk by the collector, which makes the chunks.
BARE_CHUNKS = ("300 spans decide",)


def records(run_dir):
    """Spans of all rings in a run directory."""
    return [span for ring in Path(run_dir).glob("*.ring") for span in Reader(str(ring)).spans()]


def run(tmp_path, name, variables):
    run_dir = tmp_path / "run"
    if "DD_SPAN_SAMPLING_RULES_FILE" in variables:
        (tmp_path / "rules.json").write_text(FILE_RULES)
        variables = dict(variables, DD_SPAN_SAMPLING_RULES_FILE=str(tmp_path / "rules.json"))
    done = subprocess.run(
        [sys.executable, str(HERE / "sampling_programs.py"), name],
        env=environment(run_dir, HOOFPRINT_PURE=PURE, **variables),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    spans = [about_sampling(span["name"], span["tags"], span["metrics"]) for span in records(run_dir)]
    return {"out": json.loads(done.stdout), "logs": bool(done.stderr), "spans": in_order(spans)}, done.stderr


@pytest.mark.parametrize("name,variables", [program[:2] for program in PROGRAMS], ids=[p[0] for p in PROGRAMS])
def test_as_the_reference_samples(tmp_path, name, variables):
    found, said = run(tmp_path, name, variables)
    assert len(said.splitlines()) <= 1
    expected = EXPECTED[name]
    if name in BARE_CHUNKS:
        expected = dict(expected, spans=in_order(s if s["name"] != "c" else {"name": "c"} for s in expected["spans"]))
    assert found == expected


def test_nothing_is_imported_without_a_rule(tmp_path):
    program = "import sys, ddtrace.trace; print([m for m in sys.modules if m.startswith('ddtrace._sampl')])"
    assert output(tmp_path, "-c", program, HOOFPRINT_PURE=PURE) == "[]"


RATED = """
from ddtrace.trace import tracer
with tracer.trace("root"):
    for _ in range(300):
        tracer.trace("rated").finish()
"""


def test_a_rate_for_single_spans_goes_by_their_ids(tmp_path):
    rules = {"DD_TRACE_SAMPLING_RULES": '[{"sample_rate": 0}]'}
    rules["DD_SPAN_SAMPLING_RULES"] = '[{"name": "rated", "sample_rate": 0.25}]'
    output(tmp_path, "-c", RATED, HOOFPRINT_RUN_DIR=str(tmp_path / "run"), HOOFPRINT_PURE=PURE, **rules)
    rated = [span for span in records(tmp_path / "run") if span["name"] == "rated"]
    kept = {s["span_id"] for s in rated if s["metrics"].get("_dd.span_sampling.mechanism") == 8}
    assert kept == {s["span_id"] for s in rated if s["span_id"] * 1111111111111111111 % 2**64 <= 2**62}
    assert len(rated) == 300 and 0 < len(kept) < 300
    assert {s["metrics"].get("_dd.span_sampling.rule_rate") for s in rated} == {0.25, None}


# `{}` is DD_TRACE_SAMPLING_RULES or DD_SPAN_SAMPLING_RULES: ddtrace fails to import with most of these.
BAD_RULES = [
    "{}", "1", "null", "[1]", "[[]]", '["sample_rate"]', '[{"sample_rate": null, "name": 1}]', "[" * 100000,
    '[{"sample_rate": {}, "name": "x"}]', '[{"sample_rate": 1, "service": 5}]', '[{"sample_rate": 1, "tags": [1]}]',
    '[{"sample_rate": 1, "provenance": "x"}]', '[{"sample_rate": 1, "discard": 3}]',
    '[{"sample_rate": 1, "colour": 1}]',
    '[{"sample_rate": 1, "name": "x", "max_per_second": null}]', '[{"name": "x", "sample_rate": [1]}]',
    '[{"name": ["x"], "sample_rate": 1}]', '[{"name": "x", "sample_rate": "1", "max_per_second": "2"}]',
]  # fmt: skip


@pytest.mark.parametrize("name", ["DD_TRACE_SAMPLING_RULES", "DD_SPAN_SAMPLING_RULES"])
@pytest.mark.parametrize("rules", BAD_RULES, ids=range(len(BAD_RULES)))
def test_a_bad_rule_costs_one_line(tmp_path, name, rules):
    program = "from ddtrace.trace import tracer\nwith tracer.trace('x') as span: pass\nprint(span.context._metrics)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(tmp_path, **{name: rules}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0 and len(done.stderr.splitlines()) <= 1, done.stderr
    assert done.stdout.startswith("{'_sampling_priority_v1': ")


def test_a_missing_file_costs_one_line(tmp_path):
    found, said = run(tmp_path, "no settings", {})
    assert said == ""
    done = subprocess.run(
        [sys.executable, "-c", "from ddtrace.trace import tracer; tracer.trace('x').finish()"],
        env=environment(tmp_path, DD_SPAN_SAMPLING_RULES_FILE="/no/such/file"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert "DD_SPAN_SAMPLING_RULES_FILE" in line and "/no/such/file" in line


FORK = """
import os
from ddtrace.trace import tracer
with tracer.trace("root", resource="before") as root:
    if os.fork() == 0:
        with tracer.trace("child"):
            pass
        os._exit(0)
    os.wait()
    root.resource = "after"
"""


def test_a_forked_child_follows_the_decision_of_its_parent(tmp_path):
    rules = '[{"sample_rate": 0, "resource": "before"}, {"sample_rate": 1}]'
    run_dir = str(tmp_path / "run")
    output(tmp_path, "-c", FORK, HOOFPRINT_RUN_DIR=run_dir, HOOFPRINT_PURE=PURE, DD_TRACE_SAMPLING_RULES=rules)
    spans = {span["name"]: span["metrics"].get("_sampling_priority_v1") for span in records(run_dir)}
    assert spans == {"root": -1, "child": -1}


LOCKED_FORK = """
import os, threading
from ddtrace import _core, _sampler
from ddtrace.trace import tracer
installed = []
set_sampler = _core.set_sampler
_core.set_sampler = lambda sampler: (installed.append(sampler), set_sampler(sampler))
_sampler.install(tracer)
(sampler,) = installed
held, done = threading.Event(), threading.Event()
def hold():
    with sampler._lock:
        held.set()
        done.wait(30)
threading.Thread(target=hold).start()
held.wait(30)
child = os.fork()
if child == 0:
    with tracer.trace("child") as span:
        pass
    os._exit(int(span.context.sampling_priority))
done.set()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_lock_held_at_the_fork_is_not_inherited(tmp_path):
    assert (
        output(tmp_path, "-c", LOCKED_FORK, PYTHONWARNINGS="ignore", DD_TRACE_SAMPLING_RULES='[{"sample_rate": 1}]')
        == "2"
    )


THREADS = """
import threading
from ddtrace.trace import tracer
def work():
    for _ in range(500):
        tracer.trace("root").finish()
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_threads_share_one_limit(tmp_path):
    for limit, wanted in (("0", 0), ("700", 700)):
        run_dir = str(tmp_path / limit)
        variables = {"DD_TRACE_SAMPLING_RULES": '[{"sample_rate": 1}]', "DD_TRACE_RATE_LIMIT": limit}
        output(tmp_path, "-c", THREADS, HOOFPRINT_RUN_DIR=run_dir, HOOFPRINT_PURE=PURE, **variables)
        spans = records(run_dir)
        kept = [span for span in spans if span["metrics"]["_sampling_priority_v1"] == 2]
        # What is refilled meanwhile may pass, too.
        took = (max(s["start"] + s["duration"] for s in spans) - min(s["start"] for s in spans)) / 1e9
        assert len(spans) == 2000 and wanted <= len(kept) <= wanted + int(limit) * took + 1


def test_a_limiter_answers_as_the_reference_does(tmp_path):
    expected = json.loads((HERE / "rate_limiter_expected.json").read_text())
    assert json.loads(output(tmp_path, HERE / "rate_limiter_draws.py")) == expected


def test_a_pattern_of_many_stars_ends():
    sys.path.insert(0, str(HERE.parents[1]))
    from ddtrace._sampling_rules import Pattern

    assert not Pattern("*a" * 40 + "b").matches("a" * 5000)
    assert Pattern("*a" * 40).matches("a" * 5000)
    assert Pattern("*a?c*").matches("xx\nABC")
    assert not Pattern("ab*bc").matches("abc")


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ('{"sample_rate": 1, "resource": 5}', "its resource is 5: write a pattern, a text"),
        ('{"sample_rate": "half"}', "its sample_rate is 'half': write a number"),
        ('{"sample_rate": 1, "tags": ["a"]}', "its tags are ['a']: write an object of tags and their patterns"),
        (
            '{"sample_rate": 1, "provenance": "me"}',
            "its provenance is 'me': write one of customer, dynamic, default",
        ),
    ],
)
def test_the_line_says_what_to_write(tmp_path, rule, complaint):
    program = "from ddtrace.trace import tracer\ntracer.trace('x').finish()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(tmp_path, DD_TRACE_SAMPLING_RULES="[%s]" % rule),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == "rule 1 of DD_TRACE_SAMPLING_RULES is ignored: %s\n" % complaint
