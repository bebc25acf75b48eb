"""`ddtrace-run` as people meet it."""

import json
import subprocess
import sys

from product import DDTRACE_RUN
from product import wait_for


PROGRAM = "import threading\nfrom ddtrace.trace import tracer\nwith tracer.trace('one', service='web'):\n    pass\n"


def test_adds_no_thread_and_starts_the_collector_alone(idle_product):
    """No serve on this host: ddtrace-run starts `collect`, which keeps the spans until an agent is there."""
    program = PROGRAM + "print(open('/proc/self/status').read().split('Threads:')[1].split()[0])\n"
    done = idle_product.run(sys.executable, "-c", program)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "1"
    assert done.stderr == ""
    idle_product.start()
    wait_for(lambda: idle_product.stored() == 1, "the span that waited for the agent")


def test_off_means_off(idle_product):
    program = (
        "import os, sys\nimport ddtrace.auto\nfrom ddtrace.trace import tracer\n"
        "with tracer.trace('one'): pass\n"
        "import sqlite3\n"
        "print(sqlite3.connect.__module__, len(os.listdir('/proc/self/fd')), "
        "any('ddtrace' in type(f).__module__ for f in sys.meta_path))\n"
    )
    off = idle_product.run(sys.executable, "-c", program, DD_TRACE_ENABLED="false")
    assert off.returncode == 0, off.stderr
    plain = subprocess.run(
        [sys.executable, "-c", "import os\nprint('_sqlite3', len(os.listdir('/proc/self/fd')), False)"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert off.stdout == plain.stdout
    assert list(idle_product.run_dir.iterdir()) == []


def test_keeps_the_exit_status_and_signals_of_the_program(product):
    assert product.run(sys.executable, "-c", "raise SystemExit(7)").returncode == 7
    missing = product.run("no-such-program")
    assert missing.returncode == 127
    assert "no-such-program" in missing.stderr


def test_info_version_and_help(product):
    info = product.run("--info", "--json", DD_SERVICE="web", DD_TRACE_ENABELD="false")
    assert info.returncode == 0, info.stderr
    answer = json.loads(info.stdout)
    assert "web" in json.dumps(answer)
    text = product.run("--info", DD_SERVICE="web", DD_SERVCE="typo")
    assert "DD_SERVICE" in text.stdout and "DD_SERVCE" in text.stdout + text.stderr
    assert product.run("--version").stdout.strip() != ""
    assert "ddtrace-run" in subprocess.run([DDTRACE_RUN, "--help"], stdout=subprocess.PIPE, text=True).stdout


def test_serve_that_is_stopped_leaves_a_collector_to_running_programs(product):
    program = PROGRAM + "import time\ntime.sleep(3)\nwith tracer.trace('later', service='web'):\n    pass\n"
    running = subprocess.Popen(
        [DDTRACE_RUN, sys.executable, "-c", program],
        env=product.environment(),
    )
    wait_for(lambda: product.stored() == 1, "the first span")
    product.stop()
    assert running.wait(20) == 0
    product.start()
    wait_for(lambda: product.spans("name:later")["total"] == 1, "the span that was made while serve was away")
