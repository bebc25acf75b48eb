"""However a process ends, what it finished arrives, and it ends as it would untraced."""

import os
import signal
import subprocess
import sys

import pytest
from product import DDTRACE_RUN
from product import wait_for


HEAD = "import os, signal, sys, threading, time\nfrom ddtrace.trace import tracer\n"

ENDINGS = {
    "returns": ("", 0),
    "sys.exit": ("sys.exit(3)", 3),
    "an exception": ("raise ValueError('end')", 1),
    "os._exit": ("os._exit(4)", 4),
    "os.abort": ("os.abort()", -signal.SIGABRT),
    "SIGTERM": ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)", -signal.SIGTERM),
    "SIGINT": ("os.kill(os.getpid(), signal.SIGINT); time.sleep(60)", -signal.SIGINT),
    "SIGHUP": ("os.kill(os.getpid(), signal.SIGHUP); time.sleep(60)", -signal.SIGHUP),
    "SIGKILL": ("os.kill(os.getpid(), signal.SIGKILL); time.sleep(60)", -signal.SIGKILL),
    "SIGSEGV": ("os.kill(os.getpid(), signal.SIGSEGV); time.sleep(60)", -signal.SIGSEGV),
    "a handled SIGTERM": (
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(5)); os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)",
        5,
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_ending(host, ending):
    last, status = ENDINGS[ending]
    ran = host.run(HEAD + "for i in range(50):\n    tracer.trace('work').finish()\n" + last + "\n")
    assert ran.returncode == status
    assert "ddtrace" not in ran.stderr
    assert ran.names(50) == ["work"] * 50


def test_a_span_that_is_open_when_the_process_is_ended_by_a_signal(host):
    ran = host.run(HEAD + "span = tracer.trace('open')\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(60)\n")
    assert ran.returncode == -signal.SIGTERM
    (span,) = ran.spans(1)
    (shown,) = host.product.trace(span["trace_id"])["spans"]
    assert shown["unfinished"]


def test_an_exception_in_an_open_span_is_told(host):
    ran = host.run(HEAD + "with tracer.trace('failed'):\n    raise KeyError('end')\n")
    assert ran.returncode == 1 and "KeyError" in ran.stderr
    (span,) = ran.spans(1)
    assert span["error"]


def test_spans_of_the_interpreters_end(host):
    source = (
        HEAD
        + """
import atexit
def late():
    with tracer.trace('atexit'):
        tracer.trace('atexit.child').finish()
atexit.register(late)
class Last:
    def __del__(self, trace=tracer.trace):
        with trace('del'):
            pass
keep = Last()
cycle = Last(); cycle.self = cycle
with tracer.trace('early'):
    pass
"""
    )
    ran = host.run(source)
    assert (ran.returncode, ran.stderr) == (0, "")
    names = ran.names(5)
    assert names.count("del") == 2 and {"atexit", "atexit.child", "early"} < set(names)


def test_exceptions_at_exit_stay_those_of_the_application(host):
    source = (
        HEAD
        + """
import atexit
def fail():
    tracer.trace('atexit').finish()
    raise RuntimeError('at exit')
atexit.register(fail)
class Last:
    def __del__(self, trace=tracer.trace):
        trace('del').finish()
        raise RuntimeError('del')
keep = Last()
"""
    )
    ran = host.run(source)
    assert ran.returncode == 0
    assert "at exit" in ran.stderr and "Traceback" in ran.stderr
    assert ran.names(2) == ["atexit", "del"]


def test_daemon_threads_that_trace_when_the_interpreter_ends(host):
    """CPython ends such threads wherever they are; that must not crash, many times over."""
    source = (
        HEAD
        + """
def work():
    while True:
        with tracer.trace('work'):
            tracer.trace('child').finish()
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.05)
tracer.trace('main').finish()
"""
    )
    for _ in range(10):
        ran = host.run(source, DD_TRACE_RING_SIZE=str(64 << 20))
        assert (ran.returncode, ran.stderr) == (0, "")
        product, service = host.product, ran.service
        wait_for(lambda: product.spans("name:main service:" + service)["total"] == 1, "the last span")  # noqa: B023


def test_nothing_is_left_when_all_have_ended(host):
    assert host.run(HEAD + "tracer.trace('x').finish()").returncode == 0
    run_dir = host.product.run_dir
    wait_for(lambda: not [e for e in os.listdir(run_dir) if "ring" in e or "tmp" in e], "an empty run directory")


def test_a_program_that_closes_its_standard_streams(host):
    ran = host.run(HEAD + "for fd in (0, 1, 2): os.close(fd)\ntracer.trace('x').finish()\nopen('/dev/null')\n")
    assert ran.returncode == 0
    assert ran.names(1) == ["x"]


def test_a_launcher_without_standard_streams(host):
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    ran = host.run(HEAD + "tracer.trace('x').finish()\n", before=closed)
    assert ran.returncode == 0
    assert ran.names(1) == ["x"]


def test_pipes_are_not_held_open_by_a_collector_that_a_program_starts(idle_product):
    """Who reads a program's output to its end must not wait for the collector in the background."""
    source = "from ddtrace.trace import tracer\ntracer.trace('x').finish()\nprint('done')\n"
    for launcher in ([str(DDTRACE_RUN)], []):
        env = idle_product.environment()
        if not launcher:
            source = "import ddtrace.auto\n" + source
            env.update(PYTHONPATH=str(DDTRACE_RUN.parent.parent / "python"))
        # communicate() returns at the end of file of both pipes.
        done = subprocess.run(
            [*launcher, sys.executable, "-c", source], env=env, capture_output=True, text=True, timeout=30
        )
        assert (done.stdout, done.stderr) == ("done\n", "")
        wait_for(lambda: (idle_product.run_dir / "collector.sock").exists(), "a collector runs")
        subprocess.run(["pkill", "-f", "--", "--run-dir=%s" % idle_product.run_dir], check=True)
        wait_for(lambda: not (idle_product.run_dir / "collector.sock").exists(), "it has ended")
