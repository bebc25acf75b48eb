"""The propagation styles and behaviours in a running Flask application: what comes in, what goes out."""

import contextlib

import pytest
from test_w3c import PARENT
from test_w3c import SPAN
from test_w3c import TRACE
from test_w3c import running_relay


DATADOG = [
    ("x-datadog-trace-id", str(int(TRACE[16:], 16))),
    ("x-datadog-parent-id", str(int(SPAN, 16))),
    ("x-datadog-sampling-priority", "2"),
    ("x-datadog-origin", "synthetics"),
    ("x-datadog-tags", "_dd.p.tid=%s,_dd.p.dm=-4" % TRACE[:16]),
]
OTHER = "5" * 32
OF_DATADOG = {name for name, _ in DATADOG}
OF_B3 = {"b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags"}
OF_W3C = {"traceparent", "tracestate", "baggage"}


@pytest.fixture(scope="module")
def relays(tmp_path_factory):
    """relays(variable=value, ...): an application with these settings; each is started once."""
    started = {}
    with contextlib.ExitStack() as stack:

        def relay(**variables):
            key = tuple(sorted(variables.items()))
            if key not in started:
                started[key] = stack.enter_context(running_relay(tmp_path_factory.mktemp("styles"), **variables))
            return started[key]

        yield relay


def styles_sent(answer):
    return (OF_DATADOG | OF_B3 | OF_W3C) & set(answer.names)


# The default: datadog, tracecontext, baggage.


def test_datadog_headers_are_continued_and_sent(relays):
    answer = relays()(*DATADOG)
    assert (answer.trace_id, answer.parent_id, answer.priority) == (TRACE, SPAN, 2)
    assert answer.header("x-datadog-trace-id") == str(int(TRACE[16:], 16))
    assert answer.header("x-datadog-sampling-priority") == "2"
    assert answer.header("x-datadog-origin") == "synthetics"
    assert set(answer.header("x-datadog-tags").split(",")) == {"_dd.p.dm=-4", "_dd.p.tid=" + TRACE[:16]}
    assert answer.traceparent == (TRACE, answer.parent_of_the_next, "01")
    assert answer.header("tracestate") == "dd=p:%s;s:2;o:synthetics;t.dm:-4;t.tid:%s" % (
        answer.parent_of_the_next,
        TRACE[:16],
    )


def test_a_new_trace_is_decided_about_when_it_is_sent_on(relays):
    answer = relays()()
    assert answer.priority is None
    assert answer.header("x-datadog-sampling-priority") == "1"
    assert "_dd.p.dm=-0" in answer.header("x-datadog-tags").split(",")
    assert answer.header("tracestate").split(",")[1].startswith("ot=rv:")


def test_manual_keep_goes_on(relays):
    answer = relays()(path="/?keep=1")
    assert answer.header("x-datadog-sampling-priority") == "2"
    assert "_dd.p.dm=-4" in answer.header("x-datadog-tags").split(",")
    assert "ot=" not in answer.header("tracestate")


def test_the_traceparent_of_the_same_trace_names_the_parent(relays):
    parent = "00-%s-%s-01" % (TRACE, "b" * 16)
    answer = relays()(*DATADOG, ("traceparent", parent), ("tracestate", "foo=1,dd=s:2;p:" + "c" * 16))
    assert (answer.trace_id, answer.parent_id) == (TRACE, "b" * 16)
    assert relays().finished()["_dd.parent_id"] == "c" * 16
    assert answer.state == ["foo=1"] and answer.links == []


def test_without_p_the_datadog_parent_is_the_last_datadog_span(relays):
    answer = relays()(*DATADOG, ("traceparent", "00-%s-%s-01" % (TRACE, "b" * 16)))
    assert answer.parent_id == "b" * 16 and relays().finished()["_dd.parent_id"] == SPAN


def test_another_trace_becomes_a_link(relays):
    answer = relays()(*DATADOG, ("traceparent", "00-%s-%s-01" % (OTHER, "b" * 16)), ("tracestate", "foo=1"))
    assert answer.trace_id == TRACE and answer.links == [OTHER]
    assert answer.state == []


def test_baggage_items_become_tags_of_the_root(relays):
    relays()(*DATADOG, ("baggage", "user.id=alice,session.id=s,other=x"))
    found = {name: value for name, value in relays().finished().items() if name.startswith("baggage.")}
    assert found == {"baggage.user.id": "alice", "baggage.session.id": "s"}


@pytest.mark.parametrize(
    "name,value",
    [
        ("x-datadog-trace-id", "0"),
        ("x-datadog-trace-id", "18446744073709551616"),
        ("x-datadog-trace-id", "0x1f"),
        ("x-datadog-parent-id", "mine"),
        ("x-datadog-sampling-priority", "keep"),
    ],
)
def test_malformed_datadog_headers_start_a_new_trace(relays, name, value):
    answer = relays()(*[(key, value if key == name else given) for key, given in DATADOG])
    assert answer.trace_id != TRACE and answer.parent_id == "0" * 16
    assert answer.header("x-datadog-sampling-priority") == "1"


