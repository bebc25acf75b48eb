"""Makes N spans with 7 attributes each, ten to a trace, then exits normally.

Prints the CPU seconds of this whole process, children not included.
"""

import json
import os
import sys
import time

from ddtrace.trace import tracer


def main(spans):
    made = 0
    while made < spans:
        with tracer.trace("web.request", service="bench", resource="GET /", span_type="web"):
            for i in range(9):
                with tracer.trace("db.query", service="db", resource="SELECT 1", span_type="sql") as span:
                    span.set_tag("component", "bench")
                    span.set_tag("span.kind", "client")
                    span.set_tag("db.name", "orders")
                    span.set_tag("db.user", "reader")
                    span.set_tag("out.host", "127.0.0.1")
                    span.set_metric("db.row_count", i)
                    span.set_metric("network.destination.port", 5432)
        made += 10
        if made % 20_000 == 0:
            # A real application works between its spans; this also keeps the peer from
            # dropping spans for want of time to send them.
            time.sleep(0.1)
    return made


if __name__ == "__main__":
    base = os.times()
    made = main(int(sys.argv[1]))
    tracer.flush()
    now = os.times()
    json.dump({"spans": made, "cpu": now.user + now.system - base.user - base.system}, sys.stdout)
