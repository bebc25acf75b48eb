"""What spans, contexts and the tracer do with values of every kind: one fact a line.

    behaviour.py <out.json>            with the package that is on the path

expected/behaviour.json was made by it with ddtrace 4.16 on the path:

    <python with ddtrace 4.16> behaviour.py expected/behaviour.json
"""

import asyncio
import copy
import decimal
import enum
import json
import math
import os
import pickle
import re
import sys
import warnings
import weakref


class Text(str):
    pass


class Shout(str):
    def __str__(self):
        return "shout"


class Number(int):
    def __str__(self):
        return "number"


class Real(float):
    pass


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Mixed(str, enum.Enum):
    A = "a"


class Bad:
    def __str__(self):
        raise ValueError("no text")

    __repr__ = __str__


class Wrong:
    def __str__(self):
        return 5  # noqa: PLE0307


class Index:
    def __index__(self):
        return 7


class FloatLike:
    def __float__(self):
        return 1.5


class BadFloat:
    def __float__(self):
        raise ValueError("no number")


class BadError(Exception):
    def __str__(self):
        raise ValueError("no text")


VALUES = {
    "str": "text", "empty": "", "unicode": "ü\U0001f9b6", "surrogate": "\ud800", "nul": "a\0b", "long": "x" * 30000,
    "bytes": b"bytes", "bad bytes": b"\xff\xfe", "bytearray": bytearray(b"ba"),
    "int": 5, "zero": 0, "negative": -7, "2**53": 2**53, "2**53+1": 2**53 + 1, "-2**53": -(2**53),
    "2**63-1": 2**63 - 1, "2**63": 2**63, "2**64": 2**64, "-2**63": -(2**63), "-2**63-1": -(2**63) - 1,
    "10**400": 10**400, "float": 1.5, "whole float": 3.0, "negative zero": -0.0, "tiny": 5e-324, "1e308": 1e308,
    "nan": math.nan, "inf": math.inf, "-inf": -math.inf, "true": True, "false": False, "none": None,
    "list": [1, "a"], "tuple": (1,), "dict": {"a": 1}, "set": {1}, "object type": int, "complex": 1j,
    "decimal": decimal.Decimal("1.10"), "enum": Colour.RED, "int enum": Level.HIGH, "str enum": Mixed.A,
    "str subclass": Text("sub"), "shout": Shout("quiet"), "int subclass": Number(4), "float subclass": Real(2.5),
    "bad": Bad(), "wrong": Wrong(), "index": Index(), "float like": FloatLike(), "bad float": BadFloat(),
    "numeric str": "12", "float str": "1.5", "nan str": "nan", "spaces": " 3 ", "exception": ValueError("v"),
}  # fmt: skip

ATTRIBUTES = {
    "a": 1, "b": [1, 2], "c": None, "d": {}, "e": [1, "x"], "f": math.nan, "g": (1, 2), "h": [], "i": b"x",
    "exception.type": "mine", "j": 2**70, "k": [[1]], "l": [True, False], "m": 1.5,
}  # fmt: skip

KEYS = [
    "plain", "", "ключ", "http.status_code", "_dd.measured", "manual.keep", "manual.drop", "service.name", "service",
    "service.version", "version", "env", "name", "resource.name", "resource", "span.type", "error", "error.msg",
    "error.type", "network.destination.port", "_sampling_priority_v1", "analytics.event", "_dd.origin", "_dd.p.dm",
    "span.kind", "http.url", "language", "runtime-id", "component", "db.row_count", "process_id",
]  # fmt: skip


