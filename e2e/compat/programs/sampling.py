"""Who decides about a trace, and what the decision puts on it."""

import time

from ddtrace.constants import MANUAL_KEEP_KEY
from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import Context
from ddtrace.trace import TraceFilter
from ddtrace.trace import tracer


def plain():
    with tracer.trace("root", service="web", resource="GET /health"):
        with tracer.trace("child", service="db"):
            pass


def late_resource():
    with tracer.trace("root", service="web") as span:
        span.resource = "GET /health"


def injected_early():
    with tracer.trace("root", service="web") as span:
        HTTPPropagator.inject(span.context, {})
        span.resource = "GET /health"


def upstream(priority):
    def program():
        tracer.context_provider.activate(Context(5, 6, sampling_priority=priority, meta={"_dd.p.dm": "-3"}))
        with tracer.trace("entry"):
            pass

    return program


def keep_dropped():
    tracer.context_provider.activate(Context(5, 6, sampling_priority=0))
    with tracer.trace("entry") as span:
        span.set_tag(MANUAL_KEEP_KEY)


def origin():
    tracer.context_provider.activate(Context(5, 6, dd_origin="synthetics", sampling_priority=1))
    with tracer.trace("entry"):
        with tracer.trace("child"):
            pass


def partial():
    with tracer.trace("root"):
        for number in range(7):
            with tracer.trace("child", resource=str(number)):
                pass


class Drop(TraceFilter):
    def process_trace(self, trace):
        return None if any(span.name == "noise" for span in trace) else trace


class Rename(TraceFilter):
    def process_trace(self, trace):
        for span in trace:
            span.set_tag("filtered", "yes")
        return [span for span in trace if span.name != "hidden"]


def filters():
    tracer.configure(trace_processors=[Drop(), Rename()])
    with tracer.trace("noise"):
        pass
    with tracer.trace("root"):
        with tracer.trace("hidden"):
            pass
        with tracer.trace("shown"):
            pass


def priority_by_hand():
    with tracer.trace("root") as span:
        span.context.sampling_priority = 2
        with tracer.trace("child"):
            pass


def agent_rates():
    with tracer.trace("before", service="rejected"):
        pass
    # The answer comes with the next payload, after a second or so, and there is no way to ask for it.
    time.sleep(4)
    with tracer.trace("after", service="rejected"):
        pass
    with tracer.trace("other", service="unknown"):
        pass
    with tracer.trace("env", service="kept") as span:
        span.set_tag("env", "prod")


def disabled():
    tracer.enabled = False
    with tracer.trace("unseen"):
        pass
    tracer.enabled = True
    with tracer.trace("seen"):
        pass


def rules(text):
    return {"DD_TRACE_SAMPLING_RULES": text}


PROGRAMS = {
    "default": (plain, {}),
    "rule_keeps": (plain, rules('[{"service": "web", "sample_rate": 1}]')),
    "rule_drops": (plain, rules('[{"resource": "GET /health*", "sample_rate": 0}]')),
    "rule_other": (plain, rules('[{"name": "another", "sample_rate": 0}]')),
    "rule_tags": (plain, rules('[{"tags": {"env": "prod"}, "sample_rate": 0}]')),
    "late_resource": (late_resource, rules('[{"resource": "GET /health", "sample_rate": 0}]')),
    "injected_early": (injected_early, rules('[{"resource": "GET /health", "sample_rate": 0}]')),
    "limit": (plain, {"DD_TRACE_RATE_LIMIT": "0", **rules('[{"sample_rate": 1}]')}),
    "single_span": (
        plain,
        {"DD_SPAN_SAMPLING_RULES": '[{"name": "child", "sample_rate": 1}]', **rules('[{"sample_rate": 0}]')},
    ),
    "upstream_keep": (upstream(1), {}),
    "upstream_drop": (upstream(0), {}),
    "upstream_user_keep": (upstream(2), {}),
    "upstream_user_drop": (upstream(-1), {}),
    "upstream_undecided": (upstream(None), {}),
    "upstream_over_rules": (upstream(1), rules('[{"sample_rate": 0}]')),
    "keep_dropped": (keep_dropped, {}),
    "origin": (origin, {}),
    "partial": (partial, {"DD_TRACE_PARTIAL_FLUSH_MIN_SPANS": "3"}),
    "partial_off": (partial, {"DD_TRACE_PARTIAL_FLUSH_ENABLED": "false", "DD_TRACE_PARTIAL_FLUSH_MIN_SPANS": "3"}),
    "filters": (filters, {}),
    "agent_rates": (agent_rates, {}),
    "priority_by_hand": (priority_by_hand, {}),
    "disabled": (disabled, {}),
}
