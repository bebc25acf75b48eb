"""Spans of every kind under several settings: what ddtrace 4.16 was seen to send, and what we write.

    observed.py <settings> <out.json>            with our package, from its ring
    observed.py --ddtrace <settings> <out.json>  with the unmodified ddtrace (and msgpack) on the
                                                 path, from what it sends to an agent

The expected/observed_<settings>.json were made by the second; the test makes the first and compares.
"""

import json
import os
import sys
import tempfile


HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(os.path.dirname(HERE))

SETTINGS = {
    "plain": {},
    "tagged": {"DD_SERVICE": "svc", "DD_ENV": "prod", "DD_VERSION": "1.2", "DD_TAGS": "team:core,foo:zap"},
    "mapped": {"DD_SERVICE": "svc", "DD_SERVICE_MAPPING": "other:mapped"},
    "short": {
        "DD_SERVICE": "svc",
        "DD_HOSTNAME": "host",
        "DD_TRACE_REPORT_HOSTNAME": "1",
        "DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED": "false",
    },
}

# Values that differ from run to run; their length does not.
VARYING = ("_dd.p.tid", "runtime-id")


def scenario(tracer, Context):
    with tracer.trace("services"):
        with tracer.trace("services.other", service="other") as span:
            span.set_tag("component", "x")
        with tracer.trace("services.upper", service="SVC"):
            with tracer.trace("services.back", service="svc"):
                pass
    with tracer.trace("tags", service="other", resource="rr", span_type="web") as span:
        span.set_tag("http.status_code", 500)
        span.set_metric("m", "12")
        span.set_tag("error", 1)
        span.set_tag("service.version", "2")
        with tracer.trace("tags.drop") as span:
            span.set_tag("manual.drop")
    meta = {"_dd.p.dm": "-4", "_dd.p.usr": "u", "foo": "bar"}
    tracer.context_provider.activate(Context((5 << 64) | 9, 77, "synthetics", 2, meta, {"mm": 4}))
    with tracer.trace("remote"):
        with tracer.trace("remote.child"):
            pass
    tracer.context_provider.activate(None)
    with tracer.trace("local") as span:
        with tracer.start_span("local.context", child_of=span.context):
            pass
        span.service = "changed"
    try:
        with tracer.trace("error"):
            with tracer.trace("error.inner"):
                raise ValueError("x")
    except ValueError:
        pass
    tracer.start_span("undecided", child_of=Context(3, 4)).finish()
    tracer.start_span("no trace id", child_of=Context(None, 4, sampling_priority=0)).finish()
    with tracer.trace("own words") as span:
        span.set_tags({"service.name": "tagged", "env": "e2", "version": "v9", "runtime-id": "x", "language": "cobol"})
        span.set_tags({"_dd.p.dm": "-9", "_sampling_priority_v1": "5", "none": None, "bool": True, "big": 2**64})
    with tracer.trace("empty", resource="") as span:
        with tracer.trace("empty.service", service=""):
            pass
        span.resource = None
    root = tracer.trace("early")
    child = tracer.trace("early.child")
    root.finish()
    child.finish()
    with tracer.trace("kept") as span:
        span.set_tag("manual.keep")
        with tracer.trace("kept.child", span_type="sql") as span:
            span.error = 1
            span.set_tag("_dd.measured")
            span.name = "renamed"
    with tracer.trace("component", service="redis") as span:
        span.set_tag("component", "redis")


def comparable(found):
    """A span as JSON, without what differs between runs, processes and working directories."""
    meta = {key: value for key, value in (found.get("meta") or {}).items() if key != "_dd.tags.process"}
    metrics = {key: float(value) for key, value in (found.get("metrics") or {}).items()}
    # The writer's keep rate is the collector's to know.
    metrics.pop("_dd.tracer_kr", None)
    metrics.pop("process_id", None)
    if "error.stack" in meta:
        meta["error.stack"] = meta["error.stack"].splitlines()[-1]
    for key in VARYING:
        if key in meta:
            meta[key] = f"{len(meta[key])} characters"
    return {
        "service": found.get("service", ""),
        "resource": found.get("resource", ""),
        "type": found.get("type") or "",
        "error": found.get("error", 0),
        "child": bool(found.get("parent_id")),
        "meta": meta,
        "metrics": metrics,
    }


def ours():
    sys.path[:0] = [PACKAGE, HERE]
    with tempfile.TemporaryDirectory() as directory:
        os.environ["HOOFPRINT_RUN_DIR"] = os.path.join(directory, "run")
        os.environ["HOOFPRINT_BIN"] = "/bin/true"  # no collector
        from ddtrace.trace import Context
        from ddtrace.trace import tracer
        from ringreader import Reader

        scenario(tracer, Context)
        (ring,) = (name for name in os.listdir(os.path.join(directory, "run")) if name.endswith(".ring"))
        for span in Reader(os.path.join(directory, "run", ring)).spans():
            yield span["name"], comparable({**span, "meta": span["tags"]})


def theirs():
    import http.server
    import threading

    import msgpack

    payloads = []

    class Agent(http.server.BaseHTTPRequestHandler):
        def do_PUT(self):
            payloads.append((self.path, self.rfile.read(int(self.headers["Content-Length"] or 0))))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = do_PUT

        def log_message(self, *_args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Agent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["DD_TRACE_AGENT_URL"] = f"http://127.0.0.1:{server.server_address[1]}"
    os.environ["DD_TRACE_API_VERSION"] = "v0.4"
    os.environ["DD_INSTRUMENTATION_TELEMETRY_ENABLED"] = os.environ["DD_REMOTE_CONFIGURATION_ENABLED"] = "false"
    from ddtrace.trace import Context
    from ddtrace.trace import tracer

    scenario(tracer, Context)
    tracer.shutdown()
    for path, body in payloads:
        if path.endswith("/traces"):
            for chunk in msgpack.unpackb(body):
                for span in chunk:
                    yield span["name"], comparable(span)


if __name__ == "__main__":
    make = theirs if sys.argv[1] == "--ddtrace" else ours
    name, path = sys.argv[-2:]
    os.environ.update(SETTINGS[name])
    with open(path, "w") as f:
        json.dump(dict(make()), f, indent=1, sort_keys=True)
        f.write("\n")
