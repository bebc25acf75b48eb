"""Python processes that trace themselves, for tests that need a fresh one."""

import os
import subprocess
import sys
from pathlib import Path


PACKAGE_ROOT = Path(__file__).resolve().parents[2]
BOOTSTRAP = PACKAGE_ROOT / "ddtrace" / "bootstrap"


def environment(run_dir, **variables):
    """The tester's environment without its own settings; nothing is started unless a test asks for it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DD_", "PYTHONPATH")) and k != "HOOFPRINT_BIN"}
    kept.update(PYTHONPATH=str(PACKAGE_ROOT), HOOFPRINT_RUN_DIR=str(run_dir), HOOFPRINT_BIN="/bin/true")
    kept.update(variables)
    return {name: value for name, value in kept.items() if value is not None}


def python(run_dir, *arguments, cwd=None, **variables):
    """Run Python with these arguments; the finished process, with text output."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=environment(run_dir, **variables),
        cwd=cwd or str(run_dir),
        capture_output=True,
        text=True,
        timeout=60,
    )


def output(run_dir, *arguments, cwd=None, **variables):
    """The standard output of a process that must succeed in silence on standard error."""
    done = python(run_dir, *arguments, cwd=cwd, **variables)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


def launched(run_dir, *arguments, cwd=None, **variables):
    """The same as under ddtrace-run: only the bootstrap directory is on PYTHONPATH."""
    path = str(BOOTSTRAP)
    if variables.get("PYTHONPATH"):
        path += os.pathsep + variables["PYTHONPATH"]
    variables["PYTHONPATH"] = path
    return output(run_dir, *arguments, cwd=cwd, **variables)
