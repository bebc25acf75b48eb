"""Writes telemetry_facts.json anew: what ddtrace 4.16 sends and does. Run by a Python that has it and Flask."""

import json
import sys
import tempfile
import time
from pathlib import Path

from fake_agent import FakeAgent
from telemetry_scenario import ENVIRONMENT
from telemetry_scenario import FACTS
from telemetry_scenario import STEPS
from telemetry_scenario import Program
from telemetry_scenario import clean_environment
from telemetry_scenario import configuration
from telemetry_scenario import metrics
from telemetry_scenario import shape


def main():
    run = [str(Path(sys.executable).with_name("ddtrace-run")), sys.executable]
    facts = {"of": "ddtrace 4.16.0", "remote": {}}
    with FakeAgent() as agent, tempfile.TemporaryDirectory() as cwd:
        program = Program(run, clean_environment(agent), cwd)
        facts["before"] = program.settle(seconds=4)
        for name, configs in STEPS.items():
            agent.set_configs(configs)
            facts["remote"][name] = program.settle(seconds=4)
        time.sleep(2)
        program.end()
        events = agent.events()
        started = next(payload for kind, _, payload in events if kind == "app-started")
        told = configuration(started)
        facts["configuration"] = {
            name: [value if not str(value).startswith(("http://127", "udp://127")) else "an address", origin]
            for name, (value, origin) in sorted(told.items())
        }
        kinds = {}
        for kind, body, payload in events:
            kinds.setdefault(kind, shape(payload))
            facts["message"] = shape({k: v for k, v in body.items() if k != "payload"})
        facts["kinds"] = kinds
        facts["dependencies"] = sorted(
            {one["name"] for payload in agent.payloads("app-dependencies-loaded") for one in payload["dependencies"]}
        )
        facts["integrations"] = {
            one["name"]: one["version"] is not None
            for payload in agent.payloads("app-integrations-change")
            for one in payload["integrations"]
        }
        facts["changes"] = sorted(
            {
                (one["name"], one["value"], one["origin"])
                for payload in agent.payloads("app-client-configuration-change")
                for one in payload["configuration"]
                if one["name"].startswith(("DD_TRACE_", "DD_TAGS", "DD_LOGS"))
            },
            key=str,
        )
        headers = next(headers for path, headers, _ in agent.requests if path.startswith("/telemetry"))
        facts["headers"] = sorted(name for name in headers if name.startswith("dd-"))
        request = agent.bodies("/v0.7/config")[0]
        del request["client"]["id"]
        facts["remote request"] = shape(request)
        types, tags = metrics(agent.datagrams)
        facts["runtime metrics"] = {"types": types, "tags": tags}
    FACTS.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")
    print("%d settings of %s" % (len(ENVIRONMENT), FACTS.name))


if __name__ == "__main__":
    main()