def told(value, depth=0):
    """A value as JSON that tells types apart."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        # The text counts: that we keep an exact str where ddtrace keeps the very object is no difference.
        value = re.sub("0x[0-9a-f]+", "0x", str.__str__(value))
        return value if len(value) < 200 else "%d characters" % len(value)
    if type(value) is int:
        return value if abs(value) < 2**53 else "int %d" % value if abs(value) < 10**40 else "int, long"
    if type(value) is float:
        return {"float": repr(value)}
    if type(value) in (list, tuple) and depth < 5:
        return [told(item, depth + 1) for item in value]
    if type(value) is dict and depth < 5:
        return {str(key): told(item, depth + 1) for key, item in value.items()}
    return "a " + type(value).__name__


IDS = ("runtime-id", "process_id", "_dd.p.tid", "_dd.svc_src",
       # We put these on a span at its end, sent or not.
       "_dd.p.dm", "_dd.tags.process", "language", "_dd.top_level", "_sampling_priority_v1")  # fmt: skip


def state(span):
    hidden = IDS if span.finished else IDS[:4]
    tags = {key: told(value) for key, value in sorted(span.get_tags().items()) if key not in hidden}
    metrics = {key: told(value) for key, value in sorted(span.get_metrics().items()) if key not in hidden}
    if "error.stack" in tags:
        tags["error.stack"] = [line.strip() for line in span.get_tag("error.stack").splitlines()][-1:]
    return {"tags": tags, "metrics": metrics}


def fields(span):
    return {
        name: told(getattr(span, name))
        for name in ("name", "service", "resource", "span_type", "error", "duration", "duration_ns", "finished")
    }


def attempt(function, *args, **kwargs):
    """What it gives, or the type of what it raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return told(function(*args, **kwargs))
    except Exception as error:
        return "raises " + type(error).__name__


def setting(tracer):
    """Each setter with each value, and each special key with a few."""
    for method in ("set_tag", "set_metric"):
        for name, value in VALUES.items():
            span = tracer.start_span("s")
            result = attempt(getattr(span, method), "key", value)
            yield (
                f"{method} {name}",
                [result, state(span), attempt(span.get_tag, "key"), attempt(span.get_metric, "key")],
            )
            span.finish()
    for key in KEYS:
        for name in ("str", "int", "float", "none", "true", "zero", "numeric str", "false", "empty"):
            for method in ("set_tag", "set_metric"):
                span = tracer.start_span("s", service="svc")
                result = attempt(getattr(span, method), key, VALUES[name])
                yield (
                    f"{method} {key}={name}",
                    [result, state(span), fields(span), told(span.context.sampling_priority), told(span.context._meta)],
                )
                span.finish()
    for name, key in VALUES.items():
        for method in ("set_tag", "set_metric"):
            span = tracer.start_span("s")
            yield f"{method} with key {name}", [attempt(getattr(span, method), key, 1), state(span)]
            for getter in ("get_tag", "get_metric", "remove_tag", "remove_metric"):
                yield f"{getter} with key {name} after {method}", attempt(getattr(span, getter), key)
            span.finish()
    for name, tags in {
        **VALUES,
        "pairs": [("a", 1)],
        "many": {"a": "1", "b": 2, "c": None, "manual.keep": None},
    }.items():
        for method in ("set_tags", "set_metrics"):
            span = tracer.start_span("s")
            yield f"{method} {name}", [attempt(getattr(span, method), tags), state(span)]
            span.finish()


def replacing(tracer):
    for first in ("str", "int", "float"):
        for second in ("str", "int", "float", "none", "nan", "bad"):
            for one in ("set_tag", "set_metric"):
                for two in ("set_tag", "set_metric"):
                    span = tracer.start_span("s")
                    attempt(getattr(span, one), "k", VALUES[first])
                    attempt(getattr(span, two), "k", VALUES[second])
                    yield f"{one} {first}, {two} {second}", state(span)
                    span.finish()
    span = tracer.start_span("s")
    tags, metrics = span.get_tags(), span.get_metrics()
    tags["x"] = "y"
    metrics["x"] = 1
    yield "get_tags is a copy", state(span)
    for name in ("tag", "metric"):
        for default in ("no key",):
            yield f"get_{name} of {default}", attempt(getattr(span, "get_" + name), "nothing")
            yield f"remove_{name} of {default}", attempt(getattr(span, "remove_" + name), "nothing")
    span.set_tag("t", "1")
    span.set_metric("m", 1)
    span.remove_tag("m")
    span.remove_metric("t")
    yield "removed the other kind", state(span)
    yield "set_tag without a value", [attempt(span.set_tag, "alone"), state(span)]
    yield "set_tag without a key", attempt(span.set_tag)
    yield "set_tag with too much", attempt(span.set_tag, 1, 2, 3)
    yield "set_metric without a value", attempt(span.set_metric, "alone")
    yield (
        "keywords",
        [attempt(span.set_tag, key="k", value="v"), attempt(span.set_metric, key="km", value=1), state(span)],
    )


