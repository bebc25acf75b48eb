"""Recapture expected/*.json: what the reference tracer makes of the scenarios.

    python recapture.py <python with ddtrace, msgpack and the libraries> [module ...]

Facts only: names, resources, tags. Run it when a scenario is added or when the
version of ddtrace whose behaviour is kept moves.
"""

import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading


here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)

import span_trees  # noqa: E402


MODULES = sorted(f[:-3] for f in os.listdir(os.path.join(here, "scenarios")) if f.startswith("with_"))


class FakeAgent(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer(json.dumps({"endpoints": ["/v0.4/traces"], "client_drop_p0s": False}).encode())

    def do_PUT(self):
        if self.headers.get("transfer-encoding") == "chunked":
            body = b""
            while True:
                size = int(self.rfile.readline(), 16)
                body += self.rfile.read(size)
                self.rfile.readline()
                if not size:
                    break
        else:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path == "/v0.4/traces":
            self.server.payloads.append(body)
        self._answer(b'{"rate_by_service": {}}')

    do_POST = do_PUT

    def _answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def run(python, module, env):
    """-> (what the scenarios returned, {scenario: trees})"""
    agent = http.server.ThreadingHTTPServer(("127.0.0.1", 0), FakeAgent)
    agent.payloads = []
    threading.Thread(target=agent.serve_forever, daemon=True).start()
    with tempfile.NamedTemporaryFile("r") as results:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("DD_", "PYTHONPATH"))}
        clean.update(
            env,
            DD_TRACE_AGENT_URL="http://127.0.0.1:%d" % agent.server_port,
            DD_TRACE_API_VERSION="v0.4",
            DD_INSTRUMENTATION_TELEMETRY_ENABLED="false",
            DD_REMOTE_CONFIGURATION_ENABLED="false",
        )
        subprocess.run(
            [python, os.path.join(here, "run_scenarios.py"), module, json.dumps(env), results.name],
            env=clean,
            check=True,
            timeout=300,
        )
        returned = json.load(results)
    agent.shutdown()
    code = (
        "import msgpack, sys, json\n"
        "unpacker = msgpack.Unpacker(sys.stdin.buffer, strict_map_key=False)\n"
        "print(json.dumps([s for p in unpacker for t in p for s in t]))"
    )
    done = subprocess.run([python, "-c", code], input=b"".join(agent.payloads), stdout=subprocess.PIPE, check=True)
    spans = json.loads(done.stdout)
    for span in spans:
        for key, empty in (
            ("meta", {}),
            ("metrics", {}),
            ("parent_id", 0),
            ("resource", ""),
            ("type", ""),
            ("service", ""),
            ("error", 0),
        ):
            span[key] = span.get(key) or empty
    return returned, span_trees.by_scenario(spans)


def main(python, modules):
    for module in modules:
        listed = subprocess.run(
            [python, os.path.join(here, "list_scenarios.py"), module], stdout=subprocess.PIPE, check=True
        )
        expected = {}
        for env in json.loads(listed.stdout):
            returned, trees = run(python, module, env)
            for name, value in returned.items():
                expected[name] = {"env": env, "returned": value, "traces": trees.get(name, [])}
        with open(os.path.join(here, "expected", module + ".json"), "w") as out:
            json.dump(expected, out, indent=1, sort_keys=True)
            out.write("\n")
        print(module, len(expected), "scenarios")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] or MODULES)
