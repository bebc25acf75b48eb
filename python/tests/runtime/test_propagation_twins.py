"""The extension's reading and writing of headers against the Python that it stands in for."""

import random

import pytest
from ddtrace import _core
from ddtrace._config import config
from ddtrace.propagation import http
from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import Context
from ddtrace.trace import tracer


pytestmark = pytest.mark.skipif(not _core.IS_NATIVE, reason="the pure twin has only the one")

TRACE = "640cfd8d00000000b0f3a8c1d2e4f506"
USUAL = {
    "Host": "localhost",
    "Accept": "*/*",
    "x-datadog-trace-id": "12750720520436380934",
    "x-datadog-parent-id": "67667974448284343",
    "x-datadog-sampling-priority": "1",
    "x-datadog-origin": "rum",
    "x-datadog-tags": "_dd.p.dm=-4,_dd.p.tid=640cfd8d00000000,_dd.p.usr.id=YmFy",
    "traceparent": "00-%s-00f067aa0ba902b7-01" % TRACE,
    "tracestate": "dd=p:00f067aa0ba902b7;s:1;o:rum;t.dm:-4;t.tid:640cfd8d00000000,ot=rv:00531d8846ed05;th:0,foo=1",
    "baggage": "user.id=alice,other=1",
}
PARTS = {
    "x-datadog-trace-id": ["0", "7", "", "-1", " 7", "18446744073709551615", "18446744073709551616", "x", "007"],
    "x-datadog-parent-id": ["0", "1", "", "18446744073709551616", "\u0663", "67667974448284343"],
    "x-datadog-sampling-priority": ["-1", "0", "2", "", "--1", "9", "100", "1.0", "-"],
    "x-datadog-origin": ["", "synthetics", "\u00e9", "a;b,c=d~e", "rum"],
    "x-datadog-tags": ["", ",", "_dd.p.dm=-3", "_dd.p.dm=3", "_dd.p.dm=-03,", "_dd.p.tid=0", "_dd.p.tid=" + "0" * 16,
                       "_dd.p.x=a=b", "x=1", "_dd.p. x=1", "_dd.p.x= y",
                       "_dd.p.x=" + "v" * 600, "_dd.p.upstream_services=q",
                       "_dd.p.a=1,_dd.p.b=2,_dd.p.a=3", "_dd.p.dm=-256", "_dd.p.dm=-0"],
    "traceparent": ["00-%s-00f067aa0ba902b8-00" % TRACE, "00-%032x-%016x-01" % (7, 1), "01-%032x-%016x-03-x" % (7, 1),
                    "00-%032x-%016x-ff" % (12750720520436380934, 67667974448284343), "", "00-%032x-%016x-01" % (0, 1),
                    " 00-%032x-%016x-01" % (7, 1), "00-%032x-%016x-0G" % (7, 1), "00-%032X-%016x-01" % (0xABC, 1)],
    "tracestate": ["", ",", "dd=s:2", "dd=s:-1", "dd=s:0;o:rum", "dd=o:rum", "dd=s:x", "dd=s", "dd=o:", "dd=p:",
                    "dd=p:zz",
                   "dd=t.x:a~b", "dd=t.x:", "dd=s:1;s:2", "foo=1,dd=s:2", "dd=s:2,dd=s:1", "foo=1,bar=2",
                   "foo=1 , bar=2", "foo =1",
                   "foo=", "=1", "FOO=1", "a@b=1", "ot=th:8", "ot=rv:1", "ot=th:8;rv:00531d8846ed05",
                   "ot=th:0;x:y", "ot=th:",
                   "foo=" + "v" * 256, "foo=" + "v" * 257, ",".join("k%d=1" % i for i in range(33)),
                   ",".join("k%d=%s" % (i, "v" * 40) for i in range(20)), "foo=b r", "foo= b", "foo=b ", "foo=\u00e9",
                   "dd=s:1;t.tid:1111111111111111", "ot=rv:00531d8846ed05", "ot=rv:00531d8846ed05;",
                   "a=1,ot=th:0,b=2"],
    "baggage": ["", ",", "a=1", "a=", "=1", "a", "a=1,b", "a=1,", "a=%41", "a=1;p", " a=1", "a = 1", "a=\u00e9",
                    "a=1=2",
                ",".join("k%d=1" % i for i in range(65)), "a=" + "v" * 8192, "account.id=x,user.id=y"],
}  # fmt: skip
CHARACTERS = ' ,;=:-_~%"\\\t09azAZ@*/\u00e9\u212a'


def mutated(chance, text):
    if not text or chance.random() < 0.5:
        return text
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(["", chance.choice(CHARACTERS), text[at] * 2]) + text[at + 1 :]


def headers_of(chance):
    headers = {}
    for name, value in USUAL.items():
        kind = chance.random()
        if kind < 0.3:
            continue
        if kind < 0.6 and name in PARTS:
            value = chance.choice(PARTS[name])
        if chance.random() < 0.3:
            value = mutated(chance, value)
        style = chance.random()
        if style < 0.1:
            name = name.upper()
        elif style < 0.2:
            name = "HTTP_" + name.upper().replace("-", "_")
        elif style < 0.23:
            name = mutated(chance, name)
        headers[name] = value
    return headers


def in_python(headers):
    return http._extract({name.lower(): value for name, value in headers.items()})


