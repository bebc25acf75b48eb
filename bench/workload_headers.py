"""Cost of reading and of writing propagation headers of the default styles: JSON on stdout, ns of thread CPU.

Runs under either library. The headers are those of a request between two Python services.
"""

import json
import sys
import time

from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import tracer


HEADERS = {
    "Host": "localhost:8000",
    "User-Agent": "python-requests/2.32.3",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
    "x-datadog-trace-id": "12750720520436380934",
    "x-datadog-parent-id": "67667974448284343",
    "x-datadog-sampling-priority": "1",
    "x-datadog-tags": "_dd.p.dm=-0,_dd.p.tid=640cfd8d00000000",
    "traceparent": "00-640cfd8d00000000b0f3a8c1d2e4f506-00f067aa0ba902b7-01",
    "tracestate": "dd=p:00f067aa0ba902b7;s:1;t.dm:-0;t.tid:640cfd8d00000000,ot=rv:0e3f8b4c9d2a71;th:0",
}


def extract(rounds):
    for _ in range(rounds):
        HTTPPropagator.extract(HEADERS)


def inject(rounds):
    """By the context of the active span, as the HTTP clients do; the decision is made by then."""
    with tracer.trace("root"):
        with tracer.trace("http.request") as span:
            for _ in range(rounds):
                HTTPPropagator.inject(span.context, {})


def measure(function, rounds, repeats=7):
    function(100)
    best = []
    for _ in range(repeats):
        start = time.thread_time_ns()
        function(rounds)
        best.append((time.thread_time_ns() - start) / rounds)
    return min(best)


if __name__ == "__main__":
    rounds = int(sys.argv[1])
    json.dump({"extract": measure(extract, rounds), "inject": measure(inject, rounds)}, sys.stdout)
