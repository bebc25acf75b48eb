"""Spans of every kind that client stats tell apart. WARM: seconds until the tracer knows its agent."""

import os
import time

from ddtrace.trace import tracer


for _ in range(2):
    tracer.trace("warm").finish()
    tracer.flush()
    time.sleep(float(os.environ.get("WARM", "0")))


def span(name, tags=None, metrics=None, error=0, **more):
    with tracer.trace(name, **dict({"service": "a"}, **more)) as one:
        for key, value in (tags or {}).items():
            one.set_tag(key, value)
        for key, value in (metrics or {}).items():
            one.set_metric(key, value)
        one.error = error


for i in range(5):
    with tracer.trace("web.request", service="web", resource="GET /%d" % (i % 2), span_type="web") as request:
        request.set_tag("span.kind", "server")
        request.set_tag("http.status_code", "200" if i else "500")
        request.set_tag("http.method", "GET")
        request.set_tag("http.route", "/route")
        request.set_tag("http.endpoint", "/endpoint")
        query = {
            "span.kind": "client",
            "db.instance": "main",
            "out.host": "10.1.2.3",
            "peer.service": "pg",
            "db.type": "x",
        }
        span(
            "query",
            query,
            service="pg",
            resource="SELECT * FROM t WHERE a=%d AND b='x'" % i,
            span_type="sql",
            error=i == 2,
        )
        span("internal", service=None)
        span("measured", metrics={"_dd.measured": 1}, service=None)
        span("command", {"span.kind": "client"}, service="rd", resource="SET k v", span_type="redis")
        if i == 3:
            request.set_tag("manual.drop")
        if i == 4:
            request.set_tag("manual.keep")
for _ in range(3):
    span("dropped", {"manual.drop": ""})
span("dropped.error", {"manual.drop": ""}, error=1)
with tracer.trace("dropped.child.error", service="a") as root:
    root.set_tag("manual.drop")
    span("child", error=1)
with tracer.trace("dropped.single", service="a") as root:
    root.set_tag("manual.drop")
    span("single")
    span("other")
with tracer.trace("dropped.long", service="a") as root:
    root.set_tag("manual.drop")
    for i in range(650):
        span("part", service="b" if i % 2 else "a")
span("route", {"http.route": "/r/{x}", "http.status_code": "404", "http.method": "POST", "span.kind": "server"})
span("filtered", {"secret": "1"})
with tracer.trace("filtered.child", service="a"):
    span("child.secret", {"secret": "1", "span.kind": "client"})
span("ignored", resource="GET /health")
span("source", {"_dd.svc_src": "opt.x", "env": "other", "version": "9"})
for code in ("ok", "5", "UNKNOWN", "StatusCode.CANCELLED", "bogus"):
    for key in ("rpc.grpc.status_code", "grpc.code", "rpc.grpc.status.code", "grpc.status.code"):
        span("grpc", {key: code}, resource=key)
for host in (
    "localhost",
    "127.0.0.1",
    "::1",
    "169.254.169.254",
    "10.0.0.1:80",
    "ip-10-0-0-1.ec2.internal",
    "http://10.0.0.1/x",
):
    span("peer", {"span.kind": "client", "out.host": host})
for kind in ("server", "consumer", "producer", "internal", "CLIENT", "weird"):
    with tracer.trace("kind", service="a"):
        span("kind.of", {"span.kind": kind, "out.host": "h", "messaging.system": "kafka"})
with tracer.trace("partial", service="a"):
    span("partial.version", {"span.kind": "server"}, {"_dd.partial_version": 1})
span("status", metrics={"http.status_code": 201})
span("status", {"http.status_code": "abc"})
for origin in ("synthetics", "synthetics-browser", "synthetica"):
    with tracer.trace("origin", service="a") as root:
        root.context.dd_origin = origin
span("n" * 300, service="s" * 300, resource="r" * 6000, span_type="t" * 300)
tracer.flush()
