"""Measures Hoofprint against ddtrace 4.16 in one run; prints a table and writes docs/benchmarks.md.

    python bench/bench.py [--quick] [--no-write]

Everything is CPU time or memory, never wall-clock time: these figures survive a noisy machine.
"""

import argparse
import json
import shutil
import signal
import tempfile
import time
import urllib.request
from pathlib import Path

from agent import Agent
from agent import free_port
from processes import cpu_seconds
from processes import resident_mb
from processes import threads
from processes import tree_cpu_seconds
from side import ROOT
from side import sides
from table import Table


BENCH = ROOT / "bench"
FIRST_SPAN = "import ddtrace.auto\nfrom ddtrace.trace import tracer\nwith tracer.trace('first'): pass"


def span_cost(table, ours, peer, repeats, rounds):
    """ns of the calling thread for a started and finished span."""
    figures = {ours.name: [], peer.name: []}
    for _ in range(repeats):
        for side in (ours, peer):
            out, _ = side.run(str(BENCH / "workload_spans.py"), str(rounds))
            figures[side.name].append(json.loads(out))
    for key, what, goal in (
        ("bare", "child span", 15),
        ("tagged", "child span, 5 tags and 2 metrics", 12),
        ("asyncio", "child span in an asyncio task of its own", None),
    ):
        table.add(
            what,
            "ns",
            [f[key] for f in figures[ours.name]],
            [f[key] for f in figures[peer.name]],
            goal=goal,
        )


def header_cost(table, ours, peer, repeats, rounds):
    """ns of the calling thread to read the headers of a request, and to write them."""
    figures = {ours.name: [], peer.name: []}
    for _ in range(repeats):
        for side in (ours, peer):
            out, _ = side.run(str(BENCH / "workload_headers.py"), str(rounds))
            figures[side.name].append(json.loads(out))
    for key, what in (("extract", "headers of a request extracted"), ("inject", "headers injected")):
        table.add(
            what,
            "ns",
            [f[key] for f in figures[ours.name]],
            [f[key] for f in figures[peer.name]],
            goal=10,
        )


def million_spans(table, agent, ours, peer, spans):
    """CPU s for a million spans: ours is the application and all that runs for it, the peer its application alone."""
    workload = str(BENCH / "workload_million.py")
    before, stored = cpu_seconds(agent.process.pid), agent.wait_settled()
    out, _ = ours.run(workload, str(spans))
    arrived = agent.wait_settled() - stored
    agent_cpu = cpu_seconds(agent.process.pid) - before
    app_cpu = json.loads(out)["cpu"]
    if arrived < spans:
        print("note: %d of %d spans arrived" % (arrived, spans))
    peer_out, _ = peer.run(workload, str(spans // 4))
    agent.wait_settled()
    per = 1_000_000 / spans
    peer_cpu = json.loads(peer_out)["cpu"] * 4 * per
    table.add("a million spans: application", "CPU s", [app_cpu * per], [peer_cpu])
    table.add(
        "a million spans: Hoofprint's application, collector, agent and store : ddtrace's application alone",
        "CPU s",
        [(app_cpu + agent_cpu) * per],
        [peer_cpu],
        goal=2,
    )


def start_up(table, bare, ours, peer, repeats):
    """CPU ms that an import, and the launcher, add to a Python that does nothing."""
    figures = {}
    for _ in range(repeats):
        for side in (bare, ours, peer):
            figures.setdefault((side.name, "nothing"), []).append(side.run("-c", "pass")[1] * 1000)
            if side is bare:
                continue
            figures.setdefault((side.name, "auto"), []).append(side.run("-c", "import ddtrace.auto")[1] * 1000)
            figures.setdefault((side.name, "span"), []).append(side.run("-c", FIRST_SPAN)[1] * 1000)
            figures.setdefault((side.name, "run"), []).append(side.run("-c", "pass", launch=True)[1] * 1000)
    nothing = sorted(figures[("bare", "nothing")])[repeats // 2]
    for key, what in (
        ("auto", "import ddtrace.auto, added"),
        ("span", "import ddtrace.auto and a first span, added"),
        ("run", "ddtrace-run python -c pass, added"),
    ):
        table.add(
            what,
            "CPU ms",
            [v - nothing for v in figures[(ours.name, key)]],
            [v - nothing for v in figures[(peer.name, key)]],
            figures[("bare", "nothing")],
            goal=None if key == "span" else 10,
        )


def at_rest(table, bare, ours, peer):
    """Resident memory and threads of a sleeping process under the launcher, that has made one span."""
    memory, count = {}, {}
    for side in (bare, ours, peer):
        first = "" if side is bare else FIRST_SPAN
        process = side.start("-c", first + "\nimport time\ntime.sleep(60)")
        time.sleep(4)
        memory[side.name], count[side.name] = resident_mb(process.pid), threads(process.pid)
        process.kill()
        process.wait()
    table.add(
        "resident memory added by ddtrace-run, with one span made",
        "MB",
        [memory[ours.name] - memory["bare"]],
        [memory[peer.name] - memory["bare"]],
        [memory["bare"]],
    )
    print("threads of a sleeping process: %s" % count)
    return count


def flask_requests(table, bare, ours, peer, requests):
    """CPU s of gunicorn and its worker for 1,000 requests, over that of the untraced application."""
    cost = {}
    for side in (bare, ours, peer):
        port = free_port()
        process = side.start("-m", "gunicorn", "-w", "1", "-b", "127.0.0.1:%d" % port, "flask_app:app")
        try:
            url = "http://127.0.0.1:%d/" % port
            get(url, patience=30)
            for _ in range(100):
                get(url)
            before = tree_cpu_seconds(process.pid)
            for _ in range(requests):
                get(url)
            time.sleep(1.5)
            cost[side.name] = (tree_cpu_seconds(process.pid) - before) * 1000 / requests
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    table.add(
        "Flask with sqlite3 and Jinja2 under gunicorn, 1,000 requests",
        "CPU s",
        [cost[ours.name]],
        [cost[peer.name]],
        [cost["bare"]],
    )
    table.add(
        "the same, added to the untraced application",
        "CPU s",
        [max(cost[ours.name] - cost["bare"], 0.001)],
        [cost[peer.name] - cost["bare"]],
    )


def get(url, patience=0):
    until = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.read()
        except OSError:
            if time.monotonic() >= until:
                raise
            time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, for trying the benchmark itself")
    parser.add_argument("--no-write", action="store_true", help="print only")
    arguments = parser.parse_args()
    scale = 10 if arguments.quick else 1
    scratch = Path(tempfile.mkdtemp(prefix="hoofprint-bench-"))
    agent = Agent(scratch)
    table = Table()
    try:
        bare, ours, peer = sides(agent.url, agent.run_dir)
        span_cost(table, ours, peer, 1 if arguments.quick else 3, 4000 // scale)
        header_cost(table, ours, peer, 1 if arguments.quick else 3, 20000 // scale)
        million_spans(table, agent, ours, peer, 1_000_000 // scale)
        start_up(table, bare, ours, peer, 3 if arguments.quick else 7)
        count = at_rest(table, bare, ours, peer)
        flask_requests(table, bare, ours, peer, 3000 // scale)
    finally:
        agent.stop()
        shutil.rmtree(scratch)
    page = (
        table.markdown()
        + "\nThreads of a sleeping process: %(bare)d bare, %(hoofprint)d Hoofprint, %(ddtrace)d ddtrace.\n" % count
    )
    print("\n" + page)
    if not (arguments.no_write or arguments.quick):
        (ROOT / "docs/benchmarks.md").write_text(page)


if __name__ == "__main__":
    main()
