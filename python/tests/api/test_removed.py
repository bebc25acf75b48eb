"""What ddtrace 4 removed is gone, and says what to use instead, however it is asked for."""

import importlib
import os
import subprocess
import sys

import ddtrace
import pytest
from ddtrace import _removed


MODULES = [
    ("ddtrace.settings", "ddtrace.config"),
    ("ddtrace.opentracer", "ddtrace.opentelemetry"),
    ("ddtrace.ext.cassandra", "cassandra.cluster"),
]


@pytest.mark.parametrize("module, name", _removed.NAMES)
def test_import_statements_tell_the_replacement(module, name):
    with pytest.raises(ImportError) as caught:
        exec("from %s import %s" % (module, name), {})
    assert "%s.%s was removed" % (module, name) in str(caught.value)
    assert _removed.NAMES[module, name] in str(caught.value)


@pytest.mark.parametrize("module, name", _removed.NAMES)
def test_attributes_tell_the_replacement(module, name):
    owner = importlib.import_module(module)
    assert not hasattr(owner, name)
    assert getattr(owner, name, "default") == "default"
    with pytest.raises(AttributeError, match="was removed") as caught:
        getattr(owner, name)
    assert _removed.NAMES[module, name] in str(caught.value)


@pytest.mark.parametrize("module, instead", MODULES)
@pytest.mark.parametrize(
    "form", ["import %s", "import %s.deeper", "from %s import config", "from %s.asm import config"]
)
def test_modules_tell_the_replacement(module, instead, form):
    with pytest.raises(ModuleNotFoundError, match="was removed") as caught:
        exec(form % module, {})
    assert instead in str(caught.value)
    assert caught.value.name == module
    assert module not in sys.modules


def test_a_long_name_table_does_not_hide_the_statement():
    # More than 256 names: the statement's argument takes an instruction of its own.
    names = "\n".join("name_%d = other_%d = None" % (n, n) for n in range(300))
    code = "def f():\n global %s\n from ddtrace.trace import Pin" % ", ".join("name_%d" % n for n in range(300))
    code = names + "\ntry:\n from ddtrace.trace import Pin\nexcept ImportError as error: text = str(error)\n" + code
    scope = {}
    exec(code, scope)
    assert "was removed" in scope["text"]


def test_what_never_was_is_as_unknown_as_anywhere():
    for module in ("ddtrace", "ddtrace.trace", "ddtrace.version", "ddtrace.ext"):
        with pytest.raises(AttributeError, match="has no attribute 'nothing_like_this'"):
            getattr(importlib.import_module(module), "nothing_" + "like_this")
        with pytest.raises(ImportError, match="cannot import name 'nothing_like_this'"):
            exec("from %s import nothing_like_this" % module, {})


def test_the_documentation_lists_them():
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "..", "..", "..", "docs", "migrating.md")) as page:
        text = page.read()
    for module, name in _removed.NAMES:
        assert "`%s.%s`" % (module, name) in text


def test_an_editor_can_list_the_names():
    assert "Pin" not in dir(ddtrace)
    help_text = subprocess.run(
        [sys.executable, "-c", "import ddtrace.trace, inspect; print(len(inspect.getmembers(ddtrace.trace)))"],
        stdout=subprocess.PIPE,
        check=True,
    )
    assert int(help_text.stdout) > 6


# One thing each that 4.0 took from a class or a signature.
GONE = """
span.set_tag_str("a", "b")
span.set_struct_tag("a", {})
span.get_struct_tag("a")
span.finish_with_ancestors()
tracer.on_start_span(print)
tracer.deregister_on_start_span(print)
span.record_exception(ValueError(), None, 0)
span.record_exception(ValueError(), timestamp=1)
span.record_exception(ValueError(), escaped=True)
HTTPPropagator.inject(span.context, {}, non_active_span=span)
HTTPPropagator.inject(span.context, {}, span)
Context(lock=None)
Context(1, 2, None, 1, {}, {}, __import__("threading").RLock())
RuntimeMetrics.enable(flush_interval=1)
""".strip().splitlines()


@pytest.mark.parametrize("call", GONE)
def test_removed_members_and_parameters(call):
    from ddtrace.propagation.http import HTTPPropagator
    from ddtrace.runtime import RuntimeMetrics
    from ddtrace.trace import Context
    from ddtrace.trace import tracer

    with tracer.trace("x") as span:
        scope = dict(
            span=span, tracer=tracer, HTTPPropagator=HTTPPropagator, Context=Context, RuntimeMetrics=RuntimeMetrics
        )
        with pytest.raises((AttributeError, TypeError)) as caught:
            exec(call, scope)
    assert "was removed in ddtrace 4.0: use " in str(caught.value)
    assert "DD_V3_BRIDGE=true" in str(caught.value)