@pytest.mark.parametrize("seed", range(4))
def test_what_the_extension_reads_is_what_python_reads(seed):
    chance = random.Random(seed)
    usual = 0
    for _ in range(2000):
        headers = headers_of(chance)
        found = _core._impl.extract_headers(headers, True)
        if found is None:
            continue
        usual += 1
        if found._baggage:
            http._add_baggage_tags(found)
        wanted = in_python(headers)
        assert found == wanted, headers
        tags = [key for key in found._meta if key.startswith("_dd.p.")]
        assert tags == [key for key in wanted._meta if key.startswith("_dd.p.")], headers
        assert (found._reactivate, found._local) == (False, None)
    assert usual > 100


META = {
    "_dd.p.dm": ["-0", "-1", "-3", "-4", "", "x;y", "-" + "0" * 70],
    "_dd.p.usr.id": ["YmFy", "YmFyCg==", "v" * 70],
    "_dd.p.tid": ["640cfd8d00000000", "1"],
    "_dd.p.x": ["1", "a=b", "a;b", "a~b", "a,b", " a", "\u00e9", "v" * 200, "v" * 500],
    "_dd.p.x;y": ["1"],
    "_dd.p.x y": ["1"],
    "_dd.origin": ["rum", "", "\u00e9", "a=b", "o" * 70],
    "_dd.propagation_error": ["decoding_error"],
    "_dd.parent_id": ["00f067aa0ba902b7"],
    "traceparent": ["00-%s-00f067aa0ba902b7-03" % TRACE, "00-x", ""],
    "tracestate": PARTS["tracestate"],
    "other": ["1"],
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["span", "context", "context of a span that is active"])
def test_what_the_extension_writes_is_what_python_writes(seed, kind, monkeypatch):
    chance = random.Random(seed)
    usual = 0
    for _ in range(700):
        span = tracer.start_span("web.request", activate=kind.endswith("active"))
        if chance.random() < 0.5:
            _core.sample(span)
        source = span if kind == "span" else span.context
        meta, metrics = span.context._meta, span.context._metrics
        for key, values in META.items():
            if chance.random() < 0.15:
                meta[key] = mutated(chance, chance.choice(values))
        if chance.random() < 0.5:
            metrics["_sampling_priority_v1"] = chance.choice([-1, 0, 1, 2, 10, 1.0])
        if chance.random() < 0.2:
            span._set_attribute("_dd.rule_psr", chance.choice([0.0, 0.1, 0.5, 1e-17, 1.0]))
        elif chance.random() < 0.2:
            span._set_attribute("_dd.agent_psr", 0.25)
        before = dict(meta), dict(metrics)
        limit = chance.choice([512, 512, 40])
        headers = {}
        done = _core._impl.inject_headers(source, headers, limit)
        after = dict(meta)
        if done:
            usual += 1
            meta.clear()
            meta.update(before[0])
            if not before[1] and "_dd.p.dm" in after:  # a decision is not made twice
                meta["_dd.p.dm"] = meta.get("_dd.p.dm") or after["_dd.p.dm"]
            wanted = {}
            monkeypatch.setattr(http, "_inject_usual", None)
            monkeypatch.setitem(config.__dict__, "_x_datadog_tags_max_length", limit)
            HTTPPropagator.inject(source, wanted)
            assert headers == wanted and list(headers) == list(wanted), before
            assert after == meta, before
        else:
            assert headers == {}
        span.finish()
    assert usual > 100


def test_usual_headers_take_the_short_way():
    context = _core._impl.extract_headers(USUAL, True)
    assert (context.trace_id, context.span_id) == (int(TRACE, 16), 67667974448284343)
    assert context == in_python(USUAL) or context._baggage
    assert _core._impl.extract_headers({}, True) == Context()
    with tracer.trace("web.request") as span:
        for source in (span, span.context):
            assert _core._impl.inject_headers(source, {}, 512)
    with tracer.start_span("web.request", child_of=HTTPPropagator.extract({**USUAL, "baggage": ""})) as span:
        assert _core._impl.inject_headers(span, {}, 512)


class Mapping:
    def __init__(self, pairs):
        self.pairs = pairs

    def items(self):
        return iter(self.pairs)


@pytest.mark.parametrize(
    "headers",
    [
        None,
        1,
        [],
        Mapping([("a",)]),
        Mapping([1]),
        Mapping(5),
        {1: "x"},
        {"traceparent": None},
        {"baggage": 1},
        {"x" * 40: 1},
    ],
    ids=repr,
)
def test_what_are_no_headers_is_left_to_python(headers):
    assert _core._impl.extract_headers(headers, True) in (None, Context())


def test_any_mapping_is_read_and_written():
    assert _core._impl.extract_headers(Mapping(list(USUAL.items())), True).trace_id == int(TRACE, 16)

    class Written:
        def __init__(self):
            self.pairs = []

        def __setitem__(self, name, value):
            self.pairs.append((name, value))

    written = Written()
    with tracer.trace("web.request") as span:
        HTTPPropagator.inject(span, written)
    assert [name for name, _ in written.pairs][-2:] == ["traceparent", "tracestate"]


def test_an_error_of_the_mapping_is_the_callers():
    class Refusing(dict):
        def __setitem__(self, name, value):
            raise KeyError(name)

    with tracer.trace("web.request") as span, pytest.raises(KeyError):
        HTTPPropagator.inject(span, Refusing())
