"""The code of the migration's cases runs: before on ddtrace 3.19, and with the fixes on 4.16 and on our package.

The real ones are run where DDTRACE_3_PYTHON and DDTRACE_4_PYTHON name a Python that has them.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from product import BINARY
from product import ROOT


CASES = ROOT / "internal" / "migrate" / "testcases"

# Runs all programs of a kind in one process; prints what the failed ones raised.
RUNNER = """
import json, os, sys, traceback
failed = {}
for name, text in json.load(open(sys.argv[1])).items():
    try:
        exec(compile(text, name, "exec"), {"__name__": "__main__"})
    except BaseException:
        failed[name] = traceback.format_exc()
json.dump(failed, open(sys.argv[2], "w"))
os._exit(0)
"""


def sections(path):
    """The head of a case, and its sections by name."""
    head, *rest = re.split(r"^-- (.+) --\n", path.read_text(), flags=re.MULTILINE)
    return head, dict(zip(rest[::2], rest[1::2]))


def programs(where):
    """The programs that run somewhere, by their case: as they are on 3.19, else with all fixes."""
    found = {}
    for path in sorted(CASES.glob("*/*.txtar")):
        head, files = sections(path)
        runs = re.search(r"^runs: (.*)$", head, re.MULTILINE)
        if runs is None or where not in runs.group(1).split(", "):
            continue
        before = files["app.py"]
        after = files.get("unsafe app.py", files.get("after app.py", before))
        found[f"{path.parent.name}/{path.stem}"] = before if where == "3.19" else after
    return found


def failures(python, where, scratch: Path, environment):
    todo = programs(where)
    assert len(todo) >= 10
    (scratch / "programs.json").write_text(json.dumps(todo))
    (scratch / "run").mkdir(mode=0o700)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("DD_", "HOOFPRINT_", "PYTHON"))},
        "DD_TRACE_AGENT_URL": "http://127.0.0.1:9",
        "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
        "DD_REMOTE_CONFIGURATION_ENABLED": "false",
        **environment,
    }
    done = subprocess.run(
        [python, "-c", RUNNER, str(scratch / "programs.json"), str(scratch / "failed.json")],
        env=environment,
        cwd=scratch,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (scratch / "failed.json").exists(), done.stderr
    return json.loads((scratch / "failed.json").read_text())


def test_fixed_code_runs_on_our_package(tmp_path):
    own = {
        "PYTHONPATH": str(ROOT / "python"),
        "HOOFPRINT_BIN": str(BINARY),
        "HOOFPRINT_RUN_DIR": str(tmp_path / "run"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    assert failures(sys.executable, "hoofprint", tmp_path, own) == {}


@pytest.mark.parametrize(("where", "variable"), [("3.19", "DDTRACE_3_PYTHON"), ("4.16", "DDTRACE_4_PYTHON")])
def test_code_runs_on_ddtrace(where, variable, tmp_path):
    python = os.environ.get(variable)
    if python is None:
        pytest.skip(f"{variable} names no Python with ddtrace {where}")
    assert failures(python, where, tmp_path, {}) == {}
