"""Makes N million spans in one process; after each part of them prints what it made and what was dropped.

With "patient" it waits while its ring is more than half full, so that nothing is dropped.
"""

import sys
import time

from ddtrace import _core
from ddtrace.trace import tracer


def trace(number):
    """Ten spans, some with values that never come again."""
    with tracer.trace("web.request", service="memory", resource="GET /%d" % (number % 1000), span_type="web") as root:
        root.set_tag("user.id", "user-%d" % number)
        for i in range(8):
            with tracer.trace("db.query", service="db", resource="SELECT %d" % i, span_type="sql") as span:
                span.set_tag("db.name", "orders")
                span.set_metric("db.row_count", i)
        try:
            with tracer.trace("fails"):
                if number % 100 == 0:
                    raise ValueError(number)
        except ValueError:
            pass


def main(millions, parts, patient):
    half = 8 << 20
    part = millions * 1_000_000 / parts
    made, told = 0, 0
    while told < parts:
        for _ in range(100):
            trace(made)
            made += 10
        if patient:
            while True:
                ring = _core.ring_stats()
                if ring["head"] - ring["tail"] < half:
                    break
                time.sleep(0.002)
        if made >= part * (told + 1):
            told += 1
            print(made, _core.ring_stats()["dropped"], flush=True)
            sys.stdin.readline()  # while our memory is looked at


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "patient")
