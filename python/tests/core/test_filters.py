"""Trace filters, as ddtrace 4.16 runs them: on the complete trace, before its sampling decision."""

import gc
import logging
import os
import threading

import pytest
from ddtrace import _core
from ddtrace import _filters
from ddtrace.trace import Context
from ddtrace.trace import Span
from ddtrace.trace import TraceFilter


class Filter(TraceFilter):
    def __init__(self, function):
        self.function = function
        self.seen = []

    def process_trace(self, trace):
        self.seen.append([span.name for span in trace])
        return self.function(trace)


@pytest.fixture
def use(tracer):
    def use(*functions):
        filters = [Filter(function) for function in functions]
        tracer.configure(trace_processors=filters)
        return filters if len(filters) > 1 else filters[0]

    yield use
    tracer.configure(trace_processors=[])


def same(trace):
    return trace


def three(tracer):
    with tracer.trace("root") as root:
        with tracer.trace("a"):
            with tracer.trace("b"):
                pass
    return root


def written(rings):
    return [(span["name"], span["flags"]) for span in rings.mine.spans()]


def test_a_filter_sees_the_complete_trace_in_order_of_starts(tracer, rings, use):
    seen = use(same).seen
    with tracer.trace("root"):
        with tracer.trace("a"):
            with tracer.trace("b"):
                pass
        assert seen == [] and rings.mine.spans() == [] and len(rings.mine.open_spans()) == 1
    assert seen == [["root", "a", "b"]]
    assert written(rings) == [("root", 1), ("a", 0), ("b", 2)]
    found = rings.span("root")
    assert found["metrics"]["_sampling_priority_v1"] == 1 and found["tags"]["_dd.p.dm"] == "-0"
    assert found["tags"]["language"] == "python" and "_dd.py.partial_flush" not in found["metrics"]
    assert rings.span("a")["tags"] == {} and rings.mine.open_spans() == []


def test_a_root_that_ends_early(tracer, rings, use):
    seen = use(same).seen
    root = tracer.trace("root")
    child = tracer.trace("child")
    root.finish()
    assert seen == []
    child.finish()
    assert seen == [["root", "child"]] and written(rings) == [("root", 1), ("child", 2)]


def test_a_filter_runs_before_the_decision(tracer, rings, use):
    def keep(trace):
        assert trace[0].context.sampling_priority is None
        assert trace[0].get_metric("_dd.top_level") == 1 and trace[0].finished
        trace[0].name = "changed"
        trace[0].set_tag("manual.keep")
        trace[0].set_tag("by", "filter")
        trace[0].record_exception(ValueError("x"))
        return trace

    use(keep)
    _core.set_sampler(lambda root: 1 / 0)
    tracer.trace("root").finish()
    found = rings.span("changed")
    assert found["metrics"]["_sampling_priority_v1"] == 2 and found["tags"]["_dd.p.dm"] == "-4"
    assert found["tags"]["by"] == "filter" and "ValueError" in found["tags"]["events"]


def test_the_sampler_sees_what_the_filter_made(tracer, rings, use):
    def rename(trace):
        trace[0].resource = "GET /health"
        return trace

    use(rename)
    _core.set_sampler(lambda root: root._override_sampling_decision(-1 if "health" in root.resource else 2, 3))
    tracer.trace("root").finish()
    assert rings.span("root")["metrics"]["_sampling_priority_v1"] == -1


@pytest.mark.parametrize(
    "function",
    [lambda t: None, lambda t: [], lambda t: tuple(t), lambda t: 5, lambda t: "abc", lambda t: t.clear(), iter],
)
def test_a_trace_that_is_dropped(tracer, rings, use, function):
    _, second = use(function, same)
    three(tracer)
    assert second.seen == [] and rings.mine.spans() == [] and rings.mine.open_spans() == []
    tracer.configure(trace_processors=[])
    three(tracer)
    assert len(rings.mine.spans()) == 3


