"""An agent that leaves counting to its clients, and what it was told."""

import hashlib
import json
import threading

import msgpack
from agent_server import AgentServer


INFO = {
    "version": "7.85.0",
    "endpoints": ["/v0.3/traces", "/v0.4/traces", "/v0.5/traces", "/v0.6/stats"],
    "client_drop_p0s": True,
    "peer_tags": ["_dd.base_service", "db.instance", "db.type", "messaging.system", "out.host", "peer.service"],
    "span_kinds_stats_computed": ["server", "client", "producer", "consumer"],
    "obfuscation_version": 1,
    "filter_tags": {"reject": ["secret:1"]},
    "ignore_resources": ["^GET /health$"],
    "config": {"default_env": "none"},
}


class CountingAgent(AgentServer):
    def __init__(self):
        self.stats, self.traces, self.dropped_traces, self.dropped_spans = [], [], 0, 0
        self.computed = set()  # of the payloads with traces: whether stats were computed
        self.lock = threading.Lock()
        super().__init__()

    def answer(self, path, headers, body):
        info = json.dumps(INFO).encode()
        if path == "/info":
            return 200, info
        self.take(path, headers, body)
        state = hashlib.sha256(info).hexdigest()
        return 200, b'{"rate_by_service":{"service:,env:":1}}', ("Datadog-Agent-State", state)

    def take(self, path, headers, body):
        with self.lock:
            if path == "/v0.6/stats":
                self.stats.append(msgpack.unpackb(body, raw=False, strict_map_key=False))
            elif path == "/v0.5/traces":
                strings, chunks = msgpack.unpackb(body, raw=False, strict_map_key=False)
                self.traces.extend([[strings[span[1]] for span in chunk] for chunk in chunks])
                self.computed.add(headers.get("Datadog-Client-Computed-Stats") == "true")
                self.dropped_traces += int(headers.get("Datadog-Client-Dropped-P0-Traces", 0))
                self.dropped_spans += int(headers.get("Datadog-Client-Dropped-P0-Spans", 0))

    def told(self):
        """What is the same in every run of one program, as JSON has it."""
        with self.lock:
            groups = {}
            for payload in self.stats:
                for bucket in payload["Stats"]:
                    for group in bucket["Stats"]:
                        key = {
                            name: value
                            for name, value in group.items()
                            if name not in ("Hits", "Errors", "TopLevelHits", "Duration", "OkSummary", "ErrorSummary")
                            and value not in ("", 0, [], False)
                        }
                        counts = groups.setdefault(json.dumps(key, sort_keys=True), [0, 0, 0])
                        for i, name in enumerate(("Hits", "Errors", "TopLevelHits")):
                            counts[i] += group[name]
            return {
                "groups": [
                    dict(json.loads(key), Hits=hits, Errors=errors, TopLevelHits=top)
                    for key, (hits, errors, top) in sorted(groups.items())
                    if '"Name": "warm' not in key
                ],
                "payload": sorted(
                    {json.dumps({name: p[name] for name in ("Env", "Version", "Service")}) for p in self.stats}
                ),
                "sent": sorted(sorted(names) for names in self.traces if not names[0].startswith("warm")),
                "dropped": [self.dropped_traces, self.dropped_spans],
            }
