"""Starting spans: parents, services, default tags, the active span."""

import asyncio
import gc
import signal
import threading

import pytest
from ddtrace import _core
from ddtrace.trace import Context
from ddtrace.trace import Span


def test_a_trace(tracer, rings):
    with tracer.trace("root", service="x", resource="r", span_type="web") as root:
        with tracer.trace("child") as child:
            assert tracer.current_span() is child
            assert tracer.current_root_span() is root
        assert tracer.current_span() is root
    assert tracer.current_span() is None and tracer.current_root_span() is None
    assert tracer.current_trace_context() is None
    found = rings.span("root")
    assert (found["service"], found["resource"], found["type"]) == ("x", "r", "web")
    assert found["trace_id"] == root.trace_id and found["span_id"] == root.span_id and found["parent_id"] == 0
    assert found["start"] == root.start_ns and found["duration"] == root.duration_ns
    assert found["flags"] == 3 and found["local_root"] == root.span_id
    found = rings.span("child")
    assert (found["service"], found["resource"], found["type"]) == ("x", "child", "")
    assert found["parent_id"] == root.span_id and found["trace_id"] == root.trace_id
    assert found["flags"] == 0 and found["local_root"] == root.span_id


def test_root_tags(tracer, rings):
    _core.set_defaults(env="prod", version="1.2", tags={"team": "core", "n": 3}, root_tags={"_dd.tags.process": "p"})
    with tracer.trace("root") as root:
        with tracer.trace("child"):
            pass
    import os

    assert rings.span("root")["tags"] == {
        "runtime-id": "0" * 32, "team": "core", "env": "prod", "version": "1.2", "language": "python",
        "_dd.p.dm": "-0", "_dd.p.tid": f"{root.trace_id >> 64:016x}", "_dd.tags.process": "p",
    }  # fmt: skip
    assert rings.span("root")["metrics"] == {
        "process_id": os.getpid(), "n": 3, "_dd.top_level": 1, "_sampling_priority_v1": 1,
    }  # fmt: skip
    assert rings.span("child")["tags"] == {"team": "core", "env": "prod", "version": "1.2"}
    assert rings.span("child")["metrics"] == {"n": 3}


def test_services(tracer, rings):
    _core.set_defaults(version="1.2", service_mapping={"old": "new"})
    with tracer.trace("root"):
        with tracer.trace("other", service="x"):
            with tracer.trace("inherits"):
                pass
            with tracer.trace("back", service="svc"):
                pass
        with tracer.trace("case", service="SVC"):
            pass
        with tracer.trace("mapped", service="old"):
            pass
    spans = {name: found[0] for name, found in rings.spans().items()}
    assert spans["other"]["tags"] == {"_dd.svc_src": "m", "_dd.base_service": "svc"}
    assert spans["other"]["metrics"] == {"_dd.top_level": 1}
    assert spans["inherits"]["service"] == "x"
    assert spans["inherits"]["tags"] == {"_dd.svc_src": "m", "_dd.base_service": "svc"}
    assert spans["inherits"]["metrics"] == {}
    assert spans["back"]["tags"] == {"_dd.svc_src": "m", "version": "1.2"}
    assert spans["back"]["metrics"] == {"_dd.top_level": 1}
    assert spans["case"]["tags"] == {"_dd.svc_src": "m"}
    assert spans["mapped"]["service"] == "new"


def test_an_empty_service_is_one(tracer, rings):
    """DD_SERVICE= names none, and none is inferred."""
    _core.set_defaults(service="", version="1.2")
    with tracer.trace("root") as root:
        assert root.service == ""
        with tracer.trace("child") as child, tracer.trace("named", service="x"):
            assert child.service == ""
    spans = {name: rings.span(name) for name in ("root", "child", "named")}
    assert [span["service"] for span in spans.values()] == ["", "", "x"]
    assert spans["child"]["tags"] == {"version": "1.2"} and "_dd.top_level" not in spans["child"]["metrics"]
    assert spans["named"]["tags"] == {"_dd.svc_src": "m"} and spans["named"]["metrics"] == {"_dd.top_level": 1}
    _core.set_defaults(service=None)
    assert tracer.trace("none").service is None