def test_spans_that_are_dropped(tracer, rings, use):
    use(lambda trace: trace[1:])
    root = three(tracer)
    assert written(rings) == [("a", 1), ("b", 2)]
    found = rings.span("a")
    # What is true of the whole trace is on the first span that is left.
    assert found["metrics"] == {"_sampling_priority_v1": 1} and found["local_root"] == root.span_id
    assert found["tags"] == {"language": "python", "_dd.p.dm": "-0", "_dd.p.tid": f"{root.trace_id >> 64:016x}"}
    use(lambda trace: trace[:1])
    three(tracer)
    assert written(rings)[2:] == [("root", 3)]


def test_filters_run_in_order(tracer, rings, use):
    first, second = use(lambda trace: trace[:2], lambda trace: trace[1:])
    three(tracer)
    assert (first.seen, second.seen) == ([["root", "a", "b"]], [["root", "a"]])
    assert written(rings) == [("a", 3)]


def test_a_filter_that_raises(tracer, rings, use, caplog):
    _, second = use(lambda trace: 1 / 0, same)
    with caplog.at_level(logging.INFO, "ddtrace"):
        three(tracer)
        three(tracer)
    assert second.seen == [["root", "a", "b"]] * 2 and len(rings.mine.spans()) == 6
    assert len(caplog.records) == 1 and "ZeroDivisionError" in caplog.text


def test_a_filter_of_any_class(tracer, rings, use):
    class Duck:
        def process_trace(self, trace):
            return trace[:1]

    tracer.configure(trace_processors=[Duck()])
    three(tracer)
    tracer.configure(trace_processors=[same])  # has no process_trace
    three(tracer)
    assert [name for name, _ in written(rings)] == ["root", "root", "a", "b"]


def test_a_filter_that_traces(tracer, rings, use):
    def trace_within(trace):
        if trace[0].name == "root":
            assert tracer.current_span() is None
            with tracer.trace("within"):
                pass
            with tracer.start_span("late child", child_of=trace[0]):
                pass
        return trace

    use(trace_within)
    tracer.trace("root").finish()
    assert [name for name, _ in written(rings)] == ["within", "late child", "root"]
    found = rings.spans()
    assert found["late child"][0]["parent_id"] == found["root"][0]["span_id"]
    assert found["late child"][0]["flags"] == found["root"][0]["flags"] == 3


def test_spans_that_a_filter_adds(tracer, rings, use):
    def add(trace):
        of_the_trace = Span("added", trace_id=trace[0].trace_id, parent_id=trace[0].span_id)
        of_the_trace.finish()
        elsewhere = Span("elsewhere", trace_id=77)
        return [*trace, of_the_trace, elsewhere, None, "text"]

    use(add)
    root = three(tracer)
    assert written(rings) == [("root", 1), ("a", 0), ("b", 0), ("added", 0), ("elsewhere", 3)]
    assert rings.span("added")["local_root"] == root.span_id
    assert rings.span("elsewhere")["trace_id"] == 77


def test_parts_of_a_long_trace(tracer, rings, use):
    _core.set_defaults(partial_flush_min_spans=3)
    seen = use(same).seen
    with tracer.trace("root"):
        for i in range(7):
            with tracer.trace(f"c{i}"):
                pass
        assert seen == [["c0", "c1", "c2"], ["c3", "c4", "c5"]]
        assert len(rings.mine.spans()) == 6
    assert seen[2:] == [["root", "c6"]]
    assert written(rings) == [
        ("c0", 1), ("c1", 0), ("c2", 0), ("c3", 1), ("c4", 0), ("c5", 0), ("root", 1), ("c6", 2),
    ]  # fmt: skip
    for name in ("c0", "c3"):
        assert rings.span(name)["metrics"] == {"_dd.py.partial_flush": 3, "_sampling_priority_v1": 1}
        assert rings.span(name)["tags"]["_dd.p.dm"] == "-0" and rings.span(name)["tags"]["language"] == "python"
    assert "_dd.py.partial_flush" not in rings.span("root")["metrics"]


