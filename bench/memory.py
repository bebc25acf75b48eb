"""Memory over many spans: `make bench-memory [BENCH_ARGS=...]`, as bench/memory.py --millions 50 --agent both.

One process makes the spans, one collector brings them to an agent that is there, or is away all the time. Shown
is the memory of each over time. Fails if the process or the collector keeps growing, if a span is lost while
the agent is there, or if the spool grows beyond its bound.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from agent import Agent
from agent import free_port
from processes import status
from side import ROOT


PARTS = 20
SPOOL_BYTES = 64 << 20
# Of private memory, from the second part of the run to the last.
MAX_GROWTH_MB = 3
# 16 MiB of records, 2 of strings, and the header.
MAX_RING_MB = 20
# The collector holds spans while it sends them; it is held to 192 MiB by itself.
MAX_COLLECTOR_MB = 256


def private_mb(pid):
    return status(pid, "RssAnon") / 1024


def directory_mb(path):
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                total += os.path.getsize(os.path.join(folder, name))
            except OSError:
                pass
    return total / (1 << 20)


def received(agent):
    """Spans that came in at the agent."""
    with urllib.request.urlopen(agent.api + "/status", timeout=20) as answer:
        return json.load(answer)["intake"]["spans"]


def run(millions, agent_is_there, scratch, run_dir):
    """Returns what was wrong, as lines."""
    agent = Agent(scratch) if agent_is_there else None
    spool = scratch / "spool"
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("DD_", "HOOFPRINT_R", "HOOFPRINT_B", "PYTHON"))}
    env = {
        **keep,
        "PYTHONPATH": str(ROOT / "python"),
        "HOOFPRINT_RUN_DIR": run_dir,
        "DD_TRACE_AGENT_URL": agent.url if agent else "http://127.0.0.1:%d" % free_port(),
    }
    collect = [str(ROOT / "bin/hoofprint"), "collect", "--run-dir", run_dir, "--spool-dir", str(spool)]
    collector = subprocess.Popen([*collect, "--spool-bytes", str(SPOOL_BYTES)], env=env, stderr=subprocess.DEVNULL)
    begin = time.monotonic()
    work = [str(ROOT / "bench/workload_memory.py"), str(millions), str(PARTS), "patient" if agent else "hasty"]
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, *work], env=env, stdin=pipe, stdout=pipe, text=True)
    print("\nThe agent is %s.\n" % ("there" if agent else "away"))
    print("| million spans | seconds | process, MB | ring, MB | collector, MB | spool, MB | dropped |")
    print("|---|---|---|---|---|---|---|")
    rows, wrong = [], []
    made = dropped = 0
    for line in process.stdout:
        made, dropped = map(int, line.split())
        row = (private_mb(process.pid), status(process.pid, "RssShmem") / 1024)
        rows.append((*row, private_mb(collector.pid), directory_mb(spool)))
        numbers = "%.1f | %.0f | %.2f | %.1f | %.1f | %.0f" % (made / 1e6, time.monotonic() - begin, *rows[-1])
        print("| %s | %d |" % (numbers, dropped), flush=True)
        process.stdin.write("\n")
        process.stdin.flush()
    if process.wait() != 0 or len(rows) != PARTS:
        wrong.append("the program failed")
    else:
        growth = rows[-1][0] - rows[1][0]
        if growth > MAX_GROWTH_MB:
            wrong.append("the process grew by %.1f MB" % growth)
        if max(row[1] for row in rows) > MAX_RING_MB:
            wrong.append("the ring took more than %d MB" % MAX_RING_MB)
        if max(row[2] for row in rows) > MAX_COLLECTOR_MB:
            wrong.append("the collector took more than %d MB" % MAX_COLLECTOR_MB)
        if max(row[3] for row in rows) > SPOOL_BYTES / (1 << 20) * 1.1:
            wrong.append("the spool grew beyond its bound of %d MB" % (SPOOL_BYTES >> 20))
    if agent:
        try:
            agent.wait_for(lambda: received(agent) >= made - dropped, 60)
        except TimeoutError:
            pass
        print("\n%d spans made, %d dropped, %d received by the agent" % (made, dropped, received(agent)))
        if dropped or received(agent) != made:
            wrong.append("spans are missing")
    collector.terminate()
    if collector.wait(20) != 0:
        wrong.append("the collector failed")
    if agent:
        agent.stop()
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, default=50)
    parser.add_argument("--agent", choices=["there", "away", "both"], default="both")
    options = parser.parse_args()
    wrong = []
    for there in (True, False):
        if options.agent in ("both", "there" if there else "away"):
            with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryDirectory(dir="/dev/shm") as run_dir:
                wrong += run(options.millions, there, Path(scratch), run_dir)
    for line in wrong:
        print("wrong:", line)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