def test_service_sources(tracer, rings):
    _core.set_defaults(inferred_service=True, integration_services={"redis"})
    with tracer.trace("root"):
        with tracer.trace("component") as span:
            span.set_tag("component", "flask")
        with tracer.trace("redis", service="redis"):
            pass
    spans = {name: found[0]["tags"].get("_dd.svc_src") for name, found in rings.spans().items()}
    assert spans == {"root": "datadog", "component": "flask", "redis": "redis"}


def test_integration_services_are_read_live(tracer):
    services = set()
    _core.set_defaults(integration_services=services)
    services.add("redis")
    assert tracer.trace("x", service="redis").get_tag("_dd.svc_src") == "redis"


def test_version_only_with_the_configured_service(tracer):
    _core.set_defaults(version="1")
    with tracer.trace("root", service="other") as root:
        with tracer.trace("child", service="svc") as child:
            assert root.get_tag("version") is None and child.get_tag("version") is None
    assert tracer.start_span("x").get_tag("version") == "1"


def test_finished_parents(tracer, rings):
    root = tracer.trace("root")
    child = tracer.trace("child")
    root.finish()
    assert tracer.current_span() is child and tracer.current_root_span() is root
    grandchild = tracer.trace("grandchild")
    assert grandchild.parent_id == child.span_id
    child.finish()
    assert tracer.current_span() is grandchild
    grandchild.finish()
    assert tracer.current_span() is None
    assert tracer.trace("next").parent_id is None
    assert [rings.span(name)["flags"] for name in ("root", "child", "grandchild")] == [1, 0, 2]


def test_start_span(tracer):
    root = tracer.trace("root")
    free = tracer.start_span("free")
    assert free.parent_id is None and free.trace_id != root.trace_id
    child = tracer.start_span("child", child_of=root, service="s", resource="r", span_type="t")
    assert child.parent_id == root.span_id and tracer.current_span() is root
    assert (child.service, child.resource, child.span_type) == ("s", "r", "t")
    active = tracer.start_span("active", root, activate=True)
    assert tracer.current_span() is active
    with pytest.raises((AttributeError, TypeError)):
        tracer.start_span("x", child_of=5)
    with pytest.raises(TypeError):
        tracer.trace()
    with pytest.raises(TypeError):
        tracer.trace("x", nothing=1)
    with pytest.raises(TypeError):
        tracer.trace("x", name="y")


def test_keyword_arguments_of_any_string(tracer):
    span = tracer.trace(**{"".join(["na", "me"]): "n", "".join(["resou", "rce"]): "r"})
    assert (span.name, span.resource) == ("n", "r")


def test_a_child_of_a_finished_trace_is_a_new_chunk(tracer, rings):
    root = tracer.trace("root")
    root.context.sampling_priority = 2
    root.finish()
    late = tracer.start_span("late", child_of=root)
    late.finish()
    found = rings.span("late")
    assert found["parent_id"] == root.span_id and found["trace_id"] == root.trace_id
    assert found["flags"] == 3 and found["local_root"] == late.span_id
    assert found["metrics"]["_sampling_priority_v1"] == 2


def test_a_remote_context(tracer, rings):
    context = Context((5 << 64) | 9, 77, "synthetics", 2, {"_dd.p.dm": "-4", "_dd.p.usr": "u", "foo": "bar"}, {"mm": 4})
    tracer.context_provider.activate(context)
    assert tracer.current_trace_context() is context and tracer.current_span() is None
    with tracer.trace("root") as root:
        assert root.parent_id == 77 and root.trace_id == context.trace_id and root._local_root is root
        assert root.get_tags() == {"runtime-id": "0" * 32, "_dd.p.usr": "u"}
        with tracer.trace("child") as child:
            assert child.get_tags() == {"_dd.p.usr": "u"}
            assert child.context.dd_origin == "synthetics" and child.context.sampling_priority == 2
            assert not child.context._is_remote
    assert tracer.current_trace_context() is None
    tags = rings.span("root")["tags"]
    assert {key: tags[key] for key in ("_dd.p.dm", "_dd.p.usr", "foo", "_dd.origin", "_dd.p.tid")} == {
        "_dd.p.dm": "-4", "_dd.p.usr": "u", "foo": "bar", "_dd.origin": "synthetics", "_dd.p.tid": "0000000000000005",
    }  # fmt: skip
    assert rings.span("root")["metrics"]["mm"] == 4
    assert rings.span("root")["metrics"]["_sampling_priority_v1"] == 2
    assert rings.span("child")["tags"] == {"_dd.p.usr": "u", "_dd.origin": "synthetics"}


