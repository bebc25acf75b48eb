"""Runs the programs, several at a time, each in a process of its own that sends to a receiver."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


HERE = Path(__file__).resolve().parent
THEMES = ("parents", "errors", "tags", "links_events", "concurrency", "sampling", "propagation")
AT_ONCE = 4

# Not part of what is compared here, and noise on the wire.
QUIET = {
    "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
    "DD_REMOTE_CONFIGURATION_ENABLED": "false",
    "DD_TRACE_STATS_COMPUTATION_ENABLED": "false",
}


_LIST = """
import importlib, json
print(json.dumps([
    (theme, name, environment) for theme in %r
    for name, (_, environment) in importlib.import_module("programs." + theme).PROGRAMS.items()
]))
"""


def listed(python, environment):
    """(theme, name, environment) of each program. Their modules import a tracer, so not here."""
    done = subprocess.run(
        [python, "-c", _LIST % (THEMES,)], env=environment, cwd=HERE, stdout=subprocess.PIPE, check=True, timeout=60
    )
    return [tuple(entry) for entry in json.loads(done.stdout)]


def key(theme, name):
    return "%s.%s" % (theme, name)


def run_all(python, environment, url):
    """Runs every program with a Python whose `ddtrace` is the one to look at.

    Returns {key: standard error} of those that failed.
    """

    def run(entry):
        theme, name, own = entry
        env = {**environment, **QUIET, **own, "DD_TRACE_AGENT_URL": "%s/%s/" % (url, key(theme, name))}
        done = subprocess.run(
            [python, "run_program.py", theme, name], env=env, cwd=HERE, capture_output=True, text=True, timeout=120
        )
        return (key(theme, name), done.stderr) if done.returncode else None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(filter(None, pool.map(run, listed(python, environment))))


def clean_environment():
    return {
        name: text for name, text in os.environ.items() if not name.startswith(("DD_", "HOOFPRINT_", "PYTHON", "OTEL_"))
    }
