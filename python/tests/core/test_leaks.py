"""Nothing grows: objects, references, memory."""

import contextvars
import gc
import sys
import tracemalloc
import weakref

import pytest
from ddtrace import _core
from ddtrace.trace import Context
from ddtrace.trace import Span


IMMORTAL = 1 << 29


def everything(tracer):
    with tracer.trace("root", service="s", resource="r", span_type="t") as root:
        root.set_tag("a", "b")
        root.set_tag("c", object())
        root.set_metric("d", 1.5)
        for i in range(15):
            root.set_tag("k%d" % i, "v")
        root.remove_tag("k3")
        root.set_link(1, 2, attributes={"a": [1]})
        root._set_struct_tag("s", {"a": 1})
        root.context.set_baggage_item("a", "b")
        root.set_tag("manual.keep")
        tracer.sample(root)
        try:
            with tracer.trace("child"):
                raise ValueError
        except ValueError as error:
            root.record_exception(error)
        tracer.start_span("of context", child_of=root.context).finish()
        tracer.start_span("of remote", child_of=Context(1 << 80, 2, "o", 1, {"_dd.p.x": "y"})).finish(5)
        root.name = root.service = root.resource = "changed"
        root.trace_id, root.span_id, root.parent_id = root.trace_id, root.span_id, 5
        str(root), repr(root), root.get_tags(), root.get_metrics(), root.start, root.duration
        tracer.start_span("never finished")
        for wrong in (tracer.trace, lambda: tracer.start_span("x", 5), Span, root.finish):
            try:
                wrong(*["x"] * (wrong == root.finish))
            except (TypeError, AttributeError):
                pass
        Span("raw", "s", "r", "t", 1, 2, 3, 4.0, root.context, [lambda s: None], "api", [])
    tracer.current_span(), tracer.current_root_span(), tracer.current_trace_context()
    contextvars.copy_context().run(tracer.trace, "in a context of its own").finish()


@pytest.mark.parametrize("configured", [False, True])
def test_references_and_memory_are_stable(tracer, rings, configured):
    rings.size = 1 << 16  # full soon: dropping must not leak either
    if configured:
        _core.set_defaults(
            env="e", version="1", tags={"t": "v", "n": 1}, root_tags={"x": "y"}, hostname="h",
            service_mapping={"a": "b"}, integration_services={"z"}, inferred_service=True,
        )  # fmt: skip
        _core.set_sampler(lambda root: root._override_sampling_decision(1, 1))
    for _ in range(30):
        everything(tracer)
    gc.collect()
    watched = [None, True, False, 1, "", "datadog", "m", Span, Context, tracer, _core.Span("x")]
    tracemalloc.start()
    try:
        for _ in range(20):
            everything(tracer)
        gc.collect()
        references = [sys.getrefcount(thing) for thing in watched]
        memory = tracemalloc.take_snapshot()
        objects = len(gc.get_objects())
        for _ in range(200):
            everything(tracer)
        gc.collect()
        assert len(gc.get_objects()) - objects < 50
        grown = [d for d in tracemalloc.take_snapshot().compare_to(memory, "lineno") if "tracemalloc" not in str(d)]
        assert sum(difference.size_diff for difference in grown) < 40000, grown[:5]
        for thing, before in zip(watched, references):
            if before < IMMORTAL:
                assert abs(sys.getrefcount(thing) - before) < 150, repr(thing)
    finally:
        tracemalloc.stop()


def test_finished_spans_are_not_garbage(tracer):
    """Reference counting alone frees them."""
    gc.collect()
    gc.disable()
    try:
        tracer.trace("warm").finish()
        kinds = {"Span", "LocalTrace", "Context"}
        before = sum(type(thing).__name__ in kinds for thing in gc.get_objects())
        for _ in range(100):
            with tracer.trace("root") as root:
                root._on_finish_callbacks.append(lambda s, root=root: None)
                with tracer.trace("child") as child:
                    child.context.sampling_priority = 1
        del root, child
        tracer.trace("last").finish()
        after = sum(type(thing).__name__ in kinds for thing in gc.get_objects())
        assert after - before < 10
    finally:
        gc.enable()


def test_a_span_that_is_never_finished_can_be_collected(tracer):
    class Request:
        pass

    request = Request()
    request.span = tracer.start_span("root")
    request.child = tracer.start_span("child", child_of=request.span)
    request.span._set_ctx_item("request", request)
    request.child._on_finish_callbacks.append(lambda span, request=request: None)
    gone = weakref.ref(request)
    del request
    gc.collect()
    assert gone() is None
    tracer.trace("next").finish()
    assert _core.ring_stats()["open"] == 0
