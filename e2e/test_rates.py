"""The sampling rates that an agent answers with decide in the running program."""

import sys

from moody_agent import MoodyAgent
from product import wait_for


PROGRAM = """
import time
from ddtrace.trace import tracer
until = time.monotonic() + 30
decided = set()
while time.monotonic() < until and len(decided) < 2:
    for service in ("other", "rejected", "kept"):
        with tracer.trace("work", service=service) as span:
            pass
        if span.get_metric("_dd.agent_psr") is not None and service not in decided:
            decided.add(service)
            tags = [str(span.get_tag("_dd.p.dm")), str(span.get_metric("_dd.agent_psr"))]
            print(service, span.context.sampling_priority, *tags)
    time.sleep(0.02)
"""


def test_rates_of_the_agent_reach_a_running_program(idle_product):
    rates = {"service:rejected,env:prod": 0, "service:kept,env:prod": 1, "service:,env:": 1}
    with MoodyAgent(rates=rates) as agent:
        done = idle_product.run(sys.executable, "-c", PROGRAM, DD_TRACE_AGENT_URL=agent.url, DD_ENV="prod")
        assert done.returncode == 0, done.stderr
        assert sorted(done.stdout.splitlines()) == ["kept 1 -1 1.0", "rejected 0 -1 0.0"]
        wait_for(agent.count, "spans arrive")
        wait_for(lambda: not list(idle_product.run_dir.glob("*.control")), "the control file goes with its ring")
