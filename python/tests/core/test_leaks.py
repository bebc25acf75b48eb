"""Nothing grows: blocks of memory, references, objects, mappings, descriptors.

Judged by counts. Caches fill up at first, so a feature leaks when it grows in round after round.
"""

import asyncio
import contextvars
import gc
import os
import sys
import threading
import weakref

import pytest
from ddtrace import _core
from ddtrace.constants import MANUAL_KEEP_KEY
from ddtrace.propagation.http import HTTPPropagator
from ddtrace.trace import Context
from ddtrace.trace import Span
from ddtrace.trace import TraceFilter


TIMES = 60
MOST_ROUNDS = 40
IMMORTAL = 1 << 29


class Odd:
    def __str__(self):
        raise RuntimeError("no text")


def a_plain_trace(tracer):
    with tracer.trace("root", service="s", resource="r", span_type="t"):
        with tracer.trace("child"):
            pass


def tags_of_all_types(tracer):
    with tracer.trace("root") as span:
        for value in (
            "b",
            "né",
            "\ud800",
            "x" * 30000,
            1,
            -(1 << 70),
            1.5,
            float("nan"),
            True,
            None,
            b"bytes",
            [1],
            {},
        ):
            span.set_tag("tag", value)
            span.set_tag("tag." + type(value).__name__, value)
        span.set_tag("object", NotImplemented)
        span.set_tag("odd", Odd())
        span.set_tag("http.status_code", 404)
        span.set_tag(MANUAL_KEEP_KEY)
        span.set_tags({"a": "b", "c": 1})
        span.set_metric("m", 1.5)
        span.set_metrics({"m": 2, "n": 3})
        for i in range(20):  # more than the span itself has room for
            span.set_tag("k%d" % i, "v%d" % i)
        span.remove_tag("k3")
        span.get_tag("a"), span.get_metric("m"), span.get_tags(), span.get_metrics()
        span._set_struct_tag("s", {"a": [1, {"b": None}]})
        span._get_struct_tag("s")


def errors(tracer):
    try:
        with tracer.trace("root"):
            with tracer.trace("child") as child:
                raise ValueError("wrong")
    except ValueError as error:
        child.record_exception(error)
    with tracer.trace("other") as span:
        try:
            raise KeyError(span)
        except KeyError as error:
            span.set_exc_info(type(error), error, error.__traceback__)
            span.record_exception(error, {"a": [1, 2]})
        span.set_traceback()


def links_and_events(tracer):
    with tracer.trace("root") as span:
        span.set_link(1, 2, "a=b", 1, {"a": [1, {"b": "c"}]})
        span.link_span(Context(3, 4))
        span._add_event("event", {"a": "b", "n": [1.5]}, 5)
        span._get_links(), span._get_events()


def contexts(tracer):
    with tracer.trace("root") as root:
        context = root.context
        context.set_baggage_item("a", "b")
        context.get_baggage_item("a"), context.get_all_baggage_items()
        context.remove_baggage_item("a")
        context.sampling_priority = 2
        context.dd_origin = "synthetics"
        tracer.start_span("of context", child_of=context).finish()
        tracer.start_span("of remote", child_of=Context(1 << 80, 2, "o", 1, {"_dd.p.x": "y"})).finish(5)
        tracer.context_provider.activate(Context(7, 8))
        tracer.trace("of activated").finish()
        tracer.context_provider.activate(root)
        tracer.sample(root)
        tracer.current_span(), tracer.current_root_span(), tracer.current_trace_context()
        tracer.get_log_correlation_context()
    contextvars.copy_context().run(tracer.trace, "in a context of its own").finish()


def headers(tracer):
    sent = {}
    with tracer.trace("root") as root:
        root.context.set_baggage_item("a", "b")
        HTTPPropagator.inject(root.context, sent)
    remote = HTTPPropagator.extract(sent)
    tracer.context_provider.activate(remote)
    tracer.trace("of headers").finish()
    tracer.context_provider.activate(None)


