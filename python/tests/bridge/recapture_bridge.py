"""Writes expected/bridge.json from ddtrace 3.19: python recapture_bridge.py PYTHON

PYTHON has ddtrace==3.19.0 and what bridge_cases.py imports.
"""

import json
import os
import subprocess
import sys
from pathlib import Path


HERE = Path(__file__).resolve().parent


def main():
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DD_")}
    kept.update(DD_SERVICE="app", DD_TRACE_STARTUP_LOGS="false", DD_INSTRUMENTATION_TELEMETRY_ENABLED="false")
    done = subprocess.run(
        [sys.argv[1], str(HERE / "bridge_cases.py")], env=kept, stdout=subprocess.PIPE, text=True, check=True
    )
    text = json.dumps(json.loads(done.stdout), indent=1, sort_keys=True)
    (HERE / "expected" / "bridge.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
