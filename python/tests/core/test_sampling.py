"""Decisions: who makes them, when, and how the reader learns of them."""

from ddtrace import _core
from ddtrace.trace import Context


def test_the_sampler_decides_at_the_end_of_the_root(tracer, rings):
    asked = []

    def sampler(root):
        asked.append(root.name)
        root._override_sampling_decision(0, 3)
        root.set_metric("_dd.rule_psr", 0.5)

    _core.set_sampler(sampler)
    with tracer.trace("root"):
        with tracer.trace("child"):
            pass
        assert asked == []
    assert asked == ["root"]
    found = rings.span("root")
    assert found["metrics"]["_sampling_priority_v1"] == 0 and found["metrics"]["_dd.rule_psr"] == 0.5
    assert found["tags"]["_dd.p.dm"] == "-3"
    assert not rings.mine.decisions()


def test_a_decision_that_was_made_stands(tracer, rings):
    _core.set_sampler(lambda root: 1 / 0)
    with tracer.trace("root") as root:
        root.set_tag("manual.drop")
    assert rings.span("root")["metrics"]["_sampling_priority_v1"] == -1
    assert rings.span("root")["tags"]["_dd.p.dm"] == "-4"


def test_a_failing_sampler_keeps(tracer, rings):
    _core.set_sampler(lambda root: 1 / 0)
    before = _core.ring_stats()["failures"]
    with tracer.trace("root") as root:
        pass
    assert rings.span("root")["metrics"]["_sampling_priority_v1"] == 1
    assert root.context.sampling_priority == 1 and root.context._meta == {"_dd.p.dm": "-0"}
    assert _core.ring_stats()["failures"] == before + 1


def test_sample_tells_once(tracer, rings):
    with tracer.trace("root") as root:
        with tracer.trace("child") as child:
            tracer.sample(child)
            assert root.context.sampling_priority == 1
            tracer.sample(root)
            assert len(rings.mine.decisions()) == 1
            child.set_tag("manual.keep")
            tracer.sample(child)
    first, second = rings.mine.decisions()
    assert (first["priority"], first["tags"]) == (1, {"_dd.p.dm": "-0"})
    assert (second["priority"], second["tags"]) == (2, {"_dd.p.dm": "-4"})
    for decision in (first, second):
        assert decision["trace_id"] == root.trace_id and decision["local_root"] == root.span_id
        assert decision["span_id"] == decision["start"] == decision["duration"] == 0


def test_a_long_trace_is_told_every_300_spans(tracer, rings):
    root = tracer.trace("root")
    for _ in range(299):
        tracer.trace("x").finish()
    assert not rings.mine.decisions()
    tracer.trace("x").finish()
    assert [decision["priority"] for decision in rings.mine.decisions()] == [1]
    for _ in range(300):
        tracer.trace("x").finish()
    root.finish()
    assert len(rings.mine.decisions()) == 1


def test_a_remote_decision_is_told_too(tracer, rings):
    _core.set_defaults(partial_flush_min_spans=1)
    with tracer.start_span("root", child_of=Context(1, 2, "rum", -1), activate=True):
        tracer.trace("child").finish()
    (decision,) = rings.mine.decisions()
    assert decision["priority"] == -1 and decision["tags"] == {"_dd.origin": "rum"}


def test_sampling_a_finished_trace_writes_nothing(tracer, rings):
    root = tracer.trace("root")
    root.finish()
    tracer.sample(root)
    assert not rings.mine.decisions() and root.context.sampling_priority == 1