def wrapped_functions(tracer):
    @tracer.wrap("function")
    def function():
        return tracer.current_span()

    @tracer.wrap("generator")
    def generator():
        yield 1
        yield 2

    @tracer.wrap("coroutine")
    async def coroutine():
        return await asyncio.sleep(0)

    function()
    list(generator())
    next(generator())
    task = coroutine()
    try:
        while True:
            task.send(None)
    except StopIteration:
        pass
    coroutine().close()


def attributes_of_spans(tracer):
    with tracer.trace("root") as root:
        root.name = root.service = root.resource = "".join(["chan", "ged"])
        root.trace_id, root.span_id, root.parent_id = root.trace_id, root.span_id, 5
        root.start = root.start - 1
        root.error = 1
        root.span_type = "type"
        str(root), repr(root), root.duration, root.finished, root._local_root, root._parent
        root._set_ctx_item("self", root)
        root._get_ctx_item("self")
        root._on_finish_callbacks.append(lambda span, root=root: None)
        root.name = "again"
    root.finish()
    tracer.start_span("never finished")
    Span("raw", "s", "r", "t", 1, 2, 3, 4.0, root.context, [lambda s: None], "api", [])
    Span("raw").finish()


def wrong_arguments(tracer):
    root = tracer.trace("root")
    for wrong in (
        tracer.trace,
        Span,
        lambda: tracer.trace("x", nonsense=1),
        lambda: tracer.trace("x", 1, 2, 3, 4, 5, 6, 7, 8),
        lambda: tracer.start_span("x", 5),
        lambda: Span("x", trace_id="y"),
        lambda: root.finish("x"),
        lambda: root.set_metrics(5),
        lambda: root.nonsense,
        lambda: delattr(root, "name"),
    ):
        try:
            wrong()
        except (TypeError, AttributeError, ValueError):
            pass
    root.finish()


def callbacks_that_fail(tracer):
    def fail(*_args):
        raise RuntimeError("callback")

    _core.set_sampler(fail)
    with tracer.trace("root") as root:
        root._on_finish_callbacks.append(fail)
    _core.set_sampler(None)


def settings_that_change(tracer):
    before = {name: value for name, value in _core.get_defaults().items() if name in ("env", "version", "tags")}
    _core.set_defaults(env="e", version="1", tags={"t": "v", "n": 1}, service_mapping={"a": "b"})
    tracer.trace("root", service="a").finish()
    _core.set_defaults(service_mapping=None, **before)
    tracer.enabled = False
    tracer.trace("off").finish()
    tracer.enabled = True


class Drop(TraceFilter):
    def process_trace(self, trace):
        return None if trace[0].resource == "drop" else trace


def filters(tracer):
    tracer.configure(trace_processors=[Drop()])
    for resource in ("drop", "keep"):
        with tracer.trace("root", resource=resource):
            tracer.trace("child").finish()
    tracer.start_span("never finished")
    tracer.configure(trace_processors=[])


def notes_and_rates(tracer):
    _core.note(b'{"modules": ["a"]}')
    _core.set_rates({"service:s,env:e": 0.5, "service:,env:": 1.0})
    for service in ("s", "other"):
        tracer.trace("root", service=service).finish()
    _core.set_rates(None)


def threads(tracer):
    def work():
        tracer.trace("in a thread").finish()
        tracer.trace("open at its end")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def rings_that_come_and_go(tracer):
    _core.close_ring()
    tracer.trace("root").finish()


FEATURES = [
    a_plain_trace,
    tags_of_all_types,
    errors,
    links_and_events,
    contexts,
    headers,
    wrapped_functions,
    attributes_of_spans,
    wrong_arguments,
    callbacks_that_fail,
    settings_that_change,
    filters,
    notes_and_rates,
    threads,
    rings_that_come_and_go,
]


def open_files():
    return len(os.listdir("/proc/self/fd"))


def mappings_of_rings():
    with open("/proc/self/maps") as maps:
        return sum(".ring" in line for line in maps)


def watched(tracer):
    return [
        None,
        True,
        False,
        0,
        1,
        "",
        (),
        "datadog",
        "root",
        "child",
        Span,
        Context,
        tracer,
        type(tracer),
        a_plain_trace,
    ]


