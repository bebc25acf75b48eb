"""`hoofprint collect` between a traced program and an agent that is reached over the network or a socket."""

import subprocess
import sys

import pytest
from product import DDTRACE_RUN
from product import wait_for


PROGRAM = """
from ddtrace.trace import tracer
for i in range(100):
    with tracer.trace("root", service="shipped", resource="r"):
        with tracer.trace("child"):
            pass
"""


@pytest.mark.parametrize("way", ["http", "unix"])
@pytest.mark.parametrize("version", ["v0.4", "v0.5"])
def test_ships_to_the_configured_agent(product, way, version):
    apart = product.scratch / "apart"
    apart.mkdir(mode=0o700)
    url = product.agent_url if way == "http" else "unix://%s/apm.socket" % product.scratch
    env = product.environment(HOOFPRINT_RUN_DIR=str(apart), DD_TRACE_AGENT_URL=url, DD_TRACE_API_VERSION=version)
    try:
        subprocess.run([str(DDTRACE_RUN), sys.executable, "-c", PROGRAM], env=env, check=True, timeout=60)
        wait_for(lambda: product.stored() == 200, "200 spans stored")
        clients = product.api("/status")["intake"]["clients"]
        assert [(c["service"], c["lang"], c["via"]) for c in clients] == [("shipped", "python", "http")]
        assert clients[0]["tracer_version"] == "4.16.0"
        (span,) = product.spans("name:child", limit=1)["spans"]
        assert span["service"] == "shipped" and span["resource"] == "child"
    finally:
        subprocess.run(["pkill", "-f", "--", "--run-dir=%s" % apart], check=False)


def test_an_unreadable_agent_address_loses_nothing(product):
    """serve's collector takes such spans for itself, and nothing stays behind in the run directory."""
    for _ in range(2):
        done = product.run(sys.executable, "-c", PROGRAM, DD_TRACE_AGENT_URL="hello:what")
        assert done.returncode == 0
    wait_for(lambda: product.stored() == 400, "400 spans stored")
    wait_for(lambda: not list(product.run_dir.glob("*.ring")), "the rings of ended programs are gone")
    assert product.log.read_text().count("cannot be read") == 1