def properties(tracer):
    for name in ("name", "service", "resource", "span_type", "error", "start", "start_ns", "duration", "duration_ns",
                 "trace_id", "span_id", "parent_id", "finished"):  # fmt: skip
        for kind, value in VALUES.items():
            span = tracer.start_span("s", service="svc")
            raised = attempt(setattr, span, name, value)
            read = attempt(getattr, span, name)
            if name in ("start", "start_ns", "trace_id", "span_id") and raised is not None:
                read = "as before" if raised.startswith("raises") else read
            if name in ("trace_id", "span_id", "start", "start_ns") and kind in ("str", "none") and raised is None:
                read = "unknown"
            if name.endswith("_id") and type(read) is int and 10**9 < read < 2**53 - 1 and str(read) not in KNOWN:
                read = "as before"
            yield f"{name} = {kind}", [raised, read if not _is_fresh(read) else "as before"]
            attempt(span.finish)
        yield f"del {name}", attempt(delattr, tracer.start_span("s"), name)


def _is_fresh(read):
    """An id or time of this run."""
    return isinstance(read, str) and read.startswith("int ") and read[4:] not in KNOWN or _is_now(read)


KNOWN = {str(n) for n in (2**53, 2**53 + 1, -(2**53), 2**63 - 1, 2**63, 2**64, -(2**63), -(2**63) - 1)}


def _is_now(read):
    return isinstance(read, dict) and read.get("float", "").startswith("1") and 1.6e9 < float(read["float"]) < 2.5e9


def starting(tracer, Span, Context):
    for argument in ("name", "service", "resource", "span_type"):
        for kind, value in VALUES.items():
            for method in ("trace", "start_span", "Span"):
                make = {"trace": tracer.trace, "start_span": tracer.start_span, "Span": Span}[method]
                arguments = {"name": "n"}
                arguments[argument] = value
                try:
                    span = make(**arguments)
                except Exception as error:
                    yield f"{method} {argument}={kind}", "raises " + type(error).__name__
                    continue
                yield f"{method} {argument}={kind}", fields(span)
                span.finish()
    for argument in ("trace_id", "span_id", "parent_id", "start"):
        for kind in ("int", "zero", "negative", "2**64", "2**63", "float", "none", "str", "true", "10**400"):
            try:
                span = Span("s", **{argument: VALUES[kind]})
            except Exception as error:
                yield f"Span {argument}={kind}", "raises " + type(error).__name__
                continue
            read = told(getattr(span, argument))
            yield f"Span {argument}={kind}", "fresh" if _is_fresh(read) or type(read) is int and read > 10**9 else read
    for kind in ("none", "str", "int", "dict", "true"):
        try:
            span = tracer.start_span("s", child_of=VALUES[kind])
        except Exception as error:
            yield f"child_of {kind}", "raises " + type(error).__name__
            continue
        yield f"child_of {kind}", told(span.parent_id)
        span.finish()
    for name, context in {
        "no ids": Context(), "trace id only": Context(trace_id=5), "span id only": Context(span_id=5),
        "both": Context(trace_id=5, span_id=6), "0": Context(trace_id=0, span_id=0),
        "128": Context(trace_id=1 << 100, span_id=6),
    }.items():  # fmt: skip
        span = tracer.start_span("s", child_of=context)
        yield f"child of a context: {name}", [
            told(span.parent_id), span.trace_id == context.trace_id, told(context.trace_id), told(context.span_id),
        ]  # fmt: skip
        span.finish()
    yield "trace()", attempt(tracer.trace)
    yield "trace with too much", attempt(tracer.trace, 1, 2, 3, 4, 5, 6)
    yield "trace with an unknown keyword", attempt(tracer.trace, "n", nonsense=1)
    yield "start_span()", attempt(tracer.start_span)


