"""What is asked of the program of telemetry_program.py, for ddtrace 4.16 and for ours alike."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path


HERE = Path(__file__).resolve().parent
PROGRAM = HERE / "telemetry_program.py"
FACTS = HERE / "telemetry_facts.json"
FILE = "datadog/2/APM_TRACING/%s/config"

ENVIRONMENT = {
    "DD_SERVICE": "web",
    "DD_ENV": "prod",
    "DD_VERSION": "1.2",
    "DD_TAGS": "team:env",
    "DD_TRACE_SAMPLING_RULES": '[{"sample_rate":0.9}]',
    "DD_TRACE_RATE_LIMIT": "77",
    "DD_REMOTE_CONFIG_POLL_INTERVAL_SECONDS": "0.2",
    "DD_TELEMETRY_HEARTBEAT_INTERVAL": "1",
    "DD_TRACE_AGENT_TIMEOUT_SECONDS": "3",
    "DD_RUNTIME_METRICS_ENABLED": "true",
    "DD_TRACE_HEADER_TAGS": "X-Who:who",
}


def lib(service="*", env="*", **config):
    return {"service_target": {"service": service, "env": env}, "lib_config": config}


# Only whole sets of files, each changed: ddtrace 4.16 forgets files that stay as they are.
STEPS = {
    "rate": {FILE % "a": lib("web", "prod", tracing_sampling_rate=0.0)},
    "rules": {
        FILE % "a": lib(
            "web", "prod", tracing_sampling_rules=[{"service": "web", "provenance": "customer", "sample_rate": 1.0}]
        )
    },
    "closest": {
        FILE % "a": lib(tracing_sampling_rate=0.0, tracing_tags=["team:all", "a:b"]),
        FILE % "b": lib("web", "prod", tracing_sampling_rate=1.0),
        FILE % "c": lib(env="prod", log_injection_enabled=False),
    },
    "another service": {FILE % "a": lib("other", "prod", tracing_sampling_rate=0.0)},
    "header tags": {FILE % "a": lib("web", "*", tracing_header_tags=[{"header": "X-Who", "tag_name": "a"}])},
    "off": {FILE % "a": lib("web", "prod", tracing_enabled=False)},
    "on": {},
}


def clean_environment(agent, **more):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DD_", "_DD_", "OTEL_", "HOOFPRINT_", "PYTHON"))}
    return {
        **kept,
        **ENVIRONMENT,
        "DD_TRACE_AGENT_URL": agent.url,
        "DD_DOGSTATSD_URL": agent.dogstatsd_url,
        **more,
    }


class Program:
    """A running one. ask() gives what it says of one more request."""

    def __init__(self, command, env, cwd):
        self.process = subprocess.Popen(
            [*command, str(PROGRAM)], env=env, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self):
        self.process.stdin.write("x\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def settle(self, want=None, seconds=20.0):
        """Asks until the answer is as wanted, or for so long."""
        until = time.monotonic() + seconds
        while True:
            got = self.ask()
            if time.monotonic() > until or want is not None and same(got, want):
                return got
            time.sleep(0.1)

    def end(self):
        self.process.stdin.close()
        self.process.wait(30)


def same(got, want):
    """Of a trace that a rate may drop, whether it was is chance."""

    def fixed(facts):
        return {k: v for k, v in facts.items() if k != "priority" or facts.get("rule") in (None, 0.0, 1.0)}

    return fixed(got) == fixed(want)


def configuration(payload):
    """name -> [value, origin] as it stands in the end."""
    return {one["name"]: [one["value"], one["origin"]] for one in payload["configuration"]}


def shape(value):
    """The keys and kinds of a message, not what it says."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def metrics(datagrams):
    """name -> type of the runtime metrics, and the tags they share."""
    types, tags = {}, set()
    for line in "\n".join(datagrams).splitlines():
        if line.startswith("runtime."):
            head, kind, tail = line.split("|")
            types[head.split(":")[0]] = kind
            tags.update(tail[1:].split(","))
    return types, sorted(tag for tag in tags if not tag.startswith(("lang_version", "entrypoint")))


if __name__ == "__main__":
    sys.exit("run recapture_telemetry.py")
