"""Recapture propagation_cases.json: what the reference tracer reads from headers, and writes into them.

    python recapture_propagation.py <python with ddtrace>

Facts only. A case is added by hand with its headers or context; what ours does otherwise stays in "ours".
"""

import json
import os
import subprocess
import sys
from pathlib import Path


HERE = Path(__file__).resolve().parent
CASES = HERE / "propagation_cases.json"


def capture(python, group):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DD_", "PYTHONPATH"))}
    env.update(group["environment"])
    env.update(DD_TRACE_ENABLED="false", DD_INSTRUMENTATION_TELEMETRY_ENABLED="false")
    env.update(DD_REMOTE_CONFIGURATION_ENABLED="false")
    done = subprocess.run(
        [python, str(HERE / "propagate.py")],
        input=json.dumps(group["cases"]),
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode:
        raise SystemExit("%s: %s" % (group["environment"], done.stderr[-2000:]))
    for case, outcome in zip(group["cases"], json.loads(done.stdout)):
        case["expected"] = outcome


def write(groups):
    lines = []
    for group in groups:
        cases = ",\n".join(json.dumps(case) for case in group["cases"])
        lines.append('{"environment": %s, "cases": [\n%s\n]}' % (json.dumps(group["environment"]), cases))
    CASES.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def main(python):
    groups = json.loads(CASES.read_text())
    for group in groups:
        capture(python, group)
    write(groups)
    print(sum(len(group["cases"]) for group in groups), "cases")


if __name__ == "__main__":
    main(sys.argv[1])