def finishing(tracer, Span):
    for kind, value in VALUES.items():
        span = tracer.start_span("s")
        span.start_ns = 1_000_000_000
        raised = attempt(span.finish, value)
        duration = span.duration_ns
        yield (
            f"finish({kind})",
            [
                raised,
                "now" if duration is not None and 10**18 < duration < 4 * 10**18 else told(duration),
                span.finished,
            ],
        )
        attempt(span.finish)
    span = tracer.start_span("s")
    span.start_ns = 5_000_000_000
    span.finish(finish_time=2)
    yield "a negative duration", [told(span.duration), told(span.duration_ns), span.finished]
    span.finish(finish_time=9)
    yield "finished twice", [told(span.duration), told(span.duration_ns)]
    span.duration = None
    yield "duration = None after the end", [told(span.finished), told(span.duration)]
    span = tracer.start_span("s")
    span.duration = 1.25
    yield "duration before the end", [told(span.finished), told(span.duration_ns)]
    span.finish()
    yield "and finish", told(span.duration_ns)
    span = tracer.start_span("s")
    span.start = 12.5
    yield "start", [told(span.start), told(span.start_ns)]
    span.start = 10
    yield "start, an int", [told(span.start), told(span.start_ns)]
    span.finish(11.000000001)
    yield "finish with a fraction", told(span.duration_ns)
    span = tracer.start_span("s")
    span.finish()
    span.set_tag("late", "1")
    yield "a tag after the end", state(span)["tags"]
    with tracer.trace("outer") as span:
        span.finish()
        yield "current after the end", tracer.current_span() is None
    order = []
    try:
        span = Span("s", on_finish=[lambda s: order.append(1), lambda s: order.append(2)])
        span.finish()
        span.finish()
    except Exception as error:
        order.append(type(error).__name__)
    yield "on_finish", order
    for error, name in ((ValueError("v"), "ValueError"), (KeyboardInterrupt(), "KeyboardInterrupt"),
                        (SystemExit(0), "SystemExit"), (StopIteration(), "StopIteration"),
                        (GeneratorExit(), "GeneratorExit"), (asyncio.CancelledError(), "CancelledError"),
                        (BadError(), "BadError")):  # fmt: skip
        try:
            with tracer.trace("s") as span:
                raise error
        except BaseException as caught:
            yield f"with, {name}", [caught is error, span.error, state(span), span.finished]


def errors(tracer):
    for kind, error in {
        "plain": ValueError("x"), "long": ValueError("x" * 30000), "multiline": ValueError("a\nb"), "bad": BadError(),
        "exit": SystemExit(0), "exit 1": SystemExit(1), "exit None": SystemExit(None), "exit text": SystemExit("t"),
        "group": KeyError("k", 2), "stop": StopIteration(5),
    }.items():  # fmt: skip
        span = tracer.start_span("s")
        try:
            raise error
        except BaseException as caught:
            raised = attempt(span.set_exc_info, type(caught), caught, caught.__traceback__)
        yield f"set_exc_info of a raised {kind}", [raised, span.error, state(span)]
    for kind, args in {
        "nothing": (None, None, None), "type only": (ValueError, None, None),
        "no traceback": (ValueError, ValueError("x"), None),
        "value of another type": (ValueError, "text", None), "bad error": (BadError, BadError(), None),
        "no type": (None, ValueError("x"), None), "str": ("a", "b", "c"),
        "long": (ValueError, ValueError("x" * 6000), None),
        "multiline": (ValueError, ValueError("a\nb"), None),
    }.items():  # fmt: skip
        span = tracer.start_span("s")
        raised = attempt(span.set_exc_info, *args)
        found = state(span)
        yield f"set_exc_info {kind}", [raised, span.error, found]
        span.finish()
    span = tracer.start_span("s")
    span.set_traceback()
    yield "set_traceback without an exception", [span.error, sorted(span.get_tags().keys() - set(IDS))]
    try:
        raise ValueError("x")
    except ValueError:
        span.set_traceback(1)
    yield "set_traceback in except", [span.error, state(span)["tags"]]
    span.error = 0
    yield "error = 0 keeps the tags", sorted(span.get_tags().keys() - set(IDS))

    for kind, args in {
        "plain": ((ValueError("x"),), {}), "attributes": ((ValueError("x"),), {"attributes": ATTRIBUTES}),
        "key": ((ValueError("x"), {5: 6}), {}),
        "timestamp": ((ValueError("x"),), {"timestamp": 5}), "escaped": ((ValueError("x"),), {"escaped": True}),
        "positional": ((ValueError("x"), {"k": "v"}), {}), "not an exception": (("text",), {}), "none": ((None,), {}),
        "nothing": ((), {}), "bad": ((BadError(),), {}), "three": ((ValueError("x"), {}, 5), {}),
        "attributes text": ((ValueError("x"), "abc"), {}),
    }.items():  # fmt: skip
        span = tracer.start_span("s")
        raised = attempt(span.record_exception, *args[0], **args[1])
        events = []
        for event in span._get_events():
            attributes = dict(event["attributes"] if isinstance(event, dict) else event.attributes)
            attributes.pop("exception.stacktrace", None)
            name = event["name"] if isinstance(event, dict) else event.name
            events.append([name, {str(key): told(value) for key, value in sorted(attributes.items(), key=str)}])
        yield f"record_exception {kind}", [raised, span.error, events]
        span.finish()


