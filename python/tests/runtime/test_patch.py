"""`ddtrace.patch`: which integrations are switched on, and what happens when one fails."""

import json
import warnings

import ddtrace
import pytest
from ddtrace import _patch
from ddtrace._integrations import INTEGRATIONS
from processes import output
from processes import python


WRAPPED = (
    "\nimport sqlite3, logging\nfrom ddtrace.contrib.trace_utils import iswrapped\n"
    "print(iswrapped(sqlite3, 'connect'), iswrapped(logging.Logger, 'makeRecord'))"
)


@pytest.mark.parametrize(
    ("start", "variables", "expected"),
    [
        ("import ddtrace.auto", {}, "True True"),
        ("import sqlite3, logging, ddtrace.auto", {}, "True True"),
        ("import ddtrace.auto", {"DD_TRACE_SQLITE3_ENABLED": "false"}, "False True"),
        ("import ddtrace.auto", {"DD_PATCH_MODULES": "sqlite3:false,logging:false"}, "False False"),
        ("import ddtrace.auto", {"DD_PATCH_MODULES": "sqlite3:true", "DD_TRACE_SQLITE3_ENABLED": "0"}, "True True"),
        ("import ddtrace; ddtrace.patch(sqlite3=True)", {}, "True False"),
        ("import ddtrace; ddtrace.patch(sqlite3=True, logging=False)", {}, "True False"),
        ("import ddtrace", {}, "False False"),
    ],
)
def test_what_is_switched_on(tmp_path, start, variables, expected):
    assert output(tmp_path, "-c", start + WRAPPED, **variables) == expected


def test_defaults(monkeypatch):
    asked = {}
    monkeypatch.setattr(_patch, "patch", lambda raise_errors=True, **wanted: asked.update(wanted))
    _patch.patch_defaults(urllib3=True)
    assert asked.pop("urllib3") is True
    assert asked == {name: on for name, (on, _) in INTEGRATIONS.items() if name != "urllib3"}
    monkeypatch.setenv("DD_TRACE_FLASK_ENABLED", "no")
    _patch.patch_defaults()
    assert asked["flask"] is False and asked["urllib3"] is False


def test_patch_all_is_deprecated(monkeypatch):
    monkeypatch.setattr(_patch, "patch", lambda raise_errors=True, **wanted: None)
    with pytest.warns(ddtrace.DDTraceDeprecationWarning, match="patch_all is deprecated"):
        ddtrace.patch_all()


def test_every_integration_has_its_module():
    for name in INTEGRATIONS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                module = __import__("ddtrace.contrib." + name, fromlist=["patch"])
            except ImportError as error:
                if error.name and error.name.startswith("ddtrace"):
                    raise
                continue  # the library is not here
        assert callable(module.patch) and callable(module.unpatch) and isinstance(module.get_version(), str)


def test_an_unknown_integration():
    with pytest.raises(_patch.ModuleNotFoundException, match="nothing does not have automatic instrumentation"):
        ddtrace.patch(nothing=True)
    with pytest.raises(_patch.ModuleNotFoundException, match="instrumentation: did you mean flask\\?"):
        ddtrace.patch(flsk=True)
    ddtrace.patch(raise_errors=False, nothing=True)
    ddtrace.patch(nothing=False)


def test_an_integration_of_ddtrace_that_is_not_here_yet_stops_no_program(tmp_path):
    done = python(tmp_path, "-c", "import ddtrace; ddtrace.patch(redis=True, sqlite3=True)" + WRAPPED)
    assert (done.stdout.strip(), done.stderr) == ("True False", "ddtrace.patch(redis=True): redis is not traced yet\n")
    done = python(tmp_path, "-c", "import ddtrace.auto", DD_PATCH_MODULES="redis:true")
    assert done.stderr == "DD_PATCH_MODULES switches redis on, which is not traced yet\n"


FAILING = """
import sys, types
broken = types.ModuleType("ddtrace.contrib.jinja2")
def patch(): raise RuntimeError("it has changed")
broken.patch = patch
sys.modules["ddtrace.contrib.jinja2"] = broken
with open("jinja2.py", "w") as library:
    library.write("value = 1")
sys.path.insert(0, "")
import ddtrace
"""


def test_a_failure_is_one_line_and_the_library_works(tmp_path):
    done = python(tmp_path, "-c", FAILING + "ddtrace.patch(jinja2=True)\nimport jinja2\nprint(jinja2.value)")
    assert done.stdout == "1\n"
    assert done.stderr == "failed to enable ddtrace support for jinja2: RuntimeError: it has changed\n"


def test_a_failure_is_raised_to_who_asked(tmp_path):
    program = FAILING + (
        "import jinja2\n"
        "try: ddtrace.patch(jinja2=True)\n"
        "except RuntimeError as e: print(e)\n"
        "ddtrace.patch(raise_errors=False, jinja2=True)\n"
    )
    done = python(tmp_path, "-c", program)
    assert done.stdout == "it has changed\n"
    assert done.stderr.count("\n") == 1


def test_unpatch_puts_everything_back(tmp_path):
    program = (
        "import sqlite3, logging, json\n"
        "def state(): return [sqlite3.connect, vars(logging.Logger)['makeRecord'], logging.StrFormatStyle._format]\n"
        "before = state()\nimport ddtrace.auto\nchanged = [a is not b for a, b in zip(before, state())]\n"
        "from ddtrace._patch import unpatch_all\nunpatch_all()\nprint(json.dumps([changed, before == state()]))"
    )
    assert json.loads(output(tmp_path, "-c", program)) == [[True, True, True], True]
