"""Writes expected.json anew: what ddtrace 4.16 says of program.py.

python e2e/counting/recapture.py PYTHON_WITH_DDTRACE
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from counting.agent import CountingAgent


HERE = Path(__file__).parent
SETTINGS = {
    "DD_TRACE_STATS_COMPUTATION_ENABLED": "true",
    "DD_SPAN_SAMPLING_RULES": '[{"name":"single"}]',
    "DD_ENV": "prod",
    "DD_VERSION": "1.2",
    "DD_SERVICE": "program",
    "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
    "DD_REMOTE_CONFIGURATION_ENABLED": "false",
}


if __name__ == "__main__":
    with CountingAgent() as agent:
        env = dict(os.environ, DD_TRACE_AGENT_URL=agent.url, WARM="1.5", **SETTINGS)
        subprocess.run([sys.argv[1], str(HERE / "program.py")], env=env, check=True)
        until = time.monotonic() + 20
        while not agent.stats and time.monotonic() < until:
            time.sleep(0.1)
        (HERE / "expected.json").write_text(json.dumps(agent.told(), indent=1) + "\n")
