"""Recapture sampling_expected.json and rate_limiter_expected.json: how the reference tracer samples and limits.

    python recapture_sampling.py <python with ddtrace and msgpack>

Facts only: decisions, and the tags and metrics about them.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path


HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "contrib"))
sys.path.insert(0, str(HERE))

from recapture import FakeAgent  # noqa: E402
from sampling_programs import FILE_RULES  # noqa: E402
from sampling_programs import PROGRAMS  # noqa: E402


OF_SAMPLING = ("_dd.p.dm", "_dd.p.ksr", "_sampling_priority_v1")

DECODE = """
import json, sys, msgpack
print(json.dumps([s for p in msgpack.Unpacker(sys.stdin.buffer, strict_map_key=False) for t in p for s in t]))
"""


def about_sampling(name, tags, metrics):
    """A span with what sampling put on it."""
    kept = {"name": name}
    for key, value in sorted({**tags, **metrics}.items()):
        if key in OF_SAMPLING or key.endswith("_psr") or key.startswith("_dd.span_sampling."):
            kept[key] = value
    return kept


def in_order(spans):
    """Spans by the facts alone: tracers write them in orders of their own."""
    return sorted(spans, key=lambda span: json.dumps(span, sort_keys=True))


def capture(python, directory, name, variables):
    agent = ThreadingHTTPServer(("127.0.0.1", 0), FakeAgent)
    agent.payloads = []
    threading.Thread(target=agent.serve_forever, daemon=True).start()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DD_", "PYTHONPATH"))}
    env.update(variables)
    if "DD_SPAN_SAMPLING_RULES_FILE" in env:
        env["DD_SPAN_SAMPLING_RULES_FILE"] = os.path.join(directory, "rules.json")
    env.update(
        DD_TRACE_AGENT_URL="http://127.0.0.1:%d" % agent.server_port,
        DD_TRACE_API_VERSION="v0.4",
        # With client stats the reference does not send what it rejects, and the trace's tags go elsewhere.
        DD_TRACE_STATS_COMPUTATION_ENABLED="false",
        DD_INSTRUMENTATION_TELEMETRY_ENABLED="false",
        DD_REMOTE_CONFIGURATION_ENABLED="false",
    )
    command = [python, str(HERE / "sampling_programs.py"), name]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    agent.shutdown()
    if done.returncode:
        raise SystemExit("%s: %s" % (name, done.stderr))
    decoded = subprocess.run([python, "-c", DECODE], input=b"".join(agent.payloads), stdout=subprocess.PIPE, check=True)
    spans = [about_sampling(s["name"], s.get("meta") or {}, s.get("metrics") or {}) for s in json.loads(decoded.stdout)]
    return {"out": json.loads(done.stdout), "logs": bool(done.stderr.strip()), "spans": in_order(spans)}


def main(python):
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "rules.json").write_text(FILE_RULES)
        draws = subprocess.run([python, str(HERE / "rate_limiter_draws.py")], stdout=subprocess.PIPE, check=True)
        (HERE / "rate_limiter_expected.json").write_bytes(draws.stdout)
        found = {name: capture(python, directory, name, variables) for name, variables, _ in PROGRAMS}
    lines = (json.dumps(name) + ": " + json.dumps(facts) for name, facts in found.items())
    (HERE / "sampling_expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(len(found), "programs")


if __name__ == "__main__":
    main(sys.argv[1])
