"""What ddtrace 4.16 does with values of every kind, fact by fact (behaviour.py)."""

import json
import os
import re
import subprocess
import sys

import pytest


HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(os.path.dirname(HERE))

# Ours differ here, as docs/compatibility.md says.
DIFFERENT = re.compile(
    r".*surrogate.*|.*bad bytes.*"  # kept with replacement characters, not emptied
    r"|starting: (trace|start_span) service=(bytearray|list|dict|set)"  # does not raise
    r"|starting: Span (span_id=zero|start=10\*\*400)"
    r"|finishing: finish\((1e308|nan|-?inf|decimal|index|float like|bad float)\)"  # the span ends all the same
    r"|errors: set_exc_info str|errors: record_exception (bad|key|attributes)"
    r"|contexts: pickled with protocol [01]|contexts: context\.(trace_id|span_id|dd_user_id) = .*"
    r"|contexts: Context\((meta|metrics|baggage|span_links)=.*"
    r"|links: set_link (negative|str|numeric str|float|none|too long|span too long|bad value|key|bad flags)"
    r"|links: link_span tracestate"
    r"|members: a subclass of Span"
)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    directory = tmp_path_factory.mktemp("behaviour")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DD_", "_DD_"))}
    environment.update(PYTHONPATH=PACKAGE, HOOFPRINT_RUN_DIR=str(directory / "run"), HOOFPRINT_BIN="/bin/true")
    out = directory / "found.json"
    subprocess.run([sys.executable, os.path.join(HERE, "behaviour.py"), str(out)], env=environment, check=True)
    return json.loads(out.read_text())


def test_every_value_is_treated_as_ddtrace_treats_it(found):
    with open(os.path.join(HERE, "expected", "behaviour.json")) as file:
        expected = json.load(file)
    assert found.keys() == expected.keys()
    differences = {
        name: {"ddtrace": expected[name], "ours": fact}
        for name, fact in found.items()
        if fact != expected[name] and not DIFFERENT.fullmatch(name) and not of_this_version(name)
    }
    assert not differences


def of_this_version(name):
    """Python's own behaviour, which was another in the version that the facts were captured with."""
    return sys.version_info[:2] != (3, 11) and re.search("(?i)enum|repr|kinds|thrown|bad", name)


def test_nothing_raises_over_a_value(found):
    """But for a time that is none, and signatures."""
    for name, fact in found.items():
        if re.match("setting: set_(tag|metric) |starting: .*=|properties: [^ ]* = |links: ", name):
            raised = fact[0] if isinstance(fact, list) else fact
            assert not str(raised).startswith("raises") or "finished" in name or "link_span of" in name, name


REMOVED = {
    "set_tag_str": "Span.set_tag", "set_struct_tag": "json.dumps", "get_struct_tag": "Span.get_tag",
    "finish_with_ancestors": "Span.finish", "_pprint": "repr",
}  # fmt: skip


def test_removed_members_name_what_to_use(tracer):
    span = tracer.trace("x")
    for name, instead in REMOVED.items():
        for owner in (span, type(span)):
            assert not hasattr(owner, name) and getattr(owner, name, 5) == 5
            with pytest.raises(AttributeError, match=re.escape(instead)):
                getattr(owner, name)
    with pytest.raises(AttributeError, match=re.escape("Span.finish()")):
        span.finished = True
    assert not span.finished
    for name in ("on_start_span", "deregister_on_start_span"):
        for owner in (tracer, type(tracer)):
            assert not hasattr(owner, name)
            with pytest.raises(AttributeError, match="TraceFilter"):
                getattr(owner, name)
    with pytest.raises(AttributeError, match="nonsense"):
        span.nonsense  # noqa: B018
    span.finish()
