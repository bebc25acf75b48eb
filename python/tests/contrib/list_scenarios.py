"""python list_scenarios.py <module>: the module's environments, as JSON."""

import json
import os
import sys


sys.path[0] = os.path.dirname(os.path.abspath(__file__))

import scenarios  # noqa: E402


__import__("scenarios." + sys.argv[1])
environments = []
for _, env in scenarios.REGISTRY[sys.argv[1]].values():
    if env not in environments:
        environments.append(env)
print(json.dumps(environments))
