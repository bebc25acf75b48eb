"""`ddtrace-run --info` of a program that runs."""

import json
import subprocess
import sys

from product import DDTRACE_RUN


PROGRAM = """
from ddtrace import config
config.service = "by-code"
from ddtrace.trace import tracer
with tracer.trace("one"):
    pass
print("ready", flush=True)
input()
"""


def test_info_of_a_running_program(product):
    command = [DDTRACE_RUN, sys.executable, "-c", PROGRAM]
    env = product.environment(DD_ENV="prod", OTEL_RESOURCE_ATTRIBUTES="team=a,service.version=7")
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout.readline() == "ready\n"
            told = product.run("--info", "--json", "--pid", str(running.pid), DD_ENV="another")
        finally:
            running.communicate("\n")
    assert told.returncode == 0, told.stderr
    info = json.loads(told.stdout)
    values = {s["name"]: (s["value"], s["source"]) for s in info["settings"]}
    assert values["DD_SERVICE"] == ("by-code", "inferred"), "no variable names one"
    assert values["DD_ENV"] == ("prod", "DD_ENV")
    assert values["DD_VERSION"] == ("7", "OTEL_RESOURCE_ATTRIBUTES")
    assert values["DD_TRACE_PROPAGATION_STYLE_INJECT"] == ("datadog,tracecontext,baggage", "default")
    assert info["pid"] == running.pid
    assert info["enabled"] and info["agent"]["reached"] and info["collector"]["running"]
    assert {"name": "flask", "on": True, "source": "default"} in info["integrations"]
