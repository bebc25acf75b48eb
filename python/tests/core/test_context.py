"""Context: what travels with a trace."""

import copy
import pickle

from ddtrace.trace import Context


def test_fields():
    context = Context(1, 2, "o", 1, {"_dd.p.dm": "-1"}, {"x": 1}, None, {"b": "c"})
    assert (context.trace_id, context.span_id, context.dd_origin, context.sampling_priority) == (1, 2, "o", 1)
    assert repr(context) == (
        "Context(trace_id=1, span_id=2, _meta={'_dd.p.dm': '-1', '_dd.origin': 'o'}, "
        "_metrics={'x': 1, '_sampling_priority_v1': 1}, _span_links=[], _baggage={'b': 'c'}, _is_remote=True)"
    )
    context.sampling_priority = context.dd_origin = None
    assert context._metrics == {"x": 1} and context._meta == {"_dd.p.dm": "-1"}


def test_user_id():
    context = Context()
    context.dd_user_id = "u1"
    assert context._meta == {"_dd.p.usr.id": "dTE="} and context.dd_user_id == "u1"
    context._meta["_dd.p.usr.id"] = "ü"
    assert context.dd_user_id is None
    context.dd_user_id = None
    assert context._meta == {}


def test_baggage():
    context = Context(baggage={"b": "c"})
    context.set_baggage_item("q", 5)
    context.remove_baggage_item("b")
    context.remove_baggage_item("missing")
    assert context.get_all_baggage_items() == {"q": 5} and context.get_baggage_item("b") is None
    context.remove_all_baggage_items()
    assert context.get_all_baggage_items() == {}


def test_copy_shares_and_is_local():
    context = Context(1, 2, sampling_priority=1)
    other = context.copy(3, 4)
    assert (other.trace_id, other.span_id, other._is_remote) == (3, 4, False)
    other.sampling_priority = 2
    assert context.sampling_priority == 2


def test_equality_and_pickling(tracer):
    with tracer.trace("x") as span:
        context = span.context
        for other in (pickle.loads(pickle.dumps(context)), copy.copy(context), copy.deepcopy(context)):
            assert other == context and other is not context
    assert Context(1, 2) == Context(1, 3) and hash(Context(1, 2)) == hash(Context(1, 3))  # of one trace
    assert Context(1, 2) != Context(2, 2) and Context(1, 2) != 5
    with Context(1, 2) as entered:
        assert entered == Context(1, 2)


def test_w3c():
    context = Context((1 << 64) | 2, 3, "syn=th", 2, {"_dd.p.dm": "-4", "_dd.p.tid": "1", "tracestate": "a=1,dd=s:0"})
    assert context._traceparent == "00-" + f"{(1 << 64) | 2:032x}-{3:016x}-01"
    assert context._tracestate == "dd=s:2;o:syn~th;t.dm:-4,a=1"
    assert Context()._traceparent == "" and Context()._tracestate == ""
