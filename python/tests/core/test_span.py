"""The Span API, as ddtrace 4.16 was observed to behave."""

import decimal
import enum
import inspect
import json
import math
import sys
import weakref

import pytest
from ddtrace.trace import Context
from ddtrace.trace import Span


def tagged(key, value):
    span = Span("n")
    span.set_tag(key, value)
    return span


@pytest.mark.parametrize(
    "key, value, tags, metrics",
    [
        ("a", "x", {"a": "x"}, {}),
        ("a", 1, {}, {"a": 1}),
        ("a", 1.5, {}, {"a": 1.5}),
        ("a", True, {"a": "True"}, {}),
        ("a", None, {"a": "None"}, {}),
        ("a", math.nan, {}, {}),
        ("a", math.inf, {}, {}),
        ("a", 2**63 - 1, {}, {"a": 2**63 - 1}),
        ("a", 2**63, {"a": "9223372036854775808"}, {}),
        ("a", -(2**63), {}, {"a": -(2**63)}),
        ("a", [1, 2], {"a": "[1, 2]"}, {}),
        ("a", b"x", {"a": "b'x'"}, {}),
        ("a", decimal.Decimal("1.5"), {"a": "1.5"}, {}),
        ("a", enum.IntEnum("E", "x").x, {}, {"a": 1}),
        ("", "", {"": ""}, {}),
        ("http.status_code", 200, {"http.status_code": "200"}, {}),
        ("network.destination.port", "77", {}, {"network.destination.port": 77}),
        ("network.destination.port", "x", {"network.destination.port": "x"}, {}),
        ("out.port", "9", {"out.port": "9"}, {}),
        ("_dd.measured", None, {}, {"_dd.measured": 1}),
        ("_dd.measured", False, {}, {"_dd.measured": 0}),
        ("_dd.measured", "x", {}, {"_dd.measured": 1}),
        ("_dd.measured", 3, {}, {"_dd.measured": 1}),
        ("error", 1, {}, {"error": 1}),
        ("service.version", "9", {"service.version": "9", "version": "9"}, {}),
        (1, "x", {}, {}),
        (None, "x", {}, {}),
        (b"k", "x", {"k": "x"}, {}),
    ],
)
def test_set_tag(key, value, tags, metrics):
    span = tagged(key, value)
    assert span.get_tags() == tags
    assert span.get_metrics() == metrics
    assert span.error == 0


@pytest.mark.parametrize(
    "value, metrics, tags",
    [
        (1, {"a": 1}, {}),
        (True, {"a": 1}, {}),
        ("12", {"a": 12.0}, {}),
        ("x", {}, {}),
        (None, {}, {}),
        (math.nan, {}, {}),
        (math.inf, {}, {}),
        (2**70, {}, {"a": str(2**70)}),
        (decimal.Decimal("1.5"), {"a": 1.5}, {}),
        ([], {}, {}),
    ],
)
def test_set_metric(value, metrics, tags):
    span = Span("n")
    span.set_metric("a", value)
    assert span.get_metrics() == metrics
    assert span.get_tags() == tags


def test_a_value_with_a_broken_str_does_not_raise():
    class Broken:
        def __str__(self):
            raise RuntimeError

    assert tagged("a", Broken()).get_tag("a") is None


def test_str_subclasses_become_plain():
    class Text(str):
        def __str__(self):
            return "lie"

    span = tagged(Text("k"), Text("v"))
    assert span.get_tags() == {"k": "v"}
    assert type(next(iter(span.get_tags()))) is str


def test_tag_and_metric_of_one_key_replace_each_other():
    span = Span("n")
    span.set_metric("a", 1)
    span.set_tag("a", "x")
    assert (span.get_tags(), span.get_metrics()) == ({"a": "x"}, {})
    span.set_metric("a", 2)
    assert (span.get_tags(), span.get_metrics()) == ({}, {"a": 2})
    span.remove_tag("a")
    assert span.get_metric("a") is None
    span.remove_tag("a")


def test_many_tags_keep_their_order():
    span = Span("n")
    expected = {}
    for i in range(300):
        key = "k" + str(i % 200)
        expected[key] = str(i)
        span.set_tag("".join(key), str(i))
    for i in range(0, 200, 3):
        span.remove_tag(f"k{i}")
        del expected[f"k{i}"]
    assert list(span.get_tags().items()) == list(expected.items())


def test_set_tags_and_metrics():
    span = Span("n")
    span.set_tags({"a": "1", "b": 2})
    span.set_metrics({"c": 3})
    span.set_tags(None)
    assert span.get_tags() == {"a": "1"}
    assert span.get_metrics() == {"b": 2, "c": 3}
    assert span.get_tag("b") is None and span.get_metric("a") is None and span.get_tag(None) is None


def test_manual_keep_and_drop():
    span = Span("n")
    span.set_tag("manual.keep")
    assert span.context.sampling_priority == 2
    assert span.context._meta == {"_dd.p.dm": "-4"}
    span.set_tag("manual.drop", "false")
    assert span.context.sampling_priority == -1
    assert span.get_tags() == {} and span.get_metrics() == {}


