"""Client stats of our programs are those of ddtrace 4.16, group by group; so is what is dropped for them."""

import json
import sys

import pytest
from counting.agent import CountingAgent
from counting.recapture import HERE
from counting.recapture import SETTINGS
from product import wait_for


def test_stats_are_those_of_ddtrace(idle_product):
    expected = json.loads((HERE / "expected.json").read_text())
    with CountingAgent() as agent:
        done = idle_product.run(sys.executable, HERE / "program.py", **dict(SETTINGS, DD_TRACE_AGENT_URL=agent.url))
        assert done.returncode == 0, done.stderr
        wait_for(lambda: agent.stats, "the process is counted")
        told = agent.told()
    assert told["payload"] == expected["payload"]
    assert told["sent"] == expected["sent"]
    assert told["dropped"] == expected["dropped"]
    ours, theirs = ({json.dumps(group, sort_keys=True) for group in t["groups"]} for t in (told, expected))
    assert ours == theirs
    assert agent.computed == {True}


@pytest.mark.parametrize("enabled", ["false", None])
def test_no_stats_where_they_are_off(idle_product, enabled):
    """By default before Python 3.14, as with ddtrace."""
    settings = {k: v for k, v in SETTINGS.items() if k != "DD_TRACE_STATS_COMPUTATION_ENABLED"}
    if enabled:
        settings["DD_TRACE_STATS_COMPUTATION_ENABLED"] = enabled
    program = (
        "from ddtrace.trace import tracer\nfor n in 'ab':\n    with tracer.trace(n) as s: s.set_tag('manual.drop')\n"
    )
    with CountingAgent() as agent:
        done = idle_product.run(sys.executable, "-c", program, **dict(settings, DD_TRACE_AGENT_URL=agent.url))
        assert done.returncode == 0, done.stderr
        wait_for(lambda: len(agent.traces) == 2, "both traces arrive")
        assert agent.computed == {False}
    if sys.version_info < (3, 14):
        assert agent.stats == []
