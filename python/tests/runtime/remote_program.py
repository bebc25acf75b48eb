"""For each line on standard input: what a trace and the settings look like, as JSON. See test_applied_control."""

import json
import sys

import ddtrace.auto  # noqa: F401
from ddtrace import config
from ddtrace.trace import tracer


def trace(resource):
    with tracer.trace("web.request", resource=resource) as span:
        span.set_tag("t", "xy")
    numbers = span.get_metrics()
    tags = span.get_tags()
    about = {key: tags[key] for key in ("a", "c", "k", "env", "from") if key in tags}
    if not tracer.enabled:
        return about  # nobody sees whether it is sampled
    about["share"] = tags.get("_dd.p.ksr")
    about["rate"] = numbers.get("_dd.rule_psr")
    about["decision maker"] = span.context._meta.get("_dd.p.dm")
    return about


def read(attribute):
    value = getattr(config, attribute)
    return json.loads(value) if attribute == "_trace_sampling_rules" and value else value


def in_code(line):
    """``attribute = value in JSON``"""
    attribute, _, value = line.partition(" = ")
    if attribute != "look":
        setattr(config, attribute, json.loads(value))


for line in sys.stdin:
    tracer.trace("before").finish()  # ours looks for changes when a trace begins
    in_code(line.strip())
    found = {resource: trace(resource) for resource in ("GET /x", "GET /local")}
    for attribute in ("tags", "_logs_injection", "_tracing_enabled", "_trace_sampling_rules"):
        found[attribute] = read(attribute)
    found["headers"] = dict(config._http._header_tags)
    found["enabled"] = tracer.enabled
    print(json.dumps(found, sort_keys=True), flush=True)