def count(things):
    gc.collect()
    found = {
        # 0 with PYTHONMALLOC=malloc, which the sanitizers need; then references and objects tell.
        "blocks": sys.getallocatedblocks(),
        "objects": len(gc.get_objects()),
        "files": open_files(),
        "mappings of rings": mappings_of_rings(),
    }
    for thing in things:
        references = sys.getrefcount(thing)
        if references < IMMORTAL:
            found["references to %r" % (thing,)] = references
    return found


def fill_caches(tracer):
    """The extension remembers strings by their address, in a table that takes long to fill by itself."""
    if _core.IS_NATIVE:
        for resource in ["".join(["ro", "ot"]) for _ in range(20000)]:  # all alive: different addresses
            tracer.trace("root", resource=resource).finish()


def assert_stable(tracer, work, times=TIMES):
    """Waits for two rounds without growth. With one block or reference lost at each call there is none."""
    fill_caches(tracer)
    things = watched(tracer)
    rounds, quiet, before = [], 0, count(things)
    while quiet < 2:
        for _ in range(times):
            work()
        now = count(things)
        rounds.append({name: now[name] - before[name] for name in now if now[name] - before[name] >= times // 2})
        quiet = 0 if rounds[-1] else quiet + 1
        before = now
        assert len(rounds) < MOST_ROUNDS, rounds


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.__name__)
def test_a_feature_does_not_leak(tracer, rings, feature):
    rings.size = 1 << 16  # full soon: dropping must not leak either
    if feature is rings_that_come_and_go:
        # One path, so that they do not fill the directory.
        _core.set_opener(lambda: [os.unlink(e.path) for e in os.scandir(rings.directory)] + [rings.open()])
        os.makedirs(rings.directory, 0o700, exist_ok=True)
    assert_stable(tracer, lambda: feature(tracer))


def test_everything_at_once_does_not_leak_with_every_setting(tracer, rings):
    rings.size = 1 << 16
    _core.set_defaults(
        env="e", version="1", tags={"t": "v", "n": 1}, root_tags={"x": "y"}, hostname="h",
        service_mapping={"a": "b"}, integration_services={"z"}, inferred_service=True,
    )  # fmt: skip
    _core.set_sampler(lambda root: root._override_sampling_decision(1, 1))
    alone = (settings_that_change, callbacks_that_fail, rings_that_come_and_go, filters, notes_and_rates)
    together = [f for f in FEATURES if f not in alone]
    assert_stable(tracer, lambda: [feature(tracer) for feature in together], 20)


# From CPython 3.12 on a fork beside threads of other tests warns, and each warning is kept.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_forked_children_do_not_leak(tracer, rings):
    """The child counts in itself: what it inherits of the parent's core is given back."""

    def judge():
        for feature in (a_plain_trace, tags_of_all_types, contexts):
            assert_stable(tracer, lambda feature=feature: feature(tracer), 30)

    rings.size = 1 << 16
    with tracer.trace("parent") as parent:
        parent.set_tag("a", "b")
        pid = os.fork()
        if pid == 0:
            try:
                judge()
                os._exit(0)
            except BaseException as error:
                os.write(2, ("%r\n" % error).encode()[:4000])
            finally:
                os._exit(1)
        assert os.waitpid(pid, 0)[1] == 0

        def fork():
            child = os.fork()
            if child == 0:
                tracer.trace("child").finish()
                os._exit(0)
            os.waitpid(child, 0)

        assert_stable(tracer, fork, 10)


@pytest.mark.skipif("t" in sys.abiflags, reason="a free-threaded interpreter does not count references in one place")
def test_a_leak_would_be_seen(tracer):
    """The measure itself: one block, and one reference, for each call."""
    kept = []
    if sys.getallocatedblocks():
        with pytest.raises(AssertionError, match="blocks"):
            assert_stable(tracer, lambda: kept.append(bytearray(64)))
    with pytest.raises(AssertionError, match="references"):
        assert_stable(tracer, lambda: kept.append(Span))


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
