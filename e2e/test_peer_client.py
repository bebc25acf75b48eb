"""The unmodified ddtrace 4.16 sends to our agent and is shown like our own client."""

import os
from pathlib import Path

import pytest
from ports import free_port
from product import wait_for


PEER = os.environ.get("HOOFPRINT_DDTRACE_PYTHON")

APP = """
import sqlite3
from flask import Flask, render_template_string
app = Flask(__name__)

@app.get("/ok")
def ok():
    sqlite3.connect(":memory:").execute("SELECT 1").fetchall()
    return render_template_string("<p>{{ n }}</p>", n=1)

@app.get("/broken")
def broken():
    raise ValueError("no hoof, no horse")
"""


@pytest.mark.skipif(not PEER, reason="HOOFPRINT_DDTRACE_PYTHON names no Python with ddtrace 4.16: run make test-e2e")
@pytest.mark.parametrize("version", ["v0.5", "v0.4"])
def test_flask_under_the_unmodified_ddtrace(product, version):
    (product.scratch / "app.py").write_text(APP)
    port = free_port()
    run = str(Path(PEER).parent / "ddtrace-run")
    with product.serve_traced(
        *(PEER, "-m", "flask", "--app", "app", "run", "-p", port),
        launcher=(run,),
        DD_SERVICE="peer",
        DD_ENV="e2e",
        DD_VERSION="7",
        DD_TRACE_API_VERSION=version,
    ) as server:
        base = "http://127.0.0.1:%d" % port
        assert server.get(base + "/ok")[0] == 200
        assert server.get(base + "/broken")[0] == 500
        wait_for(lambda: product.spans("service:peer name:flask.request")["total"] >= 2, "both requests")
    (service,) = [s for s in product.api("/services", env="e2e")["services"] if s["name"] == "peer"]
    assert service["requests"] >= 2 and service["errors"] >= 1
    assert service["version"] == "7"
    (failed,) = product.spans('resource:"GET /broken" name:flask.request')["spans"]
    assert failed["error"]
    types = {s["tags"].get("error.type") for s in product.trace(failed["trace_id"])["spans"]}
    assert "builtins.ValueError" in types
    (fine,) = product.spans('resource:"GET /ok" name:flask.request')["spans"]
    trace = product.trace(fine["trace_id"])
    assert trace["missing_parents"] == 0
    assert {"flask", "sqlite"} <= {s["tags"].get("component") for s in trace["spans"]}
