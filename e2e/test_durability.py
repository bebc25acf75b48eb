"""Nothing finished is lost: real processes, really killed."""

import os
import signal
import subprocess
import sys
import time

import pytest
from product import DDTRACE_RUN
from product import wait_for


KILLED = """
import os, signal, sys
from ddtrace.trace import tracer
for i in range(1000):
    with tracer.trace("work", service="killed", resource="r%d" % i):
        pass
sys.stdout.write("done")
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""

FORKED = """
import os
from ddtrace.trace import tracer
with tracer.trace("parent", service="forked"):
    child = os.fork()
    if child == 0:
        for i in range(500):
            with tracer.trace("child"):
                pass
        os._exit(0)
    os.waitpid(child, 0)
"""

# Until its standard input ends.
LOAD = """
import select, sys, time
from ddtrace.trace import tracer
made = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    for _ in range(20):
        with tracer.trace("root", service="load"):
            with tracer.trace("child"):
                pass
        made += 2
    time.sleep(0.01)
print(made)
"""


def start_load(env):
    return subprocess.Popen(
        [str(DDTRACE_RUN), sys.executable, "-c", LOAD],
        env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_kill_after_1000_finished_spans_loses_none(product):
    for n in range(1, 21):
        done = product.run(sys.executable, "-c", KILLED)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert done.stdout == "done"
        wait_for(lambda n=n: product.stored() >= 1000 * n, "run %d: %d spans stored" % (n, product.stored()))
    assert product.stored() == 20_000


def test_exit_of_a_forked_child_loses_none(product):
    for n in range(1, 21):
        done = product.run(sys.executable, "-c", FORKED)
        assert done.returncode == 0, done.stderr
        wait_for(lambda n=n: product.stored() >= 501 * n, "run %d: %d spans stored" % (n, product.stored()))
    assert product.stored() == 20 * 501
    parent = product.spans("name:parent")["spans"][0]
    trace = product.trace(parent["trace_id"])
    children = [s for s in trace["spans"] if s["name"] == "child"]
    assert len(children) == 500
    assert {s["parent_id"] for s in children} == {parent["span_id"]}


def test_a_running_span_of_a_killed_process_is_shown(product):
    program = (
        "import os, signal, time\nfrom ddtrace.trace import tracer\n"
        "with tracer.trace('done', service='crash'): pass\n"
        "tracer.trace('running', service='crash', resource='never ended')\n"
        "time.sleep(0.3)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    product.run(sys.executable, "-c", program)
    wait_for(lambda: product.stored() == 2, "both spans stored")
    (span,) = product.spans("name:running")["spans"]
    assert span["duration"] > 200e6
    (shown,) = product.trace(span["trace_id"])["spans"]
    assert shown["unfinished"]


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_end_of_serve_in_mid_load_loses_nothing(product, end):
    load = start_load(product.environment())
    for pause in (1.5, 1.2, 0.7):
        time.sleep(pause)
        assert load.poll() is None
        getattr(product, end)()
        product.start()
    made = int(load.communicate(timeout=60)[0])
    wait_for(lambda: product.stored() >= made, "%d spans made" % made)
    time.sleep(1.5)
    counted = product.api("/spans", q="service:load", **{"from": "-10m"})["total"]
    assert counted == made


@pytest.mark.parametrize("agent_away", [False, True], ids=["agent there", "agent away"])
def test_kill_of_collect_in_mid_load_loses_nothing(product, idle_product_for_collect, agent_away):
    """`collect` runs in a run dir of its own and ships over HTTP to serve."""
    env = idle_product_for_collect
    load = start_load(env)
    if agent_away:
        product.kill()
    for pause in (1.5, 1.2, 0.7):
        time.sleep(pause)
        assert load.poll() is None
        killed = wait_for(lambda: collectors(env["HOOFPRINT_RUN_DIR"]), "a collector runs")
        subprocess.run(["kill", "-9", *killed], check=True)
        # What starts it again on a real host is the next traced program.
        subprocess.run([str(DDTRACE_RUN), sys.executable, "-c", "pass"], env=env, check=True)
    made = int(load.communicate(timeout=60)[0])
    if agent_away:
        product.start()
    wait_for(lambda: product.stored() >= made, "%d spans made" % made)
    time.sleep(1.5)
    assert product.api("/spans", q="service:load", **{"from": "-10m"})["total"] == made


def test_a_collector_that_does_not_answer_is_replaced(idle_product_for_collect):
    """One that is stopped, or just being killed, still accepts connections; nobody may take it for one that works."""
    env = idle_product_for_collect
    start = [str(DDTRACE_RUN), sys.executable, "-c", "pass"]
    subprocess.run(start, env=env, check=True)
    for _ in range(3):
        (mute,) = wait_for(lambda: collectors(env["HOOFPRINT_RUN_DIR"]), "a collector runs")
        os.kill(int(mute), signal.SIGSTOP)
        subprocess.run(start, env=env, check=True)
        os.kill(int(mute), signal.SIGKILL)
        wait_for(lambda mute=mute: mute not in collectors(env["HOOFPRINT_RUN_DIR"]), "it is gone")


def test_a_killed_collector_is_missed_by_a_running_program(product, idle_product_for_collect):
    """Nothing else starts on this host: the program itself sees that nobody empties its ring."""
    env = dict(idle_product_for_collect, DD_TRACE_RING_SIZE=str(4 << 20))
    load = start_load(env)
    killed = wait_for(lambda: collectors(env["HOOFPRINT_RUN_DIR"]), "a collector runs")
    time.sleep(0.5)
    subprocess.run(["kill", "-9", *killed], check=True)
    wait_for(lambda: set(collectors(env["HOOFPRINT_RUN_DIR"])) - set(killed), "another collector runs")
    made = int(load.communicate(timeout=60)[0])
    wait_for(lambda: product.stored() >= made, "%d spans made" % made)
    assert product.api("/spans", q="service:load", **{"from": "-10m"})["total"] == made


@pytest.fixture
def idle_product_for_collect(product):
    apart = product.scratch / "apart"
    apart.mkdir(mode=0o700)
    yield product.environment(HOOFPRINT_RUN_DIR=str(apart))
    for pid in collectors(apart):
        subprocess.run(["kill", "-9", pid], check=False)


def collectors(run_dir):
    """pids of `hoofprint collect` that use a run dir; not of the stub that starts one and ends."""
    pattern = r"hoofprint collect .*--run-dir=%s( |$)" % run_dir
    return subprocess.run(["pgrep", "-f", pattern], stdout=subprocess.PIPE, text=True).stdout.split()