@pytest.mark.parametrize(
    "tags", ["_dd.p.tid=XYZ", "_dd.p.tid=" + "0" * 16, "_dd.p.x", "_dd.p.x=" + "v" * 600, "_dd.p.dm=four"]
)
def test_malformed_tags_are_left_out_and_the_trace_continued(relays, tags):
    answer = relays()(*DATADOG[:4], ("x-datadog-tags", tags))
    assert answer.trace_id == "0" * 16 + TRACE[16:] and answer.priority == 2
    assert answer.header("x-datadog-tags") is None


# Other styles.


@pytest.mark.parametrize("style", ["b3", "b3multi"])
def test_b3(relays, style):
    relay = relays(DD_TRACE_PROPAGATION_STYLE=style)
    if style == "b3":
        answer = relay(("b3", "%s-%s-1" % (TRACE, SPAN)))
        assert answer.header("b3") == "%s-%s-1" % (TRACE, answer.span_of("b3"))
    else:
        answer = relay(("X-B3-TraceId", TRACE), ("X-B3-SpanId", SPAN), ("X-B3-Sampled", "1"))
        assert (answer.header("x-b3-traceid"), answer.header("x-b3-sampled")) == (TRACE, "1")
    assert (answer.trace_id, answer.parent_id, answer.priority) == (TRACE, SPAN, 1)
    assert styles_sent(answer) <= OF_B3
    assert relay(*DATADOG).trace_id != TRACE


def test_b3_may_bring_the_decision_alone(relays):
    answer = relays(DD_TRACE_PROPAGATION_STYLE="b3")(("b3", "0"))
    assert answer.parent_id == "0" * 16 and answer.header("b3").endswith("-1")


def test_b3_debug_is_keep(relays):
    answer = relays(DD_TRACE_PROPAGATION_STYLE="b3multi")(
        ("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN), ("x-b3-flags", "1")
    )
    assert answer.priority == 2
    assert (answer.header("x-b3-flags"), answer.header("x-b3-sampled")) == ("1", None)


def test_one_style_in_and_others_out(relays):
    relay = relays(DD_TRACE_PROPAGATION_STYLE_EXTRACT="tracecontext", DD_TRACE_PROPAGATION_STYLE_INJECT="datadog,b3")
    answer = relay(("traceparent", PARENT))
    assert answer.trace_id == TRACE and styles_sent(answer) == {"b3"} | OF_DATADOG - {"x-datadog-origin"}
    assert relay(*DATADOG).trace_id != TRACE


def test_none_is_nothing(relays):
    answer = relays(DD_TRACE_PROPAGATION_STYLE="none")(*DATADOG, ("traceparent", PARENT), ("baggage", "a=1"))
    assert answer.trace_id != TRACE and answer.baggage == {} and styles_sent(answer) == set()


def test_the_first_style_may_be_the_only_one_looked_at(relays):
    headers = [*DATADOG, ("traceparent", "00-%s-%s-01" % (OTHER, SPAN))]
    assert relays(DD_TRACE_PROPAGATION_EXTRACT_FIRST="true")(*headers).links == []
    answer = relays(DD_TRACE_PROPAGATION_STYLE="tracecontext,datadog")(*headers)
    assert answer.trace_id == OTHER and answer.links == [TRACE]


# What an incoming trace means.


def test_restart_links_to_the_trace_and_keeps_its_baggage(relays):
    answer = relays(DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT="restart")(*DATADOG, ("baggage", "user.id=alice"))
    assert answer.trace_id != TRACE and answer.parent_id == "0" * 16 and answer.links == [TRACE]
    assert answer.baggage == {"user.id": "alice"} and answer.header("baggage") == "user.id=alice"
    assert answer.header("x-datadog-origin") is None


def test_ignore_forgets_the_trace_and_its_baggage(relays):
    answer = relays(DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT="ignore")(*DATADOG, ("baggage", "user.id=alice"))
    assert answer.trace_id != TRACE and answer.links == [] and answer.baggage == {}
    assert answer.header("baggage") is None and answer.header("x-datadog-origin") is None


# The decision is made with what the root has become by then.


def test_a_rule_on_the_resource_sees_the_route(relays):
    relay = relays(DD_TRACE_SAMPLING_RULES='[{"resource": "GET /", "sample_rate": 0}]')
    answer = relay()
    assert answer.header("x-datadog-sampling-priority") == "-1"
    assert answer.traceparent[2] == "00" and "_dd.p.dm=-3" in answer.header("x-datadog-tags")
    assert relay(*DATADOG).header("x-datadog-sampling-priority") == "2"  # decided upstream
