"""python run_scenarios.py <module> <environment as JSON> <result file>

Runs the scenarios of one module that share an environment, in one process. A
marker span before each tells the spans of one scenario from the next's.
"""

import contextvars
import json
import os
import sys


here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [here] + [p for p in sys.path if os.path.abspath(p or ".") != here]

MARKER = "scenario.marker"


def main(module, env, result_file):
    import ddtrace.auto  # noqa: F401  before every library, as ddtrace-run does
    import scenarios
    from ddtrace import tracer

    __import__("scenarios." + module)
    results = {}
    for name, (function, own_env) in scenarios.REGISTRY[module].items():
        if own_env != env:
            continue
        with tracer.trace(MARKER, resource=name):
            pass
        # A copied context: what a scenario leaves open must not be the next one's parent.
        results[name] = contextvars.copy_context().run(function)
    with tracer.trace(MARKER, resource=""):
        pass
    tracer.flush()
    with open(result_file, "w") as out:
        json.dump(results, out)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3])