def test_contexts_with_missing_ids(tracer):
    span = tracer.start_span("x", child_of=Context(None, 4, sampling_priority=0))
    assert span.parent_id is None and span.trace_id
    assert span.context.sampling_priority == 0
    span = tracer.start_span("x", child_of=Context(8, None))
    assert span.parent_id is None and span.trace_id == 8


def test_the_context_of_a_span_as_a_parent(tracer, rings):
    with tracer.trace("root") as root:
        with tracer.start_span("child", child_of=root.context) as child:
            assert child._parent is None and child._local_root is child
            assert child.service == "svc" and child.get_tag("runtime-id")
    assert rings.span("child")["flags"] == 0 and rings.span("child")["local_root"] == root.span_id
    assert rings.span("child")["metrics"]["_dd.top_level"] == 1


def test_contexts_of_one_trace_share(tracer):
    with tracer.trace("root") as root:
        assert tracer.current_trace_context() is root.context
        root.context.set_baggage_item("k", "v")
        with tracer.trace("child") as child:
            assert child.context.get_all_baggage_items() == {"k": "v"}
            child.context.sampling_priority = -1
            assert child.context == root.context and child.context is not root.context
    assert root.context.sampling_priority == -1


def test_span_links_of_a_context(tracer):
    span = tracer.start_span("x", child_of=Context(1, 2, span_links=["link"]))
    assert span._links == ["link"]


def test_activate_context_reactivates(tracer):
    context = Context(1, 2)
    with tracer._activate_context(context):
        with tracer.trace("x") as span:
            assert span.trace_id == 1
        assert tracer.current_trace_context() is context
    assert tracer.current_trace_context() is None


def test_disabled(tracer, rings, tmp_path):
    tracer.enabled = False
    try:
        with tracer.trace("root") as root:
            with tracer.trace("child") as child:
                assert child.parent_id == root.span_id
        assert not (tmp_path / "run").exists()
    finally:
        tracer.enabled = True


def test_enabled_within_a_trace(tracer, rings):
    _core.set_enabled(False)
    root = tracer.trace("root")
    _core.set_enabled(True)
    tracer.trace("child").finish()
    root.finish()
    assert set(rings.spans()) == {"root", "child"}


def test_64_bit_trace_ids(tracer, rings):
    _core.set_defaults(trace_id_128=False)
    with tracer.trace("root") as root:
        assert root.trace_id < 2**64
    assert "_dd.p.tid" not in rings.span("root")["tags"]


def test_hostname(tracer):
    _core.set_defaults(hostname="h")
    with tracer.trace("root") as root, tracer.trace("child") as child:
        assert root.get_tag("_dd.hostname") == "h" and child.get_tag("_dd.hostname") is None
    assert tracer.start_span("continued", child_of=Context(1, 2)).get_tag("_dd.hostname") is None
    assert tracer.start_span("new", child_of=Context(None, 2)).get_tag("_dd.hostname") == "h"


def test_unknown_defaults():
    with pytest.raises(TypeError):
        _core.set_defaults(colour="red")
    assert _core.get_defaults()["service"] == "svc"


def test_tracer_set_tags(tracer):
    tracer.set_tags({"x": "y", "n": 3, "service.version": "7"})
    span = tracer.trace("root")
    assert span.get_tag("x") == "y" and span.get_metric("n") == 3 and span.get_tag("version") == "7"