def contexts(tracer, Context):
    context = Context(5, 6, "rum", 1, {"_dd.p.x": "y"}, {"m": 1}, None, {"b": "1"})
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = attempt(lambda protocol=protocol: repr(pickle.loads(pickle.dumps(context, protocol))))
        yield f"pickled with protocol {protocol}", [again, again == repr(context)]
    shallow, deep = copy.copy(context), copy.deepcopy(context)
    yield "copy", [shallow == context, shallow is context, shallow._meta is context._meta]
    yield "deepcopy", [deep == context, deep._meta is context._meta]
    yield "hash", attempt(lambda: isinstance(hash(context), int))
    yield "weakref", attempt(lambda: weakref.ref(context)() is context)
    yield "weakref of a span", attempt(lambda: weakref.ref(span)() is span)
    yield (
        "equal",
        [Context(1, 2) == Context(1, 2), Context(1, 2) == Context(1, 3), Context() == 5, Context(1) != Context(1)],
    )
    yield "an attribute of its own", attempt(setattr, context, "mine", 1)
    other = context.copy(7, 8)
    yield "context.copy", [repr(other), other._meta is context._meta, other._baggage is context._baggage]
    yield "context.copy()", attempt(context.copy)
    yield "repr", repr(context)
    yield "str", str(context)
    for name in ("trace_id", "span_id", "sampling_priority", "dd_origin", "dd_user_id"):
        for kind, value in VALUES.items():
            if kind in ("bad", "wrong", "surrogate", "long", "10**400"):
                continue
            made = Context(1, 2)
            yield f"context.{name} = {kind}", [attempt(setattr, made, name, value), attempt(getattr, made, name)]
    for kind in ("str", "int", "float", "none", "true", "2**64"):
        for name in (
            "trace_id",
            "span_id",
            "sampling_priority",
            "dd_origin",
            "meta",
            "metrics",
            "baggage",
            "span_links",
        ):
            try:
                made = Context(**{name: VALUES[kind]})
            except Exception as error:
                yield f"Context({name}={kind})", "raises " + type(error).__name__
                continue
            yield f"Context({name}={kind})", attempt(repr, made)
    for kind in ("str", "int", "none", "list"):
        made = Context(1, 2)
        attempt(made.set_baggage_item, "k", VALUES[kind])
        attempt(made.set_baggage_item, VALUES["int"], VALUES[kind])
        yield f"baggage {kind}", told(made.get_all_baggage_items())
    made.remove_baggage_item("nothing")
    made.remove_all_baggage_items()
    yield "no baggage", [told(made.get_all_baggage_items()), told(made.get_baggage_item("k"))]
    with tracer.trace("root") as span:
        with tracer.trace("child") as child:
            yield "contexts of one trace", [
                child.context._meta is span.context._meta, child.context is child.context,
                child.context == span.context,
                child.context.trace_id == span.trace_id, child.context.span_id == child.span_id,
            ]  # fmt: skip
            child.context.set_baggage_item("b", "1")
            yield "baggage upwards", told(span.context.get_baggage_item("b"))
        child.context.set_baggage_item("later", "1")
        yield "baggage downwards", told(span.context.get_all_baggage_items())
    with Context(1, 2) as entered:
        yield "with", type(entered).__name__


