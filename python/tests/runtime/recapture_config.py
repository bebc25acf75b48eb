"""Recapture config_expected.json: what the reference tracer's configuration makes of many environments.

    python recapture_config.py <python with ddtrace>

Facts only: of each environment the values that differ from those of the empty one,
and whether anything was logged about it.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from config_cases import environments  # noqa: E402


def capture(python, variables):
    env = {"PATH": os.environ["PATH"], "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false", **variables}
    command = [python, str(HERE / "config_observer.py")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    seen = json.loads(done.stdout.splitlines()[-1])
    if env["DD_INSTRUMENTATION_TELEMETRY_ENABLED"] == "false":
        seen.pop("_telemetry_enabled", None)
    debug = seen.get("_debug_mode") or variables.get("DD_TRACE_STARTUP_LOGS")
    return seen, None if debug else bool(done.stderr.strip())


def main(python):
    cases = environments()
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(cases, pool.map(lambda variables: capture(python, variables), cases.values())))
    usual, _ = found[""]
    usual["_telemetry_enabled"] = True
    lines = []
    for name, (seen, logs) in found.items():
        facts = {"seen": {key: value for key, value in seen.items() if not name or usual.get(key) != value}}
        if logs is not None:
            facts["logs"] = logs
        lines.append(json.dumps(name) + ": " + json.dumps(facts, ensure_ascii=False))
    (HERE / "config_expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(len(lines), "environments")


if __name__ == "__main__":
    main(sys.argv[1])
