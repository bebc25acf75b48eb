"""Small programs whose traces are sampled: (name, environment, program).

Run by a tracer as `python sampling_programs.py <name>`; prints what it put into
`out`. T is a context without a decision whose trace id a rate of 0.5 keeps, U one
that it rejects, EDGE one that is exactly on the threshold of 0.5.
"""

import json
import sys


def rules(*given):
    return {"DD_TRACE_SAMPLING_RULES": json.dumps(given)}


def singles(*given):
    return {"DD_SPAN_SAMPLING_RULES": json.dumps(given)}


ONE = """
with tracer.trace("web.request", service="shop", resource="GET /cart", span_type="web") as root:
    root.set_tag("team", "Pay")
    root.set_tag("size", 12)
    root.set_tag("share", 1.5)
    with tracer.trace("db.query", service="shop-db"):
        pass
"""

INJECT = """
from ddtrace.propagation.http import HTTPPropagator
headers = {}
"""


def joined(context, then="pass"):
    return "with tracer.start_span('web.request', child_of=%s, service='shop', activate=True) as root:\n    %s\n" % (
        context,
        then,
    )


KEEP = {"sample_rate": 1}
DROP = {"sample_rate": 0}
HALF = {"sample_rate": 0.5}


def match(title, **pattern):
    return ("match " + title, rules(dict(pattern, sample_rate=0)), ONE)


