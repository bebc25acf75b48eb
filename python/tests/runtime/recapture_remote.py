"""Recapture remote_expected.json: what the reference tracer does with remote configuration.

python recapture_remote.py <python with ddtrace>
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path


HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from remote_steps import SCENARIOS  # noqa: E402


PATH = "datadog/2/APM_TRACING/one/config"
LIBRARY_APPLIES = 1.5  # s: it does so on a thread of its own, some time after it has acknowledged


class Agent(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self, body):
        body = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self._answer({"endpoints": ["/v0.4/traces", "/v0.7/config"], "client_drop_p0s": False})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/v0.7/config":
            return self._answer({"rate_by_service": {}})
        self.server.has = json.loads(body)["client"]["state"]["targets_version"]
        return self._answer(self._configuration())

    do_PUT = do_POST

    def _configuration(self):
        targets, files = {}, []
        if self.server.pushed is not None:
            raw = json.dumps(
                {"id": "one", "service_target": {"service": "svc", "env": "prod"}, "lib_config": self.server.pushed}
            ).encode()
            digest = hashlib.sha256(raw).hexdigest()
            targets[PATH] = {"length": len(raw), "hashes": {"sha256": digest}, "custom": {"v": self.server.version}}
            files.append({"path": PATH, "raw": base64.b64encode(raw).decode()})
        signed = {
            "_type": "targets",
            "spec_version": "1.0",
            "version": self.server.version,
            "expires": "2099-01-01T00:00:00Z",
            "custom": {"opaque_backend_state": "x", "agent_refresh_interval": 1},
            "targets": targets,
        }
        encoded = base64.b64encode(json.dumps({"signatures": [], "signed": signed}).encode()).decode()
        return {
            "roots": [],
            "targets": encoded,
            "target_files": files,
            "client_configs": list(targets),
            "config_status": 0,
        }

    def log_message(self, *_args):
        pass


def push(agent, config):
    agent.pushed = config
    agent.version += 1
    until = time.monotonic() + 20
    while agent.has != agent.version and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(LIBRARY_APPLIES)


def capture(python, environment, steps):
    agent = ThreadingHTTPServer(("127.0.0.1", 0), Agent)
    agent.pushed, agent.version, agent.has = None, 1, 0
    threading.Thread(target=agent.serve_forever, daemon=True).start()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DD_", "PYTHONPATH"))}
    env.update(environment)
    env.update(
        DD_TRACE_AGENT_URL="http://127.0.0.1:%d" % agent.server_port,
        DD_REMOTE_CONFIG_POLL_INTERVAL_SECONDS="0.1",
        DD_INSTRUMENTATION_TELEMETRY_ENABLED="false",
    )
    program = subprocess.Popen(
        [python, str(HERE / "remote_program.py")],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    found = []
    for config, line in steps:
        if config is not None:
            push(agent, config)
        program.stdin.write(line + "\n")
        program.stdin.flush()
        found.append(json.loads(program.stdout.readline()))
    program.stdin.close()
    program.wait(30)
    agent.shutdown()
    return found


def main(python):
    found = {name: capture(python, environment, steps) for name, environment, steps in SCENARIOS}
    lines = []
    for name, looks in found.items():
        lines.append("%s: [\n%s\n]" % (json.dumps(name), ",\n".join(json.dumps(look) for look in looks)))
    (HERE / "remote_expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(sum(map(len, found.values())), "looks")


if __name__ == "__main__":
    main(sys.argv[1])
