"""Tags and metrics of every type; what the settings put on spans."""

from ddtrace.constants import MANUAL_DROP_KEY
from ddtrace.constants import MANUAL_KEEP_KEY
from ddtrace.trace import tracer


class Text:
    def __str__(self):
        return "made by __str__"


class Refuses:
    def __str__(self):
        raise ValueError("no")


def tag_types():
    with tracer.trace("root") as span:
        for key, value in {
            "str": "text", "empty": "", "bytes": b"bytes", "int": 7, "negative": -1, "big": 2**53 + 1,
            "huge": 2**70, "float": 1.5, "whole": 3.0, "nan": float("nan"), "inf": float("inf"), "true": True,
            "false": False, "none": None, "list": [1, "a"], "dict": {"a": 1}, "object": Text(), "refuses": Refuses(),
            "unicode": "\u00e9\u4e2d\U0001f40e", "nul": "a\0b",
        }.items():  # fmt: skip
            span.set_tag(key, value)
        span.set_tag("no.value")


def metric_types():
    with tracer.trace("root") as span:
        for key, value in {
            "int": 7, "float": 1.5, "text": "12", "word": "twelve", "none": None, "nan": float("nan"),
            "inf": float("-inf"), "true": True, "big": 2**53 + 1, "huge": 2**70, "zero": 0,
        }.items():  # fmt: skip
            span.set_metric(key, value)


def overwritten():
    with tracer.trace("root") as span:
        span.set_tag("key", "text")
        span.set_metric("key", 1)
        span.set_tag("other", 1)
        span.set_tag("other", "text")
        span.set_tag("third", "a")
        span.set_tag("third", "b")


def many_at_once():
    with tracer.trace("root") as span:
        span.set_tags({"a": "1", "b": 2, "c": True, "d": None})
        span.set_metrics({"x": 1, "y": 2.5})
        span.set_tag("read", str(sorted(span.get_tags().items())[:1]))
        span.set_tag("metric", str(span.get_metric("y")))
        span.set_tag("absent", str(span.get_tag("nothing")))


def special_keys():
    with tracer.trace("root", service="a") as span:
        span.set_tag("http.status_code", 404)
        span.set_tag("http.url", "http://u:p@h/p?q=1")
        span.set_tag("span.kind", "client")
        span.set_tag("component", "mine")
        span.set_tag("service.version", "9")
        span.set_tag("env", "other")
        span.set_tag("version", "1")
        span.set_tag("service.name", "renamed")
        span.set_tag("resource.name", "res")


def measured():
    with tracer.trace("root") as span:
        span.set_tag("_dd.measured", 1)
        with tracer.trace("child") as child:
            child.set_tag("_dd.measured")
        with tracer.trace("child2") as child:
            child.set_metric("_dd.measured", 1)


def long_values():
    with tracer.trace("n" * 300, service="s" * 300, resource="r" * 6000) as span:
        span.set_tag("v", "x" * 30000)
        span.set_tag("k" * 300, "long key")


def manual_keep():
    with tracer.trace("root"):
        with tracer.trace("child") as span:
            span.set_tag(MANUAL_KEEP_KEY)


def manual_drop():
    with tracer.trace("root") as span:
        span.set_tag(MANUAL_DROP_KEY)


def global_tags():
    with tracer.trace("root", service="other"):
        with tracer.trace("child"):
            pass


def code_tags():
    tracer.set_tags({"by": "code", "number": "3"})
    with tracer.trace("root"):
        with tracer.trace("child"):
            pass


def struct_like():
    with tracer.trace("root") as span:
        span.set_tag("_dd.agent_psr", 1.0)
        span.set_tag("analytics.event", True)
        span.set_tag("sampling.priority", 2)


def other_services():
    with tracer.trace("root", service="Main"):
        with tracer.trace("same", service="MAIN"):
            pass
        with tracer.trace("other", service="db"):
            with tracer.trace("inherits"):
                pass


TAGGED = {"DD_SERVICE": "main", "DD_ENV": "prod", "DD_VERSION": "1.2.3", "DD_TAGS": "team:core,layer:api"}
PROGRAMS = {
    "tag_types": (tag_types, {}),
    "metric_types": (metric_types, {}),
    "overwritten": (overwritten, {}),
    "many_at_once": (many_at_once, {}),
    "special_keys": (special_keys, {"DD_SERVICE": "main", "DD_VERSION": "2"}),
    "measured": (measured, {}),
    "long_values": (long_values, {}),
    "manual_keep": (manual_keep, {}),
    "manual_drop": (manual_drop, {}),
    "global_tags": (global_tags, TAGGED),
    "global_tags_spaces": (global_tags, {"DD_TAGS": "a:1 b:2 env:staging service:tagged version:7"}),
    "code_tags": (code_tags, {"DD_TAGS": "by:env"}),
    "struct_like": (struct_like, {}),
    "other_services": (other_services, {"DD_SERVICE": "main"}),
    "service_mapping": (other_services, {"DD_SERVICE": "main", "DD_SERVICE_MAPPING": "db:postgres,main:renamed"}),
    "hostname": (code_tags, {"DD_HOSTNAME": "box", "DD_TRACE_REPORT_HOSTNAME": "true"}),
    "git": (code_tags, {"DD_GIT_COMMIT_SHA": "a" * 40, "DD_GIT_REPOSITORY_URL": "https://u:p@example.com/r.git"}),
}
