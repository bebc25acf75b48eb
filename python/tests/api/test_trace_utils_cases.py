"""The helpers of ddtrace.contrib.trace_utils on a table of inputs, against ddtrace 4.16."""

import json
import os
import subprocess
import sys

import pytest
from trace_utils_cases import ENVIRONMENTS


HERE = os.path.dirname(os.path.abspath(__file__))

# What is done otherwise, and why; a part of the case's key.
DEVIATIONS = {
    '"http://[broken': "a URL that urllib cannot split raises there; here it is tagged",
    "::ffff:8.8.8.8": "an IPv4 address in an IPv6 one is not understood there",
    '"wrap" "<class \'" "static"': "unwrapping a static method leaves a plain function there",
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_helpers_do_what_those_of_ddtrace_do(tmp_path, name):
    with open(os.path.join(HERE, "expected", "trace_utils.json")) as captured:
        expected = json.load(captured)[name]
    env = {key: text for key, text in os.environ.items() if not key.startswith("DD_")}
    env.update(ENVIRONMENTS[name][0], HOOFPRINT_RUN_DIR=str(tmp_path / "run"), HOOFPRINT_BIN="/nonexistent")
    done = subprocess.run(
        [sys.executable, os.path.join(HERE, "trace_utils_cases.py"), name], env=env, capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    made = json.loads(done.stdout)
    assert set(made) == set(expected)
    differing = {key for key in made if made[key] != expected[key]}
    unexplained = {key for key in differing if not any(part in key for part in DEVIATIONS)}
    assert {key: (made[key], expected[key]) for key in unexplained} == {}
