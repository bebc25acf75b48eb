"""Extract or inject each case on standard input, print what came of it; run by test_propagation."""

import json
import sys

from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import Context


def shown(context):
    return {
        "trace_id": context.trace_id,
        "span_id": context.span_id,
        "priority": context.sampling_priority,
        "origin": context.dd_origin,
        "meta": dict(context._meta),
        "baggage": dict(context.get_all_baggage_items()),
        "links": [
            {"t": link.trace_id, "s": link.span_id, "f": link.flags, "ts": link.tracestate, "a": dict(link.attributes)}
            for link in context._span_links
        ],
    }


def outcome(case):
    if "headers" in case:
        context = HTTPPropagator.extract(case["headers"])
        if context is None:  # the reference, sometimes
            return None
    else:
        context = Context(**case["context"])
    before, headers = shown(context), {}
    try:
        HTTPPropagator.inject(context, headers)
    except Exception as error:  # the reference's: ours raises nothing
        return {"context": before, "raised": type(error).__name__}
    return {"context": before, "injected": headers, "meta_after": dict(context._meta)}


json.dump([outcome(case) for case in json.load(sys.stdin)], sys.stdout)
