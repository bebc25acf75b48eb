"""An agent that keeps traces by the first segment of the path, one segment a program."""

import json
import threading
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer

import msgpack


INFO = {"version": "7.85.0", "endpoints": ["/v0.4/traces", "/v0.5/traces"], "client_drop_p0s": False, "config": {}}

# What the agent answers to the traces of a program; {} to others.
RATES = {
    "sampling.agent_rates": {"service:,env:": 1.0, "service:rejected,env:": 0.0, "service:kept,env:prod": 1.0},
}

# The fields of a v0.5 span, in their order; the first three and the last are indexes into the strings.
FIELDS = (
    "service", "name", "resource", "trace_id", "span_id", "parent_id", "start", "duration", "error", "meta",
    "metrics", "type",
)  # fmt: skip


class Receiver:
    """``chunks[program]``: the decoded chunks, as dicts with the field names of v0.4."""

    def __init__(self):
        self.chunks = {}
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self._answer(INFO)

            def do_PUT(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.take(self.path, body)
                self._answer({"rate_by_service": RATES.get(self.path.split("/")[1], {})})

            do_POST = do_PUT

            def _answer(self, value):
                body = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def take(self, path, body):
        program, _, endpoint = path.lstrip("/").partition("/")
        if endpoint == "v0.4/traces":
            chunks = msgpack.unpackb(body, strict_map_key=False)
        elif endpoint == "v0.5/traces":
            strings, raw = msgpack.unpackb(body, strict_map_key=False)
            chunks = [[from_array(strings, span) for span in chunk] for chunk in raw]
        else:
            return
        with self.lock:
            self.chunks.setdefault(program, []).extend(chunks)


def from_array(strings, values):
    span = dict(zip(FIELDS, values))
    for key in ("service", "name", "resource", "type"):
        span[key] = strings[span[key]]
    span["meta"] = {strings[key]: strings[value] for key, value in span["meta"].items()}
    span["metrics"] = {strings[key]: value for key, value in span["metrics"].items()}
    return span