def test_a_remote_trace(tracer, rings, use):
    use(same)
    context = Context(5, 6, "rum", -1, {"_dd.p.usr": "x"})
    with tracer.start_span("root", child_of=context, activate=True):
        tracer.trace("child").finish()
    assert rings.span("root")["metrics"]["_sampling_priority_v1"] == -1
    assert rings.span("child")["tags"] == {"_dd.origin": "rum", "_dd.p.usr": "x"}


def test_configure_without_filters_keeps_them(tracer, rings, use):
    seen = use(same).seen
    tracer.configure(compute_stats_enabled=True)
    tracer.configure(trace_processors=None)
    three(tracer)
    assert len(seen) == 1
    tracer.configure(trace_processors=[])
    three(tracer)
    assert len(seen) == 1
    assert written(rings)[3:] == [("b", 0), ("a", 0), ("root", 3)]


def test_filters_that_come_and_go_amid_a_trace(tracer, rings, use):
    with tracer.trace("root"):
        with tracer.trace("before"):
            pass
        seen = use(same).seen
        with tracer.trace("during"):
            pass
        tracer.configure(trace_processors=[])
        with tracer.trace("after"):
            pass
    assert seen == []
    assert sorted(name for name, _ in written(rings)) == ["after", "before", "during", "root"]
    assert written(rings)[-1][1] & 2


def test_a_disabled_tracer_filters_nothing(tracer, rings, use):
    seen = use(same).seen
    tracer.enabled = False
    three(tracer)
    tracer.enabled = True
    assert seen == []


def test_threads(tracer, rings, use):
    rings.size = 1 << 24
    seen = use(same).seen

    def work():
        for _ in range(100):
            with tracer.trace("root"):
                with tracer.trace("child"):
                    pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [["root", "child"]] * 400
    assert [len(rings.spans()[name]) for name in ("root", "child")] == [400, 400]


def test_a_span_that_nobody_finishes(tracer, rings, use):
    """What ended beneath it is written all the same."""
    seen = use(same).seen

    def work():
        root = tracer.start_span("root")
        tracer.start_span("child", child_of=root).finish()

    work()
    gc.collect()
    tracer.trace("next").finish()
    assert ["child"] in seen and ["next"] in seen
    assert [name for name, _ in written(rings)] == ["child", "next"] and rings.mine.open_spans() == []


def test_a_fork_repeats_nothing(tracer, rings, use):
    use(same)
    with tracer.trace("root"):
        with tracer.trace("finished"):
            pass
        pid = os.fork()
        if pid == 0:
            with tracer.trace("child"):
                pass
            gc.collect()
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
    spans = rings.spans()
    assert {name: len(found) for name, found in spans.items()} == {"root": 1, "finished": 1, "child": 1}
    assert spans["child"][0]["pid"] == pid and spans["child"][0]["parent_id"] == spans["root"][0]["span_id"]


def test_what_a_filter_is():
    for make in (TraceFilter, type("Half", (TraceFilter,), {})):
        with pytest.raises(TypeError):
            make()


def test_a_failing_hook_loses_nothing(tracer, rings, use, monkeypatch):
    use(same)
    failures = _core.ring_stats()["failures"]
    monkeypatch.setattr(_filters.Chunks, "__call__", lambda *args: 1 / 0)
    three(tracer)
    assert len(rings.mine.spans()) == 3 and _core.ring_stats()["failures"] == failures + 1


def test_single_span_rules_are_asked_when_all_is_known(tracer, rings):
    from ddtrace._filters import chunks

    asked = []
    chunks.set_keep_alone(lambda span: asked.append(span.name))
    try:
        with tracer.trace("root"):
            with tracer.trace("child") as child:
                child.set_tag("manual.keep")
        assert asked == []
        with tracer.trace("root") as root:
            with tracer.trace("child"):
                pass
            assert asked == []
            root.set_tag("manual.drop")
        assert asked == ["root", "child"]
    finally:
        chunks.set_keep_alone(None)
    assert len(rings.mine.spans()) == 4
