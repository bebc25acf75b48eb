"""Our client's payloads are taken by a receiver built from the Datadog Agent's own code, without a warning."""

import json
import os
import subprocess
import sys
import threading

import pytest
from ports import free_port
from product import wait_for


ORACLE = os.environ.get("HOOFPRINT_ORACLE_AGENT")

APP = """
import sqlite3
from flask import Flask, render_template_string
from ddtrace.trace import tracer
app = Flask(__name__)

@app.get("/ok/<name>")
def ok(name):
    with tracer.trace("work", resource="wörk ☃") as span:
        span.set_tag("note", "x" * 30_000)
        span.set_metric("n", 1.5)
        span.set_link(trace_id=2**70, span_id=7)
        sqlite3.connect(":memory:").execute("SELECT 1").fetchall()
    return render_template_string("<p>{{ n }}</p>", n=name)

@app.get("/broken")
def broken():
    raise ValueError("no hoof, no horse")
"""


class Oracle:
    def __init__(self):
        self.process = subprocess.Popen(
            [ORACLE, "-listen", "127.0.0.1:0", "-until-stdin-ends"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.address = json.loads(self.process.stdout.readline())["address"]
        self.spans, self.complaints = [], []
        threading.Thread(target=self._read_spans, daemon=True).start()
        threading.Thread(target=self._read_complaints, daemon=True).start()

    def _read_spans(self):
        for line in self.process.stdout:
            self.spans.append(json.loads(line))

    def _read_complaints(self):
        for line in self.process.stderr:
            self.complaints.append(line)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(20)


@pytest.fixture
def oracle():
    running = Oracle()
    yield running
    running.stop()


@pytest.mark.skipif(not ORACLE, reason="HOOFPRINT_ORACLE_AGENT names no oracle-agent binary: run make test-e2e")
@pytest.mark.parametrize("version", ["v0.5", "v0.4"])
def test_the_agents_own_receiver_takes_our_payloads(idle_product, oracle, version):
    (idle_product.scratch / "app.py").write_text(APP)
    port = free_port()
    with idle_product.serve_traced(
        *(sys.executable, "-m", "flask", "--app", "app", "run", "-p", port),
        DD_TRACE_AGENT_URL=oracle.address,
        DD_TRACE_API_VERSION=version,
        DD_SERVICE="ours",
        DD_ENV="e2e",
    ) as server:
        base = "http://127.0.0.1:%d" % port
        for n in range(20):
            assert server.get("%s/ok/%d" % (base, n))[0] == 200
        assert server.get(base + "/broken")[0] == 500
        wait_for(lambda: sum(s["name"] == "flask.request" for s in oracle.spans) == 21, "21 requests at the agent")
    assert [line for line in oracle.complaints if "warning" in line.lower()] == []
    work = [s for s in oracle.spans if s["name"] == "work"]
    assert len(work) == 20
    assert {s["resource"] for s in work} == {"wörk ☃"}
    assert {s["service"] for s in work} == {"ours"}
    roots = {s["trace_id"] for s in oracle.spans if s["name"] == "flask.request"}
    assert len(roots) == 21
    assert {s["trace_id"] for s in work} <= roots