def links(tracer, Context):
    for kind, args in {
        "plain": (1, 2), "tracestate": (1, 2, "dd=s:1"), "flags": (1, 2, None, 1),
        "attributes": (1, 2, None, None, {"a": 1}),
        "zero trace": (0, 2), "zero span": (1, 0), "negative": (-1, 2), "str": ("a", 2), "numeric str": ("1", "2"),
        "float": (1.5, 2), "none": (None, None), "128": (1 << 127, 2), "too long": (1 << 128, 2),
        "span too long": (1, 1 << 64),
        "nested": (1, 2, None, None, {"a": [1, [2, 3]], "b": {"c": 1}, "d": None, "e": True, "f": 1.5, "h": []}),
        "bad value": (1, 2, None, None, {"g": Bad()}), "key": (1, 2, None, None, {5: 6}),
        "bad flags": (1, 2, None, "x"), "flags 0": (1, 2, None, 0), "bad tracestate": (1, 2, 5),
    }.items():  # fmt: skip
        span = tracer.start_span("s")
        yield (
            f"set_link {kind}",
            [attempt(span.set_link, *args), attempt(lambda s=span: [link.to_dict() for link in s._get_links()])],
        )
        span.finish()
    span = tracer.start_span("s")
    span.set_link(1, 2)
    span.set_link(3, 2)
    span.set_link(1, 4)
    yield "links twice", [link.to_dict() for link in span._get_links()]
    for name, context in {
        "plain": Context(5, 6), "kept": Context(5, 6, sampling_priority=2),
        "dropped": Context(5, 6, sampling_priority=-1),
        "no ids": Context(), "no span": Context(trace_id=5), "no trace": Context(span_id=5),
        "tracestate": Context(5, 6, meta={"tracestate": "dd=s:1,a=b", "traceparent": "x"}),
    }.items():  # fmt: skip
        span = tracer.start_span("s")
        yield (
            f"link_span {name}",
            [
                attempt(span.link_span, context, {"a": "b"}),
                attempt(lambda s=span: [link.to_dict() for link in s._get_links()]),
            ],
        )
    yield "link_span of a span", attempt(span.link_span, span)
    yield "link_span of nothing", attempt(span.link_span, None)


def members(tracer, Span):
    span = tracer.start_span("s")
    for name in ("set_tag_str", "set_struct_tag", "get_struct_tag", "_pprint", "finish_with_ancestors", "nonsense",
                 "pprint", "set_meta", "get_meta", "tracer", "_meta", "_metrics"):  # fmt: skip
        yield f"span.{name}", [hasattr(span, name), attempt(getattr, span, name)]
    for name in ("on_start_span", "deregister_on_start_span", "nonsense", "get_call_context", "sampler", "log"):
        yield f"tracer.{name}", [hasattr(tracer, name), attempt(getattr, tracer, name)]
    yield "span.mine = 1", attempt(setattr, span, "mine", 1)
    yield "tracer.mine = 1", attempt(setattr, tracer, "mine", 1)
    yield "a subclass of Span", attempt(lambda: type("Mine", (Span,), {}) and None)
    yield "span equality", [span == span, span == Span("s"), span != Span("s")]
    yield "a span as a key", attempt(lambda: len({span: 1}))
    yield "bool of a span", bool(span)
    yield "pickle a span", attempt(lambda: pickle.dumps(span) and None)
    yield "copy a span", attempt(lambda: copy.copy(span) and None)
    span.finish()