PROGRAMS = [
    ("no settings", {}, ONE),
    ("the removed rate", {"DD_TRACE_SAMPLE_RATE": "0"}, ONE),
    ("keep all", rules(KEEP), ONE),
    ("drop all", rules(DROP), ONE),
    ("empty list", rules(), ONE),
    ("first match", rules(dict(DROP, service="other"), dict(KEEP, name="web.request"), DROP), ONE),
    ("no match", rules(dict(DROP, service="other")), ONE),
    ("rules see the root alone", rules(dict(DROP, service="shop-db")), ONE),
    match("service", service="shop"),
    match("service in another case", service="SHOP"),
    match("part of a service", service="sho"),
    match("service star", service="sh*"),
    match("service star at the start", service="*op"),
    match("service star in the middle", service="s*p"),
    match("stars overlap", service="sho*hop"),
    match("many stars", service="*s*h*o*p*"),
    match("question mark", service="s?op"),
    match("too many question marks", service="shop?"),
    match("star and question marks", service="*???p"),
    match("empty service", service=""),
    match("empty resource", resource=""),
    match("name", name="web.*"),
    match("dot is a dot", name="web?request*"),
    match("no regular expressions", name="web.requests?"),
    match("brackets", service="[s]hop"),
    match("resource", resource="get /*"),
    match("all of them", service="shop", name="web.request", resource="GET /cart", tags={"team": "pay"}),
    match("all but one", service="shop", name="web.request", resource="GET /other"),
    match("tag", tags={"team": "p?y"}),
    match("tag that is not there", tags={"nothing": "*"}),
    match("tag key in another case", tags={"TEAM": "pay"}),
    match("whole number", tags={"size": "12"}),
    match("whole number, glob", tags={"size": "1*"}),
    match("number wanted as a number", tags={"size": 12}),
    match("fraction", tags={"share": "1.5"}),
    match("fraction, star", tags={"share": "*"}),
    match("fraction, question marks", tags={"share": "??*"}),
    match("two tags", tags={"team": "pay", "size": "13"}),
    ("rate keeps", rules(HALF), joined("T")),
    ("rate rejects", rules(HALF), joined("U")),
    ("rate on the edge", rules(HALF), joined("EDGE")),
    ("rate above one", rules({"sample_rate": 7}), ONE),
    ("rate below zero", rules({"sample_rate": -7}), ONE),
    ("rate as a text", rules({"sample_rate": "0"}), ONE),
    ("rate with many decimals", rules({"sample_rate": 0.123456789}), joined("Context(1, 2)")),
    ("rate rounds up", rules({"sample_rate": 0.0000005}), joined("Context(1, 2)")),
    (
        "remote rules come first",
        rules(KEEP, dict(DROP, provenance="dynamic"), dict(HALF, provenance="customer")),
        joined("T"),
    ),
    ("dynamic rule", rules(KEEP, dict(DROP, provenance="dynamic")), ONE),
    ("not JSON", {"DD_TRACE_SAMPLING_RULES": "[{"}, ONE),
    ("no rate", rules({"service": "shop"}, DROP), ONE),
    (
        "limit",
        dict(rules(KEEP), DD_TRACE_RATE_LIMIT="2"),
        "for _ in range(4):\n    tracer.trace('web.request').finish()",
    ),
    ("limit of zero", dict(rules(KEEP), DD_TRACE_RATE_LIMIT="0"), ONE),
    ("no limit", dict(rules(KEEP), DD_TRACE_RATE_LIMIT="-1"), ONE),
    (
        "limit counts what a rate keeps",
        dict(rules(HALF), DD_TRACE_RATE_LIMIT="1"),
        joined("U") + joined("T") + joined("T"),
    ),
    ("limit without rules", {"DD_TRACE_RATE_LIMIT": "0"}, ONE),
    (
        "final resource",
        rules(dict(DROP, resource="/health")),
        "with tracer.trace('web.request', resource='x') as root:\n    tracer.trace('c').finish()\n"
        "    root.resource = '/health'",
    ),
    (
        "final tag",
        rules(dict(DROP, tags={"http.route": "/h*"})),
        "with tracer.trace('web.request') as root:\n    root.set_tag('http.route', '/health')",
    ),
    (
        "headers decide",
        rules(dict(DROP, resource="/health")),
        INJECT
        + "with tracer.trace('web.request', resource='x') as root:\n    HTTPPropagator.inject(root.context, headers)\n"
        "    root.resource = '/health'\nout.append(headers['x-datadog-sampling-priority'])",
    ),
    (
        "headers of a child",
        rules(dict(DROP, name="web.request")),
        INJECT + "with tracer.trace('web.request'):\n    with tracer.trace('c') as span:\n"
        "        HTTPPropagator.inject(span.context, headers)\nout.append(headers['x-datadog-sampling-priority'])\n"
        "out.append('_dd.p.dm=-3' in headers.get('x-datadog-tags', ''))\n"
        "out.append('_dd.p.ksr' in headers.get('x-datadog-tags', ''))",
    ),
    (
        "300 spans decide",
        rules(dict(DROP, resource="/health")),
        "with tracer.trace('web.request', resource='x') as root:\n    for _ in range(300):\n"
        "        tracer.trace('c').finish()\n"
        "    out.append(root.context.sampling_priority)\n    root.resource = '/health'",
    ),
    ("manual keep", rules(DROP), "with tracer.trace('web.request') as root:\n    root.set_tag('manual.keep')"),
    ("manual drop", rules(KEEP), "with tracer.trace('web.request') as root:\n    root.set_tag('manual.drop')"),
    (
        "manual keep of a child",
        rules(DROP),
        "with tracer.trace('web.request') as root:\n    with tracer.trace('c') as span:\n"
        "        span.set_tag('manual.keep')",
    ),
    (
        "manual keep after the headers",
        rules(DROP),
        INJECT + "with tracer.trace('web.request') as root:\n    HTTPPropagator.inject(root.context, headers)\n"
        "    root.set_tag('manual.keep')",
    ),
    ("remote keep", rules(DROP), joined("Context(1, 2, sampling_priority=1)")),
    ("remote reject", rules(KEEP), joined("Context(1, 2, sampling_priority=0)")),
    ("remote decision maker", rules(DROP), joined("Context(1, 2, sampling_priority=2, meta={'_dd.p.dm': '-4'})")),
    ("remote tags, no decision, no rules", {}, joined("Context(1, 2, meta={'_dd.p.dm': '-4'})")),
    ("remote tags, no decision", rules(DROP), joined("Context(1, 2, meta={'_dd.p.dm': '-4'})")),
    (
        "origin as a tag",
        rules(dict(DROP, tags={"_dd.origin": "synth*"})),
        joined("Context(1, 2, dd_origin='synthetics')"),
    ),
    ("priority set on the context", rules(KEEP), joined("None", "root.context.sampling_priority = -1")),
    ("second trace of a remote parent", rules(DROP), joined("Context(1, 2)") + joined("Context(1, 2)")),
    ("single span", dict(rules(DROP), **singles({"service": "shop-db"})), ONE),
    ("single span by name", dict(rules(DROP), **singles({"name": "DB.*"})), ONE),
    ("single root", dict(rules(DROP), **singles({"name": "web.request"})), ONE),
    ("single span of a kept trace", dict(rules(KEEP), **singles({"name": "*"})), ONE),
    ("single spans and no rules", singles({"name": "*"}), ONE),
    (
        "single span, manual drop",
        singles({"name": "*"}),
        "with tracer.trace('web.request') as root:\n    root.set_tag('manual.drop')\n    tracer.trace('c').finish()",
    ),
    (
        "single span, remote reject",
        singles({"name": "*"}),
        joined("Context(1, 2, sampling_priority=0)", "tracer.trace('c').finish()"),
    ),
    ("single span, both wanted", dict(rules(DROP), **singles({"name": "db.query", "service": "shop"})), ONE),
    ("single span, first match", dict(rules(DROP), **singles({"name": "db.*", "sample_rate": 0}, {"name": "*"})), ONE),
    (
        "single spans with a limit",
        dict(rules(DROP), **singles({"name": "c", "max_per_second": 2})),
        "with tracer.trace('web.request'):\n    for _ in range(4):\n        tracer.trace('c').finish()",
    ),
    (
        "single span rejected by the limit",
        dict(rules(KEEP), DD_TRACE_RATE_LIMIT="0", **singles({"name": "db.query"})),
        ONE,
    ),
    (
        "single span rejected by a rate",
        dict(rules(HALF), **singles({"name": "c"})),
        joined("U", "tracer.trace('c').finish()"),
    ),
    (
        "single span kept by a rate",
        dict(rules(HALF), **singles({"name": "c"})),
        joined("T", "tracer.trace('c').finish()"),
    ),
    ("single span without a pattern", dict(rules(DROP), **singles({"sample_rate": 1}, {"name": "db.query"})), ONE),
    (
        "single span, a bad rate",
        dict(rules(DROP), **singles({"name": "db.query", "sample_rate": "x"}, {"name": "*"})),
        ONE,
    ),
    ("single spans not a list", dict(rules(DROP), DD_SPAN_SAMPLING_RULES="{}"), ONE),
    ("single spans not JSON", dict(rules(DROP), DD_SPAN_SAMPLING_RULES="[{"), ONE),
    ("single spans of a file", dict(rules(DROP), DD_SPAN_SAMPLING_RULES_FILE="FILE"), ONE),
    (
        "single spans of both",
        dict(rules(DROP), DD_SPAN_SAMPLING_RULES_FILE="FILE", **singles({"name": "web.request"})),
        ONE,
    ),
]

# What DD_SPAN_SAMPLING_RULES_FILE=FILE stands for.
FILE_RULES = '[{"service": "shop-db", "sample_rate": 1.0, "max_per_second": 50}]'

if __name__ == "__main__":
    from ddtrace.trace import Context
    from ddtrace.trace import tracer

    given = {program[0]: program[2] for program in PROGRAMS}[sys.argv[1]]
    # The product of the id and the factor that all tracers share is 1, 2**64 - 1 or 2**63, modulo 2**64.
    inverse = pow(1111111111111111111, (1 << 62) - 1, 1 << 64)
    out = []
    names = {
        "tracer": tracer,
        "Context": Context,
        "out": out,
        "T": Context(inverse, 2),
        "U": Context((1 << 64) - inverse, 2),
        "EDGE": Context(1 << 63, 2),
    }
    exec(compile(given, sys.argv[1], "exec"), names)
    tracer.shutdown()
    print(json.dumps(out))
