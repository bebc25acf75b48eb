"""Cost of a span in the calling thread: one JSON object on stdout, ns of thread CPU per span.

Runs under either library; both are imported as ``ddtrace``. Child spans are made
ten to a root, and the root's own cost is counted with them.
"""

import asyncio
import json
import sys
import time

from ddtrace.trace import tracer


CHILDREN = 10


def bare():
    trace = tracer.trace
    with trace("root", service="bench", resource="root"):
        for _ in range(CHILDREN):
            with trace("child"):
                pass


def tagged():
    trace = tracer.trace
    with trace("root", service="bench", resource="root"):
        for i in range(CHILDREN):
            with trace("child", service="db", resource="SELECT 1", span_type="sql") as span:
                span.set_tag("component", "bench")
                span.set_tag("span.kind", "client")
                span.set_tag("db.name", "orders")
                span.set_tag("db.user", "reader")
                span.set_tag("out.host", "127.0.0.1")
                span.set_metric("db.row_count", i)
                span.set_metric("network.destination.port", 5432)


async def _task():
    with tracer.trace("child"):
        pass


async def _request():
    with tracer.trace("root", service="bench", resource="root"):
        await asyncio.gather(*[_task() for _ in range(CHILDREN)])


def _bare_task_cost(rounds):
    """ns a span that the same tasks cost without a span."""

    async def nothing():
        pass

    async def request():
        await asyncio.gather(*[nothing() for _ in range(CHILDREN)])

    async def main():
        start = time.thread_time_ns()
        for _ in range(rounds):
            await request()
        return (time.thread_time_ns() - start) / (rounds * (CHILDREN + 1))

    return asyncio.run(main())


def measure(function, rounds, repeats=7):
    function()
    best = []
    for _ in range(repeats):
        start = time.thread_time_ns()
        for _ in range(rounds):
            function()
        best.append((time.thread_time_ns() - start) / (rounds * (CHILDREN + 1)))
    return min(best)


def measure_asyncio(rounds, repeats=5):
    async def main():
        start = time.thread_time_ns()
        for _ in range(rounds):
            await _request()
        return (time.thread_time_ns() - start) / (rounds * (CHILDREN + 1))

    with_spans = min(asyncio.run(main()) for _ in range(repeats))
    return with_spans - min(_bare_task_cost(rounds) for _ in range(repeats))


if __name__ == "__main__":
    rounds = int(sys.argv[1])
    json.dump(
        {"bare": measure(bare, rounds), "tagged": measure(tagged, rounds), "asyncio": measure_asyncio(rounds // 4)},
        sys.stdout,
    )