def test_service_name_tag_sets_the_service():
    assert tagged("service.name", "x").service == "x"


def test_constructor():
    span = Span("n", "s", "r", "t", 1 << 100, 2, 3, 4.5)
    assert (span.name, span.service, span.resource, span.span_type) == ("n", "s", "r", "t")
    assert (span.trace_id, span.span_id, span.parent_id, span.start_ns) == (1 << 100, 2, 3, 4500000000)
    assert span.start == 4.5 and span.duration is None and not span.finished
    span = Span("n")
    assert (span.service, span.resource, span.span_type, span.parent_id) == (None, "n", None, None)
    assert span.span_id and span.trace_id >> 96 == span.start_ns // 10**9
    assert span.trace_id >> 64 & 0xFFFFFFFF == 0


def test_constructor_with_the_wrong_types():
    with pytest.raises(TypeError):
        Span()
    assert Span(None).name is None and Span(4).name == Span("n", resource=4).resource == ""
    assert Span(b"n").name == "n"
    span = Span("n", service=3, resource=5, span_type=6, trace_id="a", span_id=2**70, parent_id=-1)
    assert (span.service, span.resource, span.span_type, span.parent_id) == (None, "", None, None)
    assert 0 < span.span_id < 2**64 and 0 < span.trace_id < 2**128


def test_attributes():
    span = Span("n")
    for field in ("name", "resource"):
        for value, stored in (("x", "x"), (None, None), (4, "")):
            setattr(span, field, value)
            assert getattr(span, field) == stored
    for value, stored in (("x", "x"), ("", ""), (None, None), (7, None)):
        span.service = span.span_type = value
        assert span.service == span.span_type == stored
    for value, stored in ((1, 1), (True, 1), (0, 0), ("x", 0)):
        span.error = value
        assert span.error == stored
    span.start = 5.5
    assert span.start_ns == 5500000000
    span.duration = 2.5
    assert span.duration_ns == 2500000000 and span.finished
    span.duration_ns = None
    assert not span.finished and span.duration is None
    span.trace_id, span.span_id, span.parent_id = 2**127, 2**64 - 1, 9
    assert (span.trace_id, span.span_id, span.parent_id) == (2**127, 2**64 - 1, 9)
    with pytest.raises(AttributeError):
        span.finished = True
    with pytest.raises(AttributeError):
        span.anything = 1
    span.start = "x"
    assert span.start_ns == 0


def test_finish_is_once():
    span = Span("n")
    span.finish()
    duration = span.duration_ns
    span.finish()
    span.finish(finish_time=1)
    assert span.duration_ns == duration and span.finished
    span.set_tag("late", "x")
    assert span.get_tag("late") == "x"


def test_finish_time():
    span = Span("n", start=1)
    span.finish(5.5)
    assert (span.duration_ns, span.duration) == (4500000000, 4.5)
    with pytest.raises(TypeError):
        Span("n").finish("x")


def test_extreme_times(tracer, rings):
    for start, finish in ((1e300, 0), (0, 1e300), (-1e300, 1e300), (float("nan"), 5), (10**30, None)):
        span = tracer.trace("extreme")
        span.start = start
        span.finish(finish)
        assert abs(span.start_ns) <= 2**63
    assert len(rings.spans()["extreme"]) == 5


def test_signatures():
    if sys.version_info >= (3, 10):  # before, types of C had none
        signature = inspect.signature(Span)
        assert list(signature.parameters)[:4] == ["name", "service", "resource", "span_type"]
    assert [*inspect.signature(Span.set_tag).parameters] == ["self", "key", "value"]


def test_on_finish_callbacks():
    seen = []

    def fail(span):
        raise ValueError

    span = Span("n", on_finish=[fail, seen.append])
    span._on_finish_callbacks.append(lambda s: s.set_tag("late", "x"))
    span.finish()
    span.finish()
    assert seen == [span] and span.get_tag("late") == "x"


def test_an_exception_becomes_tags():
    with pytest.raises(ValueError):
        with Span("n") as span:
            raise ValueError("bäd")
    assert span.error == 1 and span.finished
    assert span.get_tag("error.type") == "builtins.ValueError"
    assert span.get_tag("error.message") == "bäd"
    assert span.get_tag("error.stack").startswith("Traceback (most recent call last):\n")
    assert span.get_tag("error.stack").endswith("ValueError: bäd\n")


def test_an_exception_with_a_broken_str():
    class Broken(Exception):
        def __str__(self):
            raise RuntimeError

    with pytest.raises(Broken):
        with Span("n") as span:
            raise Broken
    assert span.get_tag("error.message") == "Broken"
    assert "<exception str() failed>" in span.get_tag("error.stack")


def test_ignored_exceptions_are_no_errors():
    span = Span("n")
    span._ignore_exception(KeyError)
    span.set_exc_info(KeyError, KeyError("x"), None)
    assert span.error == 0
    span.set_exc_info(None, None, None)
    assert span.error == 0


