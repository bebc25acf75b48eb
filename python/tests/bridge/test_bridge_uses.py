"""Each use of what was removed warns at its line, names its replacement, and is told to the collector."""

import glob
import json
import textwrap

import ddtrace
import pytest
from processes import output
from ringreader import Reader


# (a statement of 3.x, its change, its name in the note, what the warning names)
USES = [
    ('span.set_tag_str("a", "b")', "span-set-tag-str", "Span.set_tag_str", "Span.set_tag"),
    ('span.set_struct_tag("a", {})', "span-set-struct-tag", "Span.set_struct_tag", "Span.set_tag"),
    ('span.get_struct_tag("a")', "span-get-struct-tag", "Span.get_struct_tag", "Span.get_tag"),
    ("span._pprint()", "span-pprint", "Span._pprint", "repr(span)"),
    ("other.finished = True", "span-finished-setter", "assignment to Span.finished", "Span.finish()"),
    ("other.finish_with_ancestors()", "span-finish-with-ancestors", "Span.finish_with_ancestors", "Span.finish()"),
    (
        "span.record_exception(ValueError(), timestamp=1)",
        "record-exception-timestamp",
        "Span.record_exception(timestamp=...)",
        "Span.record_exception(exception, attributes)",
    ),
    (
        "span.record_exception(ValueError(), None, None, True)",
        "record-exception-escaped",
        "Span.record_exception(escaped=...)",
        "Span.record_exception(exception, attributes)",
    ),
    ("tracer.on_start_span(callback)", "tracer-on-start-span", "Tracer.on_start_span", "TraceFilter"),
    ("tracer.deregister_on_start_span(callback)", "tracer-on-start-span", "Tracer.deregister_on_start_span", "Trace"),
    (
        "HTTPPropagator.inject(span.context, {}, span)",
        "inject-non-active-span",
        "HTTPPropagator.inject(non_active_span=...)",
        "HTTPPropagator.inject(span, headers)",
    ),
    ("Context(lock=None)", "context-lock", "Context(lock=...)", "no lock"),
    (
        "RuntimeMetrics.enable(flush_interval=1)",
        "runtime-metrics-flush-interval",
        "RuntimeMetrics.enable(flush_interval=...)",
        "leave it out",
    ),
    ("from ddtrace import Pin", "pin", "ddtrace.Pin", "DD_TAGS"),
    ("from ddtrace.trace import Pin", "pin", "ddtrace.trace.Pin", "DD_TAGS"),
    ("ddtrace.trace.Pin", "pin", "ddtrace.trace.Pin", "DD_TAGS"),
    ("from ddtrace.contrib.dbapi_async import Pin", "pin", "ddtrace.contrib.dbapi_async.Pin", "DD_TAGS"),
    ("import ddtrace.settings", "settings-package", "ddtrace.settings", "ddtrace.config"),
    ("importlib.import_module('ddtrace.opentracer')", "opentracer", "ddtrace.opentracer", "ddtrace.opentelemetry"),
    ("ddtrace.get_version()", "get-version", "ddtrace.get_version", "ddtrace.__version__"),
    ("from ddtrace.version import get_version", "get-version", "ddtrace.version.get_version", "ddtrace.__version__"),
    ("from ddtrace.ext import EXIT_SPAN_TYPES", "exit-span-types", "ddtrace.ext.EXIT_SPAN_TYPES", "SpanTypes"),
    ("import ddtrace.ext.cassandra", "ext-cassandra", "ddtrace.ext.cassandra", "cassandra.cluster"),
]
# What the bridge adds to no name of 4.x, but warns of.
MORE = [
    ("ddtrace.config.flask.analytics_enabled", "app-analytics", "config.flask.analytics_enabled", "SAMPLING_RULES"),
    ("ddtrace.settings.Hooks", "settings-package", "ddtrace.settings.Hooks", "ddtrace.config"),
    ("from ddtrace.settings import Config", "settings-package", "ddtrace.settings.Config", "ddtrace.config"),
    ("from ddtrace.settings.asm import config", "settings-package", "ddtrace.settings.asm.config", "ddtrace.config"),
    ("Pin.override(thing, service='x')", "pin", "Pin.override", "DD_TAGS"),
    ("Context(1, 2, None, 1, None, None, None, None, None)", "context-lock", "Context(lock=...)", "no lock"),
    ("Pin.get_from(thing)", "pin", "Pin.get_from", "DD_TAGS"),
]
# Deprecated in 4.x itself, with or without the bridge.
DEPRECATED = [
    ("ddtrace.patch_all(flask=False)", "patch-all", "ddtrace.patch_all", "import ddtrace.auto"),
    ("RuntimeMetrics.enable(tracer=tracer)", "runtime-metrics-tracer", "RuntimeMetrics.enable(tracer=...)", "leave"),
    ("DDWSGIMiddleware(thing, tracer)", "middleware-tracer", "DDWSGIMiddleware(tracer=...)", "leave it out"),
    ("TraceMiddleware(thing, tracer=tracer)", "middleware-tracer", "TraceMiddleware(tracer=...)", "leave it out"),
    ("ddtrace.config.flask.hooks.on('x')", "integration-hooks", "config.<integration>.hooks.on", "TraceFilter"),
    ("Wrapped.method = tracer.wrap()(Wrapped.method)", "wrap-method-name", "Tracer.wrap", "Wrapped.method"),
    ("TracedConnection(thing, pin=pin)", "dbapi-pin", "TracedConnection(pin=...)", "cfg and db_tags"),
]

