"""Whatever headers hold: nothing is raised, and what is sent on can be sent."""

import random

import pytest
from ddtrace._config import config
from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import Context
from test_propagation_twins import CHARACTERS
from test_propagation_twins import PARTS
from test_propagation_twins import USUAL
from test_propagation_twins import headers_of
from test_propagation_twins import mutated


STYLES = [
    ["datadog", "tracecontext", "baggage"],
    ["tracecontext", "b3multi", "b3", "datadog", "baggage"],
    ["b3"],
    ["b3multi", "baggage"],
]
B3 = {
    "b3": "640cfd8d00000000b0f3a8c1d2e4f506-00f067aa0ba902b7-1",
    "x-b3-traceid": "640cfd8d00000000b0f3a8c1d2e4f506",
    "x-b3-spanid": "00f067aa0ba902b7",
    "x-b3-sampled": "1",
    "x-b3-flags": "1",
    "ot-baggage-key": "value",
}


def any_headers(chance):
    headers = headers_of(chance)
    for name, value in B3.items():
        if chance.random() < 0.5:
            headers[name] = mutated(chance, mutated(chance, value))
    for name in list(headers):
        if chance.random() < 0.1:
            headers[name] = "".join(
                chance.choice(CHARACTERS + "\r\n\x00\x7f\ud800") for _ in range(chance.randrange(40))
            )
        if chance.random() < 0.05:
            headers[name] = headers[name].encode("utf-8", "surrogatepass")
    return headers


def check(context, given):
    sent = {}
    HTTPPropagator.inject(context, sent)
    for name, value in sent.items():
        assert type(value) is str and value.isascii() and value.isprintable(), (given, name, value)
        assert name.isascii() and name.isprintable(), (given, name)
    if "tracestate" in sent:
        members = sent["tracestate"].split(",")
        assert all(members) and len(members) <= 32, given
        assert len([member for member in members if member.startswith("dd=")]) <= 1, given
    if "traceparent" in sent:
        version, trace_id, span_id, flags = sent["traceparent"].split("-")
        assert (len(version), len(trace_id), len(span_id), len(flags)) == (2, 32, 16, 2), given
        assert int(trace_id, 16) and int(span_id, 16), given
    return sent


@pytest.mark.parametrize("http_baggage", [False, True], ids=["", "ot-baggage"])
@pytest.mark.parametrize("behavior", ["continue", "restart"])
@pytest.mark.parametrize("styles", STYLES, ids=",".join)
def test_what_comes_in_can_go_out(styles, behavior, http_baggage, monkeypatch):
    chance = random.Random("%s %s" % (styles, behavior))
    for name, value in (
        ("_propagation_style_extract", styles),
        ("_propagation_style_inject", styles),
        ("_propagation_behavior_extract", behavior),
        ("_propagation_http_baggage_enabled", http_baggage),
    ):
        monkeypatch.setitem(config.__dict__, name, value)
    traces = 0
    for _ in range(400):
        headers = any_headers(chance)
        context = HTTPPropagator.extract(headers)
        assert type(context) is Context
        traces += context.trace_id is not None
        sent = check(context, headers)
        if context.span_id is not None and behavior == "continue":
            again = HTTPPropagator.extract(sent)  # the next service understands it
            assert again._trace_id_64bits == context._trace_id_64bits, (headers, sent)
            check(again, sent)
    assert behavior == "restart" or traces > 50


def test_what_code_sets_can_go_out():
    chance = random.Random(1)
    texts = (
        [text for values in PARTS.values() for text in values] + list(USUAL.values()) + ["a\r\nb: c", "\x00", "\ud800"]
    )
    for _ in range(1500):
        meta = {
            key: chance.choice(texts)
            for key in ("_dd.p.dm", "_dd.p.x", "_dd.p.\r\n", "traceparent", "tracestate", "_dd.parent_id", "_dd.p.tid")
            if chance.random() < 0.3
        }
        baggage = {chance.choice(texts): chance.choice(texts) for _ in range(2)}
        context = Context(
            trace_id=chance.choice([1, 2**64, 2**128 - 1]),
            span_id=chance.choice([1, 2**64 - 1]),
            dd_origin=chance.choice([None, *texts]),
            sampling_priority=chance.choice([None, -1, 0, 1, 2]),
            meta=dict(meta),
            baggage=baggage,
        )
        check(context, (meta, context.dd_origin, baggage))
