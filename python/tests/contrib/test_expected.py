"""Every scenario's spans against those of ddtrace 4.16, captured in expected/."""

import functools
import json
import os
import subprocess
import sys

import pytest
import ring_spans
import span_trees


HERE = os.path.dirname(os.path.abspath(__file__))

# Where this tracer does not do what ddtrace does, and why.
DEVIATIONS = {
    ("with_flask", "async_view"): "the span of an async view lasts until it is done, and its spans are below it",
    ("with_futures", "span_left_open_by_a_job"): "a span that is left open does not hold back its trace",
    ("with_wsgi", "around_flask"): "spans after start_response stay below the span they are made in",
}

# About settings that are no matter of the core: run with one of its twins only.
OF_ONE_TWIN = ("with_http.json", "with_logs.json", "with_methods.json", "with_schema.json")


def _expected():
    for file_name in sorted(os.listdir(os.path.join(HERE, "expected"))):
        if file_name in OF_ONE_TWIN and os.environ.get("HOOFPRINT_PURE") == "1":
            continue
        with open(os.path.join(HERE, "expected", file_name)) as f:
            module = file_name[: -len(".json")]
            for name, facts in sorted(json.load(f).items()):
                yield pytest.param(module, name, facts, id="%s:%s" % (module, name))


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Runs the scenarios of a module that share an environment, once."""

    @functools.cache
    def run(module, env_json):
        folder = tmp_path_factory.mktemp(module)
        env = {k: v for k, v in os.environ.items() if not k.startswith("DD_")}
        env.update(
            json.loads(env_json),
            HOOFPRINT_RUN_DIR=str(folder / "run"),
            HOOFPRINT_BIN="/nonexistent",  # nobody empties the ring
            DD_TRACE_RING_SIZE=str(4 << 20),
        )
        results = folder / "results.json"
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, "run_scenarios.py"), module, env_json, str(results)],
            env=env,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        trees = span_trees.by_scenario(ring_spans.read(env["HOOFPRINT_RUN_DIR"]))
        return json.loads(results.read_text()), trees, done.stderr

    return run


@pytest.mark.parametrize("module, name, facts", list(_expected()))
def test_spans_are_those_of_ddtrace(run, module, name, facts):
    if (module, name) in DEVIATIONS:
        pytest.skip(DEVIATIONS[module, name])
    returned, trees, stderr = run(module, json.dumps(facts["env"]))
    assert returned[name] == facts["returned"]
    assert trees.get(name, []) == facts["traces"]
    assert "the application goes on without this span" not in stderr