SETTING = """
import importlib, json, sys, warnings
import ddtrace
from ddtrace.contrib._pin import Pin as plain_pin
from ddtrace.contrib.asgi import TraceMiddleware
from ddtrace.contrib.dbapi import TracedConnection
from ddtrace.contrib.wsgi import DDWSGIMiddleware
from ddtrace.propagation.http import HTTPPropagator
from ddtrace.runtime import RuntimeMetrics
from ddtrace.trace import Context, tracer
"""
OBJECTS = """
def callback(span): pass
class Thing:
    def __call__(self, scope, receive, send): pass
class Wrapped:
    def method(self): pass
thing, pin = Thing(), plain_pin()
span, other = tracer.trace("span"), tracer.start_span("other")
def said(): pass
caught = []
def show(message, category, filename, lineno, file=None, line=None):
    caught.append([str(message), category.__name__, filename, lineno])
warnings.showwarning = show
warnings.simplefilter("always")
"""


def run(tmp_path, uses, **variables):
    """(warnings by line, notes of uses by line, file, line of the first statement) of a program of these statements."""
    program = tmp_path / "app.py"
    before = SETTING + OBJECTS + "def work():\n    global Pin, ddtrace\n"
    first = before.count("\n") + 1
    body = "".join("    %s\n" % statement for statement, *_ in uses)
    end = "work()\nspan.finish()\nprint(json.dumps(caught))\n"
    program.write_text(before + body + end)
    caught = json.loads(output(tmp_path, "-W", "default", program, cwd=tmp_path, **variables).splitlines()[-1])
    (ring,) = glob.glob(str(tmp_path / "*.ring"))
    told = {}
    for note in map(json.loads, Reader(ring).notes()):
        for use in note.get("uses", ()):
            told.setdefault(use["line"], []).append(use)
    return caught, told, str(program), first


@pytest.mark.parametrize(
    "uses, variables", [(USES + MORE + DEPRECATED, {"DD_V3_BRIDGE": "true"}), (DEPRECATED, {})], ids=["bridge", "none"]
)
def test_each_warns_at_its_line_and_is_told(tmp_path, uses, variables):
    caught, told, file, first = run(tmp_path, uses, **variables)
    problems = []
    for line, (statement, change, name, instead) in enumerate(uses, first):
        mine = [warning for warning in caught if warning[2:] == [file, line]]
        if [warning[1] for warning in mine] != ["DDTraceDeprecationWarning"]:
            problems.append((statement, "warnings", mine))
        elif instead not in mine[0][0]:
            problems.append((statement, "words", mine))
        expected = {"change": change, "name": name, "file": file, "line": line, "function": "work", "count": 1}
        if told.get(line) != [expected]:
            problems.append((statement, "note", told.get(line)))
    assert not problems
    assert not [warning for warning in caught if warning[2] != file]


