"""Recapture expected/*.json: the public API of the reference tracer, and what its helpers make of a table.

    python recapture.py <python with ddtrace, opentelemetry-api and requests>

Facts only: names, signatures, results. Run it when a case is added or when the version
of ddtrace whose behaviour is kept moves.
"""

import json
import os
import subprocess
import sys

from trace_utils_cases import ENVIRONMENTS


here = os.path.dirname(os.path.abspath(__file__))


def output(python, script, *arguments, **variables):
    env = {key: text for key, text in os.environ.items() if not key.startswith(("DD_", "PYTHON"))}
    env.update(
        variables,
        DD_TRACE_AGENT_URL="http://127.0.0.1:1",
        DD_INSTRUMENTATION_TELEMETRY_ENABLED="false",
        DD_REMOTE_CONFIGURATION_ENABLED="false",
    )
    done = subprocess.run(
        [python, os.path.join(here, script), *arguments], env=env, stdout=subprocess.PIPE, check=True, timeout=120
    )
    return json.loads(done.stdout)


def write(name, facts):
    """A line for each fact, so that a difference between two captures can be read."""
    with open(os.path.join(here, "expected", name), "w") as out:
        sections = []
        for section, entries in facts.items():
            lines = [
                "  %s: %s" % (json.dumps(key), json.dumps(entries[key], sort_keys=True)) for key in sorted(entries)
            ]
            sections.append("%s: {\n%s\n }" % (json.dumps(section), ",\n".join(lines)))
        out.write("{\n %s\n}\n" % ",\n ".join(sections))
    print(name, sum(map(len, facts.values())), "facts")


def main(python):
    write(
        "trace_utils.json",
        {name: output(python, "trace_utils_cases.py", name, **env) for name, (env, _) in ENVIRONMENTS.items()},
    )
    described = output(python, "describe.py", DD_TRACE_ENABLED="false")
    write("public_api.json", {module: about.get("names", {}) for module, about in described.items()})
    lists = {"__all__": {module: about["all"] for module, about in described.items() if about.get("all")}}
    lists["modules"] = dict.fromkeys(output(python, "describe.py", "--modules"), True)
    write("lists.json", lists)


if __name__ == "__main__":
    main(sys.argv[1])
