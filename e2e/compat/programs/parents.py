"""Who is whose parent, in which trace, under which root."""

from ddtrace.trace import Context
from ddtrace.trace import tracer


def nested():
    with tracer.trace("root", service="web", resource="GET /", span_type="web"):
        with tracer.trace("child"):
            with tracer.trace("grandchild", service="db"):
                pass
        with tracer.trace("second"):
            pass


def siblings():
    for number in range(5):
        with tracer.trace("root.%d" % number):
            with tracer.trace("child.%d" % number, resource="r"):
                pass


def started_not_active():
    root = tracer.start_span("root", service="a", activate=False)
    with tracer.trace("other"):
        pass
    child = tracer.start_span("child", child_of=root)
    child.finish()
    root.finish()


def child_of_context():
    with tracer.start_span("root", activate=True) as root:
        with tracer.start_span("of.context", child_of=root.context):
            pass
    with tracer.start_span("later", child_of=root.context):
        pass


def remote_context():
    context = Context(trace_id=(7 << 64) | 11, span_id=13, sampling_priority=1)
    with tracer.start_span("entry", child_of=context, activate=True):
        with tracer.trace("inside"):
            pass


def activated_context():
    tracer.context_provider.activate(Context(trace_id=21, span_id=22))
    with tracer.trace("one"):
        pass
    with tracer.trace("two"):
        pass


def parent_finishes_first():
    root = tracer.trace("root")
    child = tracer.trace("child")
    root.finish()
    with tracer.trace("after.root"):
        pass
    child.finish()
    with tracer.trace("new.root"):
        pass


def out_of_order():
    a = tracer.trace("a")
    b = tracer.trace("b")
    c = tracer.trace("c")
    b.finish()
    c.finish()
    d = tracer.trace("d")
    d.finish()
    a.finish()


def double_finish():
    span = tracer.trace("once")
    span.finish()
    span.finish()
    with tracer.trace("other"):
        pass


def deep():
    spans = [tracer.trace("level", resource=str(depth)) for depth in range(40)]
    for span in reversed(spans):
        span.finish()


def wrapped():
    @tracer.wrap()
    def plain(x):
        return x + 1

    @tracer.wrap("named", service="svc", resource="res", span_type="worker")
    def named():
        return plain(1)

    @tracer.wrap("generator")
    def generate():
        with tracer.trace("before"):
            pass
        yield 1
        with tracer.trace("between"):
            pass
        yield 2

    named()
    with tracer.trace("consumer"):
        list(generate())


def current():
    assert tracer.current_span() is None and tracer.current_root_span() is None
    with tracer.trace("root") as root:
        with tracer.trace("child") as child:
            child.set_tag("is.current", str(tracer.current_span() is child))
            child.set_tag("is.root", str(tracer.current_root_span() is root))
    assert tracer.current_span() is None


def trace_id_64():
    with tracer.trace("root"):
        pass


def fields_changed():
    with tracer.trace("name") as span:
        span.name = "renamed"
        span.service = "service"
        span.resource = "resource"
        span.span_type = "http"
        span.error = 1


def finished_ancestors():
    with tracer.trace("root") as root:
        child = tracer.trace("child")
        tracer.trace("grandchild").finish()
        child.finish()
        root.set_tag("open", "yes")


PROGRAMS = {
    "nested": (nested, {}),
    "siblings": (siblings, {"DD_SERVICE": "s"}),
    "started_not_active": (started_not_active, {}),
    "child_of_context": (child_of_context, {}),
    "remote_context": (remote_context, {}),
    "activated_context": (activated_context, {}),
    "parent_finishes_first": (parent_finishes_first, {}),
    "out_of_order": (out_of_order, {}),
    "double_finish": (double_finish, {}),
    "deep": (deep, {}),
    "wrapped": (wrapped, {}),
    "current": (current, {}),
    "trace_id_64": (trace_id_64, {"DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED": "false"}),
    "fields_changed": (fields_changed, {"DD_SERVICE": "main"}),
    "finished_ancestors": (finished_ancestors, {}),
}
