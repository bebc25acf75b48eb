"""An agent that is away or slow costs the application neither spans nor time.

HOOFPRINT_OUTAGE is the length of the run of test_an_agent_away_in_mid_run in seconds; its agent is away for the
half of it. `make soak` takes 120.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import pytest
from moody_agent import MoodyAgent
from product import DDTRACE_RUN
from product import wait_for


LOAD = """
import gc, json, select, sys, time
from ddtrace.trace import tracer
with tracer.trace("first", service="load"):  # which opens the ring
    with tracer.trace("child"):
        pass
gc.disable()  # its pauses are not ours
made = 2
slowest = wall = 0.0
while not select.select([sys.stdin], [], [], 0)[0]:  # until its standard input ends
    for _ in range(50):
        before, began = time.thread_time(), time.perf_counter()
        with tracer.trace("root", service="load", resource="r"):
            with tracer.trace("child"):
                pass
        slowest = max(slowest, time.thread_time() - before)
        wall = max(wall, time.perf_counter() - began)
        made += 2
    time.sleep(0.01)
from ddtrace import _core
dropped = _core.ring_stats()["dropped"]
slow = {"slowest trace, CPU us": slowest * 1e6, "slowest trace, us": wall * 1e6}
print(json.dumps({"made": made, "found no room": dropped, **slow}))
"""


@pytest.fixture
def shared_memory(idle_product):
    """A run directory where it is by default: a file on a disk stalls its writer now and then."""
    root = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=root) as run_dir:
        yield run_dir
        subprocess.run(["pkill", "-f", "run-dir=" + run_dir], check=False)


def test_an_agent_away_in_mid_run(idle_product, shared_memory):
    seconds = float(os.environ.get("HOOFPRINT_OUTAGE", "12"))
    with MoodyAgent() as agent:
        load = subprocess.Popen(
            [str(DDTRACE_RUN), sys.executable, "-c", LOAD],
            env=idle_product.environment(DD_TRACE_AGENT_URL=agent.url, HOOFPRINT_RUN_DIR=shared_memory),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        wait_for(agent.count, "the first spans arrive")
        time.sleep(seconds / 4)
        agent.go()
        time.sleep(seconds / 2)
        assert load.poll() is None
        before = agent.count()
        agent.come()
        wait_for(lambda: agent.count() > before, "spans arrive again")
        time.sleep(seconds / 4)
        told = json.loads(load.communicate(timeout=60)[0])
        log = idle_product.scratch / "state" / "hoofprint" / "collector.log"
        try:
            wait_for(lambda: agent.count() >= told["made"], "all spans arrive")
        except AssertionError as error:
            raise AssertionError("%s; %d arrived of %s; %s" % (error, agent.count(), told, log.read_text())) from None
        assert agent.count() == told["made"]
        assert agent.twice() == 0
        assert all(len(chunk) == 2 for chunk in agent.chunks), "a trace was cut"
    print("\nagent away %g of %g s: %s" % (seconds / 2, seconds, told))


def test_a_slow_agent_does_not_hold_up_the_end_of_a_program(idle_product):
    with MoodyAgent(answer_after=3) as agent:
        program = (
            "from ddtrace.trace import tracer\nfor _ in range(100):\n    with tracer.trace('work', service='s'): pass\n"
            "tracer.flush()\n"
        )
        done = idle_product.run(sys.executable, "-c", program, DD_TRACE_AGENT_URL=agent.url)
        ended = time.monotonic()
        assert done.returncode == 0, done.stderr
        wait_for(lambda: agent.answers and agent.count() == 100, "all spans at the agent")
        assert ended < agent.answers[0]
        time.sleep(0.2)
        assert agent.twice() == 0


def test_what_an_absent_agent_missed_is_delivered_to_a_later_one(idle_product):
    """By the daemon that waits, with nothing traced any more."""
    agent = MoodyAgent()
    program = (
        "from ddtrace.trace import tracer\nfor _ in range(50):\n    with tracer.trace('work', service='s'): pass\n"
    )
    for _ in range(2):
        done = idle_product.run(sys.executable, "-c", program, DD_TRACE_AGENT_URL=agent.url)
        assert done.returncode == 0, done.stderr
    wait_for(lambda: list((idle_product.scratch / "state").rglob("*.seg")), "the spans are on disk")
    with agent:
        wait_for(lambda: agent.count() == 100, "all spans at the agent")
        wait_for(lambda: not list((idle_product.scratch / "state").rglob("*.seg")), "the disk is clean")
        assert agent.twice() == 0
    log = (idle_product.scratch / "state" / "hoofprint" / "collector.log").read_text()
    assert log.count("the agent is away") == 1, log
    assert log.count("the agent is back") == 1, log


MEMORY_RING = """
import sys, time
import ddtrace._ringfile as ringfile
def full(*args):
    raise OSError(28, "No space left on device")
ringfile.create = full
from ddtrace import _core
from ddtrace.trace import tracer
def spans(n):
    for _ in range(n):
        with tracer.trace("work", service="s", resource="r"):
            pass
spans(100)
# Until the collector knows that the agent has them: memory has no marks of what was under way.
until = time.monotonic() + 20
while _core.ring_stats()["tail"] < _core.ring_stats()["head"] and time.monotonic() < until:
    time.sleep(0.01)
print("made", flush=True)
for line in sys.stdin:  # the collector was killed
    spans(int(line))
    print("made", flush=True)
"""


def test_a_ring_in_memory_outlives_its_collector(idle_product):
    """Where the run directory has no room; the collector that was killed had the only other descriptor."""
    with MoodyAgent() as agent:
        env = idle_product.environment(
            DD_TRACE_AGENT_URL=agent.url, DD_TRACE_RING_SIZE=str(1 << 16), HOOFPRINT_PURE="1"
        )
        program = subprocess.Popen(
            [str(DDTRACE_RUN), sys.executable, "-c", MEMORY_RING],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with program:
            assert program.stdout.readline() == "made\n"
            wait_for(lambda: agent.count() == 100, "the first spans arrive")
            pattern = r"hoofprint collect .*--run-dir=%s( |$)" % idle_product.run_dir
            killed = subprocess.run(["pgrep", "-f", pattern], stdout=subprocess.PIPE, text=True).stdout.split()
            assert killed
            for pid in killed:
                os.kill(int(pid), 9)
            # More than half of the ring, which is what makes the program look for its collector.
            for n in (300, 1):
                program.stdin.write("%d\n" % n)
                program.stdin.flush()
                assert program.stdout.readline() == "made\n"
            wait_for(lambda: agent.count() == 401, "the spans since then arrive")
            program.stdin.close()
        assert program.wait() == 0
        assert agent.twice() == 0
