"""An agent that keeps traces by the first segment of the path, one segment a program."""

import json
import threading

import msgpack
from agent_server import AgentServer


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


class Receiver(AgentServer):
    """``chunks[program]``: the decoded chunks, as dicts with the field names of v0.4."""

    def __init__(self):
        self.chunks = {}
        self.lock = threading.Lock()
        super().__init__()

    def answer(self, path, headers, body):
        self.take(path, body)
        value = INFO if path.endswith("/info") else {"rate_by_service": RATES.get(path.split("/")[1], {})}
        return 200, json.dumps(value).encode()

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
