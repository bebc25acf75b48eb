"""An agent that keeps what it is sent: telemetry, requests for remote configuration, metrics, traces."""

import base64
import hashlib
import json
import socket
import threading
import time

from agent_server import AgentServer


TELEMETRY = "/telemetry/proxy/"
CONFIG = "/v0.7/config"
TRACES = ("/v0.4/traces", "/v0.5/traces")


class FakeAgent(AgentServer):
    """Listens on ports of its own from construction to close(); every request is in ``requests``."""

    def __init__(self, endpoints=(*TRACES, TELEMETRY, CONFIG)):
        self.endpoints = list(endpoints)
        self.requests = []  # (path, headers, body)
        self.datagrams = []
        self.configs = {}  # path of a remote configuration -> its object
        self.version = 1
        self.config_status = 200
        self.lock = threading.Lock()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.dogstatsd_url = "udp://127.0.0.1:%d" % self.udp.getsockname()[1]
        threading.Thread(target=self._receive, daemon=True).start()
        super().__init__()

    def close(self):
        super().close()
        self.udp.close()

    def _receive(self):
        while True:
            try:
                datagram = self.udp.recv(65536)
            except OSError:
                return
            with self.lock:
                self.datagrams.append(datagram.decode())

    def answer(self, path, headers, body):
        with self.lock:
            self.requests.append((path, {name.lower(): text for name, text in headers.items()}, body))
            if path == "/info":
                return 200, json.dumps(
                    {"version": "7.85.0", "endpoints": self.endpoints, "client_drop_p0s": False, "config": {}}
                ).encode()
            if path == CONFIG:
                if self.config_status != 200:
                    return self.config_status, b""
                return 200, self._config(json.loads(body))
            if path.startswith(TELEMETRY):
                return 202, b""
            if path in TRACES:
                return 200, b'{"rate_by_service":{}}'
            return 404, b""

    def set_configs(self, configs):
        with self.lock:
            self.configs = configs
            self.version += 1

    def _config(self, request):
        if request["client"]["state"].get("targets_version") == self.version:
            return b"{}"
        files = {path: json.dumps(content).encode() for path, content in self.configs.items()}
        targets = {
            "signatures": [],
            "signed": {
                "_type": "targets",
                "custom": {"opaque_backend_state": base64.b64encode(b"state").decode()},
                "expires": "2099-01-01T00:00:00Z",
                "spec_version": "1.0.0",
                "targets": {
                    path: {
                        "custom": {"v": self.version},
                        "hashes": {"sha256": hashlib.sha256(raw).hexdigest()},
                        "length": len(raw),
                    }
                    for path, raw in files.items()
                },
                "version": self.version,
            },
        }
        return json.dumps(
            {
                "roots": [],
                "targets": base64.b64encode(json.dumps(targets).encode()).decode(),
                "target_files": [{"path": path, "raw": base64.b64encode(raw).decode()} for path, raw in files.items()],
                "client_configs": list(files),
            }
        ).encode()

    def bodies(self, path):
        """The JSON bodies posted to a path, in the order they came."""
        with self.lock:
            return [json.loads(body) for at, _, body in self.requests if at.startswith(path) and body]

    def events(self, runtime_id=None):
        """(request type, body, payload) of all telemetry, batches taken apart."""
        found = []
        for body in self.bodies(TELEMETRY):
            if runtime_id and body["runtime_id"] != runtime_id:
                continue
            if body["request_type"] == "message-batch":
                found += [(part["request_type"], body, part.get("payload")) for part in body["payload"]]
            else:
                found.append((body["request_type"], body, body.get("payload")))
        return found

    def payloads(self, kind):
        return [payload for at, _, payload in self.events() if at == kind]


if __name__ == "__main__":
    with FakeAgent() as agent:
        print(agent.url, agent.dogstatsd_url, flush=True)
        while True:
            time.sleep(3600)
