"""The OpenTelemetry API where it does what it says and ddtrace 4.16 does not (docs/compatibility.md)."""

import json
import os
import subprocess
import sys

import pytest
import ring_spans


PROGRAM = """
import ddtrace.auto
import asyncio, contextvars
from ddtrace.trace import tracer as ours
from opentelemetry import baggage, context, trace
from opentelemetry.propagate import inject

theirs = trace.get_tracer("test")


def current():
    return trace.get_current_span().get_span_context().span_id


# A detached span is not the current one any more, ended or not; other values last as long as their attachment.
span = theirs.start_span("attached")
token = context.attach(trace.set_span_in_context(span))
assert trace.get_current_span() is span
context.detach(token)
assert not current() and ours.current_span() is None
span.end()

with theirs.start_as_current_span("left open", end_on_exit=False) as span:
    pass
assert span.is_recording() and not current() and ours.current_span() is None
span.end()

token = context.attach(context.set_value("key", "value"))
with theirs.start_as_current_span("a"):
    with ours.trace("b"):
        assert context.get_value("key") == "value"
context.detach(token)
assert context.get_value("key") is None

# What is attached stays the parent of all that follows.
remote = trace.SpanContext((1 << 64) + 0x77, 0xABCD, True, trace.TraceFlags(1))
token = context.attach(trace.set_span_in_context(trace.NonRecordingSpan(remote)))
ours.trace("first below remote").finish()
theirs.start_span("second below remote").end()
context.detach(token)
assert not current() and ours.current_trace_context() is None

# Baggage: a block's own ends with it, and what the block's spans were given stays with them.
with ours.trace("root") as root:
    root.context.set_baggage_item("from.dd", "1")
    token = context.attach(baggage.set_baggage("from.otel", "2"))
    root.context.set_baggage_item("later", "3")
    assert dict(baggage.get_all()) == {"from.dd": "1", "from.otel": "2", "later": "3"}
    context.detach(token)
    assert dict(baggage.get_all()) == root.context.get_all_baggage_items() == {"from.dd": "1", "later": "3"}

token = context.attach(baggage.set_baggage("only", "otel"))
with ours.trace("root with baggage") as root:
    assert root.context.get_all_baggage_items() == {"only": "otel"} == dict(baggage.get_all())
with theirs.start_as_current_span("otel root with baggage") as root:
    assert root._ddspan.context.get_all_baggage_items() == {"only": "otel"}
context.detach(token)
assert not baggage.get_all()

# Times are in nanoseconds, links can be added.
span = theirs.start_span("full")
span.add_event("at", timestamp=1_700_000_000_000_000_000)
span.add_link(remote, {"late": 1})
span.end()

# What cannot be told of a span is left out; the program goes on.
span = theirs.start_span("odd", attributes=[1], kind="server", start_time="now")
span.set_attribute([], 1)
span.record_exception("no exception")
span.add_event("no attributes", [1])
span.end("now")

# The rate that has decided is told to OpenTelemetry's samplers, in the identity as in headers.
headers = {}
with theirs.start_as_current_span("decided") as span:
    inject(headers)
    told = span.get_span_context().trace_state.to_header()
assert told == headers["tracestate"] and ";th:0" in told, (told, headers)

# A token of another task changes nothing here.
token = contextvars.copy_context().run(context.attach, context.set_value("key", "other"))
context.detach(token)
assert context.get_value("key") is None


async def generated():
    with theirs.start_as_current_span("in generator"):
        yield 1
        yield 2


async def main():
    async for _ in generated():
        assert current()
    assert not current()
    left = generated()
    await left.__anext__()
    await asyncio.create_task(left.aclose())

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def spans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("opentelemetry")
    env = {k: v for k, v in os.environ.items() if not k.startswith("DD_")}
    env.update(HOOFPRINT_RUN_DIR=str(folder / "run"), HOOFPRINT_BIN="/nonexistent", DD_TRACE_OTEL_ENABLED="true")
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("the application goes on without this span") == 4
    return {span["resource"]: span for span in ring_spans.read(env["HOOFPRINT_RUN_DIR"])}


def test_every_span_arrives_where_it_was_started(spans):
    below_remote = {name for name, span in spans.items() if span["parent_id"] == 0xABCD}
    assert below_remote == {"first below remote", "second below remote"}
    assert {span["name"] for name, span in spans.items() if " " in name} == {
        "internal",
        "root with baggage",
        "first below remote",
    }
    assert spans["b"]["parent_id"] == spans["a"]["span_id"]


def test_event_times_and_late_links(spans):
    full = spans["full"]
    assert '"time_unix_nano":1700000000000000000' in full["meta"]["events"]
    (link,) = json.loads(full["meta"]["_dd.span_links"])
    assert (int(link["span_id"], 16), link["attributes"]) == (0xABCD, {"late": "1"})