def test_set_traceback():
    span = Span("n")
    span.set_traceback()
    assert "test_set_traceback" in span.get_tag("error.stack") and span.error == 0
    try:
        raise KeyError("x")
    except KeyError:
        span.set_traceback()
    assert span.error == 1 and span.get_tag("error.type") == "builtins.KeyError"


def test_deep_stacks_are_cut():
    def deep(n):
        if n:
            deep(n - 1)
        raise ValueError("deep")

    def deeper(n):
        return deeper(n - 1) + 1 if n else deep(0)

    span = Span("n")
    with pytest.raises(ValueError):
        with span:
            deeper(200)
    assert span.get_tag("error.stack").count("\n") < 140
    assert "in deep" in span.get_tag("error.stack")


def test_record_exception_is_an_event(tracer, rings):
    with tracer.trace("n") as span:
        try:
            raise ValueError("x")
        except ValueError as error:
            span.record_exception(error, {"a": 1, "b": [1, 2], "bad": None, "mixed": [1, "x"]})
    assert span.error == 0
    (event,) = json.loads(rings.span("n")["tags"]["events"])
    assert event["name"] == "exception" and event["time_unix_nano"] > 10**18
    stack = event["attributes"].pop("exception.stacktrace")
    assert stack.endswith("ValueError: x\n")
    assert event["attributes"] == {
        "exception.type": "builtins.ValueError",
        "exception.message": "x",
        "a": 1,
        "b": [1, 2],
    }


def test_links(tracer, rings):
    with tracer.trace("n") as span:
        span.set_link(1, 2)
        span.set_link(3 << 64 | 4, 5, tracestate="dd=s:1", flags=1, attributes={"a": 1, "b": [1, "x"], "c": True})
        span.set_link(7, 2, attributes={"again": 1})  # the same span id: replaces the first
        span.link_span(Context(9, 10, sampling_priority=1, meta={"tracestate": "xx=1"}), {"k": "v"})
        span.link_span(Context(1, None))
        span.set_link("x", None)
    assert json.loads(rings.span("n")["tags"]["_dd.span_links"]) == [
        {"trace_id": f"{7:032x}", "span_id": f"{2:016x}", "attributes": {"again": "1"}},
        {
            "trace_id": f"{3 << 64 | 4:032x}", "span_id": f"{5:016x}", "tracestate": "dd=s:1", "flags": 1,
            "attributes": {"a": "1", "b.0": "1", "b.1": "x", "c": "true"},
        },
        {
            "trace_id": f"{9:032x}", "span_id": f"{10:016x}", "tracestate": "dd=s:1,xx=1", "flags": 1,
            "attributes": {"k": "v"},
        },
    ]  # fmt: skip


def test_struct_tags(tracer, rings):
    with tracer.trace("n") as span:
        span._set_struct_tag("s", {"a": [1, None, True, "x", -1, 1.5, {}], "long": "y" * 300})
        span._set_struct_tag("bad", {"x": object()})
    assert span._get_struct_tag("s")["a"][0] == 1
    data = rings.span("n")["structs"]["s"]
    assert data[:4] == b"\x82\xa1a\x97" and data.endswith(b"\xa4long\xda\x01\x2c" + b"y" * 300)


def test_text(tracer):
    span = Span("x", trace_id=2, span_id=1)
    assert str(span) == "<Span(id=1,trace_id=2,parent_id=None,name=x)>"
    assert repr(span).startswith("Span(name='x', span_id=1, parent_id=None, trace_id=2, service='None'")


def test_weak_references_and_identity():
    span = Span("n")
    reference = weakref.ref(span)
    assert reference() is span and hash(span) and span == span and span != Span("n")
    del span
    assert reference() is None


def test_ctx_items_end_with_the_span():
    span = Span("n")
    assert span._get_ctx_item("k") is None
    span._set_ctx_item("k", span)  # a cycle, if it lasted
    assert span._get_ctx_item("k") is span
    reference = weakref.ref(span)
    span.finish()
    del span
    assert reference() is None


def test_raw_spans_are_not_sent(rings, tracer):
    Span("raw").finish()
    with tracer.trace("sent"):
        pass
    assert list(rings.spans()) == ["sent"]


def test_a_finished_span_is_sent_once_even_if_it_is_reopened(tracer, rings):
    with tracer.trace("root"):
        child = tracer.trace("child")
        child.finish()
        child.duration_ns = None
        child.finish()
    assert [len(found) for found in rings.spans().values()] == [1, 1]
    assert rings.span("root")["flags"] == 3


def test_keys_of_an_enum_are_their_text(tracer):
    class Key(str, enum.Enum):
        URL = "http.url"

    span = tracer.start_span("x")
    span.set_tag(Key.URL, "/")
    assert span.get_tag(Key.URL) == span.get_tag("http.url") == "/"
    span.remove_tag(Key.URL)
    assert not span.get_tags().get("http.url")


def test_a_start_beyond_64_bits_is_cut(tracer):
    assert Span("x", start=10**11).start_ns == (1 << 63) - 1
    assert Span("x", start=-(10**11)).start_ns == -(1 << 63)