async def _wrapped(tracer):
    def about():
        span = tracer.current_span()
        return [span.name, span.service, span.resource, span.span_type, span.parent_id is None] if span else None

    @tracer.wrap()
    def function(a, b=2):
        return [a, b, about()]

    @tracer.wrap("named", service="s", resource="r", span_type="t")
    def named():
        return about()

    @tracer.wrap()
    async def coroutine():
        await asyncio.sleep(0)
        return about()

    @tracer.wrap()
    def generator():
        received = yield about()
        yield [received, about()]
        return "returned"

    @tracer.wrap()
    async def async_generator():
        received = yield about()
        yield [received, about()]

    class Class:
        @tracer.wrap()
        def method(self):
            return about()

        @staticmethod
        @tracer.wrap()
        def static():
            return about()

        @classmethod
        @tracer.wrap()
        def of_class(cls):
            return about()

    @tracer.wrap()
    def failing():
        raise ValueError("x")

    yield "function", [function(1), function(1, b=3), told(function.__name__), about()]
    yield "named", named()
    yield "coroutine", [await coroutine(), about()]
    running = generator()
    yield "generator, not begun", about()
    first = next(running)
    between = about()
    yield "generator", [first, between, running.send("sent"), about()]
    yield "generator, its end", [attempt(next, running), about()]
    try:
        running = generator()
        next(running)
        next(running)
        next(running)
    except StopIteration as stop:
        yield "generator's value", told(stop.value)
    running = generator()
    next(running)
    yield "generator, closed", [attempt(running.close), about()]
    running = generator()
    next(running)
    yield "generator, thrown", [attempt(running.throw, KeyError("k")), about()]
    yield "type of a generator", type(generator()).__name__
    running = async_generator()
    first = await running.__anext__()
    between = about()
    yield "async generator", [first, between, await running.asend("sent"), about()]
    try:
        await running.__anext__()
    except StopAsyncIteration:
        yield "async generator, its end", about()
    running = async_generator()
    await running.__anext__()
    await running.aclose()
    yield "async generator, closed", about()
    running = async_generator()
    await running.__anext__()
    try:
        await running.athrow(KeyError("k"))
    except BaseException as error:
        yield "async generator, thrown", [type(error).__name__, about()]
    yield "async for", [value async for value in async_generator()]
    yield "methods", [Class().method(), Class.static(), Class.of_class(), Class().of_class()]
    yield "failing", [attempt(failing), about()]
    import inspect

    yield "kinds", [
        inspect.iscoroutinefunction(coroutine), inspect.isgeneratorfunction(generator),
        inspect.isasyncgenfunction(async_generator), str(inspect.signature(function)), function.__wrapped__ is not None,
    ]  # fmt: skip
    yield "wrap of nothing", attempt(tracer.wrap(), None)
    yield "wrap without parentheses", attempt(tracer.wrap, function)


def collect():
    from ddtrace.trace import Context
    from ddtrace.trace import Span
    from ddtrace.trace import tracer

    # What is sent has tests of its own; and ddtrace raises where it cannot encode a value.
    tracer.enabled = False
    groups = {
        "setting": setting(tracer), "replacing": replacing(tracer), "properties": properties(tracer),
        "starting": starting(tracer, Span, Context), "finishing": finishing(tracer, Span), "errors": errors(tracer),
        "contexts": contexts(tracer, Context), "links": links(tracer, Context), "members": members(tracer, Span),
    }  # fmt: skip
    found = {}
    for group, facts in groups.items():
        tracer.context_provider.activate(None)
        for name, fact in facts:
            found[f"{group}: {name}"] = fact
    tracer.context_provider.activate(None)

    async def all_wrapped():
        return [pair async for pair in _wrapped(tracer)]

    for name, fact in asyncio.run(all_wrapped()):
        found[f"wrapped: {name}"] = fact
    return found


if __name__ == "__main__":
    os.environ.update(
        DD_SERVICE="svc",
        DD_TRACE_AGENT_URL="http://127.0.0.1:1",
        DD_INSTRUMENTATION_TELEMETRY_ENABLED="false",
        DD_REMOTE_CONFIGURATION_ENABLED="false",
    )
    if sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
        sys.path.pop(0)
    with open(sys.argv[1], "w") as file:
        lines = (f"{json.dumps(name)}: {json.dumps(fact, sort_keys=True)}" for name, fact in collect().items())
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
    os._exit(0)