@pytest.mark.parametrize("statement, change, name, instead", USES)
def test_without_the_bridge_an_error_names_the_replacement(statement, change, name, instead):
    import importlib

    from ddtrace.propagation.http import HTTPPropagator
    from ddtrace.runtime import RuntimeMetrics
    from ddtrace.trace import Context
    from ddtrace.trace import tracer

    span, other = tracer.start_span("a"), tracer.start_span("b")
    scope = dict(span=span, other=other, tracer=tracer, HTTPPropagator=HTTPPropagator, RuntimeMetrics=RuntimeMetrics)
    scope.update(Context=Context, ddtrace=ddtrace, importlib=importlib, callback=print)
    with pytest.raises((AttributeError, TypeError, ImportError)) as caught:
        exec(statement, scope)
    span.finish(), other.finish()
    if change != "span-finished-setter":
        assert "was removed in ddtrace 4.0" in str(caught.value)
        assert "DD_V3_BRIDGE=true" in str(caught.value)
    assert instead in str(caught.value)


def test_counts_are_told_at_powers_of_ten_and_at_the_exit(tmp_path):
    program = """
from ddtrace.trace import tracer
def work(span):
    span.set_tag_str("a", "b")
with tracer.trace("op") as span:
    for _ in range(123):
        work(span)
    span.set_tag_str("a", "b"), span.set_tag_str("a", "b")
"""
    output(tmp_path, "-W", "ignore", "-c", textwrap.dedent(program), DD_V3_BRIDGE="true")
    (ring,) = glob.glob(str(tmp_path / "*.ring"))
    notes = list(map(json.loads, Reader(ring).notes()))
    assert sum(note.get("bridge") is True for note in notes) == 1
    uses = [use for note in notes for use in note.get("uses", ())]
    found = [(use["function"], use["line"], use["count"]) for use in uses]
    assert found == [("work", 4, n) for n in (1, 10, 100)] + [("<module>", 8, 1), ("work", 4, 123), ("<module>", 8, 2)]


def test_places_are_bounded(tmp_path):
    program = """
import ddtrace._uses as uses
from ddtrace.trace import tracer
with tracer.trace("op") as span:
    exec("\\n".join(["span.set_tag_str('a', 'b')"] * 1500))
print(len(uses._lines))
"""
    assert output(tmp_path, "-W", "ignore", "-c", program, DD_V3_BRIDGE="true") == "1000"
    (ring,) = glob.glob(str(tmp_path / "*.ring"))
    uses = [use for note in map(json.loads, Reader(ring).notes()) for use in note.get("uses", ())]
    assert len({use["line"] for use in uses}) == len(uses) == 1000


def test_a_forked_child_counts_its_own(tmp_path):
    program = """
import os
from ddtrace.trace import tracer
def work():
    with tracer.trace("op") as span:
        span.set_tag_str("a", "b")
work()
work()
child = os.fork()
work()
if child:
    os.waitpid(child, 0)
else:
    os._exit(0)
"""
    output(tmp_path, "-W", "ignore", "-c", program, DD_V3_BRIDGE="true")
    counts = []
    for ring in glob.glob(str(tmp_path / "*.ring")):
        notes = map(json.loads, Reader(ring).notes())
        counts.append([use["count"] for note in notes for use in note.get("uses", ())])
    assert sorted(counts) == [[1], [1, 3]]


def test_removed_variables_warn_at_the_import(tmp_path):
    program = """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import ddtrace
for warning in caught:
    print(warning.lineno, warning.category.__name__, str(warning.message).partition(" ")[0])
"""
    variables = ("DD_TRACE_ANALYTICS_ENABLED", "DD_FLASK_ANALYTICS_ENABLED", "DD_RUNTIME_METRICS_INTERVAL")
    said = output(tmp_path, "-c", program, DD_V3_BRIDGE="true", **dict.fromkeys(variables, "1"))
    assert sorted(said.splitlines()) == sorted("5 DDTraceDeprecationWarning " + name for name in variables)
    assert output(tmp_path, "-c", program, **dict.fromkeys(variables, "1")) == ""


@pytest.mark.parametrize(
    "variable, instead",
    [
        ("DD_TRACE_INFERRED_SPANS_ENABLED", "DD_TRACE_INFERRED_PROXY_SERVICES_ENABLED"),
        ("DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED", "leave it out"),
    ],
)
def test_deprecated_variables_warn_at_the_import(tmp_path, variable, instead):
    program = "import warnings\nwarnings.simplefilter('error')\ntry:\n  import ddtrace\nexcept Warning as e: print(e)\n"
    said = output(tmp_path, "-c", program, **{variable: "true"})
    assert said.startswith(variable + " is deprecated") and instead in said
