"""Headers in and out, held against what ddtrace 4.16.0 did with the same ones (propagation_cases.json)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ddtrace._core import Span
from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import Context
from ddtrace.trace import tracer
from processes import environment


HERE = Path(__file__).parent
GROUPS = json.loads((HERE / "propagation_cases.json").read_text())


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: str(group["environment"]))
def test_like_ddtrace(group, tmp_path):
    done = subprocess.run(
        [sys.executable, str(HERE / "propagate.py")],
        input=json.dumps(group["cases"]),
        env=environment(tmp_path, **group["environment"]),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)
    assert len(outcomes) == len(group["cases"]) > 0
    for case, outcome in zip(group["cases"], outcomes):
        asked = {k: v for k, v in case.items() if k != "expected"}
        if "ours" in case:  # and "why"
            assert outcome == case["ours"] != case["expected"], asked
        else:
            assert outcome == case["expected"], asked


def test_a_span_is_sampled_before_its_headers_are_written():
    headers = {}
    with tracer.start_span("web.request") as span:
        HTTPPropagator.inject(span, headers)
    assert isinstance(span, Span)
    assert headers["x-datadog-sampling-priority"] == "1"
    assert headers["x-datadog-parent-id"] == str(span.span_id)
    assert headers["traceparent"] == "00-%032x-%016x-01" % (span.trace_id, span.span_id)
    assert "_dd.p.dm=-0" in headers["x-datadog-tags"]
    assert "_dd.p.tid=%016x" % (span.trace_id >> 64) in headers["x-datadog-tags"]
    assert headers["tracestate"].startswith("dd=p:%016x;s:1;t.dm:-0;" % span.span_id)


def test_the_context_of_an_active_trace_is_sampled_too():
    headers = {}
    with tracer.trace("web.request"):
        with tracer.trace("http.request") as child:
            HTTPPropagator.inject(child.context, headers)
    assert headers["x-datadog-sampling-priority"] == "1"


def test_what_was_extracted_is_the_parent_of_the_next_span():
    headers = {"x-datadog-trace-id": "11", "x-datadog-parent-id": "22", "x-datadog-sampling-priority": "2"}
    with tracer.start_span("web.request", child_of=HTTPPropagator.extract(headers)) as span:
        assert (span.trace_id, span.parent_id) == (11, 22)
        assert span.context.sampling_priority == 2
        carried = {}
        HTTPPropagator.inject(span, carried)
    assert carried["x-datadog-trace-id"] == "11"
    assert carried["x-datadog-sampling-priority"] == "2"


@pytest.mark.parametrize(
    "headers", [{"x-datadog-trace-id": object()}, {1: "x"}, {"traceparent": None}, {"b3": b"\xff"}]
)
def test_headers_that_no_server_sends_raise_nothing(headers):
    assert HTTPPropagator.extract(headers) == Context()


def test_bytes_are_read_as_text():
    headers = {"x-datadog-trace-id": b"11", "x-datadog-parent-id": b"22", "x-datadog-origin": b"rum"}
    context = HTTPPropagator.extract(headers)
    assert (context.trace_id, context.span_id, context.dd_origin) == (11, 22, "rum")


def test_extract_first_stops_at_the_first_style_that_is_there(tmp_path):
    headers = {"traceparent": "00-%032x-%016x-01" % (5, 6), "x-datadog-trace-id": "7", "x-datadog-parent-id": "8"}

    def links_and_id(variables, headers):
        done = subprocess.run(
            [sys.executable, str(HERE / "propagate.py")],
            input=json.dumps([{"headers": headers}]),
            env=environment(tmp_path, **variables),
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
        )
        context = json.loads(done.stdout)[0]["context"]
        return len(context["links"]), context["trace_id"]

    first = {"DD_TRACE_PROPAGATION_EXTRACT_FIRST": "true"}
    assert links_and_id({}, headers) == (1, 7)
    assert links_and_id(first, headers) == (0, 7)
    assert links_and_id(first, {"traceparent": headers["traceparent"]}) == (0, 5)


def test_an_asgi_server_may_send_a_header_in_parts():
    from ddtrace.contrib.asgi import request_headers

    parent = b"00-%032x-%016x-01" % (5, 6)
    parts = [(b"tracestate", b"foo=1"), (b"accept", b"a"), (b"TraceState", b"bar=2"), (b"baggage", b"a=1")]
    parts += [(b"accept", b"b"), (b"baggage", b"b=2")]
    context = HTTPPropagator.extract(request_headers({"headers": [(b"traceparent", parent), *parts]}))
    assert (context.trace_id, context._meta["tracestate"]) == (5, "foo=1,bar=2")
    assert context.get_all_baggage_items() == {"a": "1", "b": "2"}
    assert request_headers({"headers": parts})["accept"] == "b"
    twice = [(b"traceparent", parent), (b"traceparent", parent)]
    assert HTTPPropagator.extract(request_headers({"headers": twice})) == Context()


def test_a_caller_that_sends_nonsense_does_not_fill_the_log(caplog):
    for number in range(50):
        HTTPPropagator.extract({"traceparent": "nonsense %d" % number, "x-datadog-trace-id": "nonsense %d" % number})
    kinds = [record.msg for record in caplog.records if record.name == "ddtrace.propagation.http"]
    assert len(kinds) == len(set(kinds)) <= 2