def test_log_correlation(tracer):
    _core.set_defaults(env="prod", version="1")
    names = {"dd.service": "svc", "dd.version": "1", "dd.env": "prod"}
    assert tracer.get_log_correlation_context() == {"dd.trace_id": "0", "dd.span_id": "0", **names}
    with tracer.trace("x", service="other") as span:
        expected = {"dd.trace_id": f"{span.trace_id:032x}", "dd.span_id": str(span.span_id), **names}
        assert tracer.get_log_correlation_context() == expected
    assert tracer.get_log_correlation_context(Context(5, 6))["dd.trace_id"] == "5"


def test_threads_have_no_common_parent(tracer, rings):
    def work(n):
        for _ in range(50):
            with tracer.trace(f"thread.{n}"):
                with tracer.trace(f"inner.{n}"):
                    pass

    with tracer.trace("main"):
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    spans = rings.spans()
    for n in range(8):
        roots = {span["span_id"]: span for span in spans[f"thread.{n}"]}
        assert len(roots) == 50 and all(span["parent_id"] == 0 for span in roots.values())
        assert {span["parent_id"] for span in spans[f"inner.{n}"]} == set(roots)
    ids = [span["span_id"] for found in spans.values() for span in found]
    assert len(set(ids)) == len(ids) == 801


def test_spans_of_one_trace_from_many_threads(tracer, rings):
    with tracer.trace("main") as main:

        def work():
            for _ in range(100):
                with tracer.start_span("shared", child_of=main, activate=True):
                    pass

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    spans = rings.spans()
    assert len(spans["shared"]) == 800
    assert all(span["parent_id"] == main.span_id and not span["flags"] for span in spans["shared"])
    assert spans["main"][0]["flags"] == 3


def test_asyncio_tasks(tracer, rings):
    async def leaf(n):
        with tracer.trace(f"leaf.{n}"):
            await asyncio.sleep(0.001 * (n % 3))
            assert tracer.current_span().name == f"leaf.{n}"

    async def task(n):
        with tracer.trace(f"task.{n}"):
            await leaf(n)
            await asyncio.gather(leaf(n), leaf(n))

    async def main():
        with tracer.trace("main"):
            await asyncio.gather(*(task(n) for n in range(20)))

    asyncio.run(main())
    spans = rings.spans()
    for n in range(20):
        (parent,) = spans[f"task.{n}"]
        assert parent["parent_id"] == spans["main"][0]["span_id"]
        assert {span["parent_id"] for span in spans[f"leaf.{n}"]} == {parent["span_id"]}
        assert len(spans[f"leaf.{n}"]) == 3


def test_deep_chains_are_freed(tracer):
    with tracer.trace("root"):
        deepest = None
        for _ in range(200000):
            deepest = tracer.start_span("deep", child_of=deepest)
        assert isinstance(deepest, Span)
        del deepest


def test_a_signal_handler_may_trace(tracer, rings):
    """It may interrupt the writing of a span."""
    rings.size = 1 << 26
    handled = []

    def handler(*_):
        with tracer.trace("handler"):
            handled.append(1)

    tracer.trace("interrupted").finish()  # while it opens the ring, spans of this thread have none
    before = signal.signal(signal.SIGALRM, handler)
    made = 1
    try:
        for shots in range(500):
            signal.setitimer(signal.ITIMER_REAL, 0.00002 + shots % 50 * 0.000001)
            while len(handled) == shots:
                tracer.trace("interrupted").finish()
                made += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    found = rings.spans()
    assert len(found["interrupted"]) == made
    assert len(found["handler"]) == len(handled)
    assert rings.mine.open_spans() == []


def test_a_finaliser_may_trace(tracer, rings):
    class Cycle:
        def __init__(self):
            self.me = self

        def __del__(self):
            tracer.trace("finaliser").finish()

    tracer.trace("first").finish()  # while it opens the ring, spans of this thread have none
    thresholds = gc.get_threshold()
    gc.collect()
    gc.set_threshold(3, 2, 2)
    try:
        for _ in range(500):
            Cycle()
            with tracer.trace("root"):
                tracer.trace("child").finish()
    finally:
        gc.set_threshold(*thresholds)
    gc.collect()
    found = rings.spans()
    assert [len(found[name]) for name in ("root", "child", "finaliser")] == [500] * 3
