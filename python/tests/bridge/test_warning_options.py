"""-W, PYTHONWARNINGS and pytest's own filters, where they name a category of this package."""

import os
import subprocess
import sys
import textwrap

import pytest
from processes import BOOTSTRAP
from processes import PACKAGE_ROOT
from processes import environment


# Filters are the same for both implementations of spans, and differ little between versions of CPython.
with_the_extension = pytest.mark.skipif(
    os.environ.get("HOOFPRINT_PURE") == "1" or sys.version_info[:2] in ((3, 10), (3, 12)),
    reason="run with the extension, on every other version",
)

CATEGORY = "ddtrace.DDTraceDeprecationWarning"
APP = """
import warnings
{before}
import ddtrace
from ddtrace.trace import tracer
{after}
def work(span):
    span.set_tag_str("a", "b")   # first
    return span.get_tag("a")
for _ in range(2):
    with tracer.trace("op") as span:
        print("tag", work(span))
span.set_tag_str("c", "d")
import other
"""
OTHER = 'from app import span\nspan.set_tag_str("e", "f")\n'


@pytest.fixture
def python(tmp_path):
    """Runs the program in an interpreter that finds the package in its site, not on PYTHONPATH, as users have it."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import sys\nsys.path.append(%r)\n" % str(PACKAGE_ROOT))

    def run(options=None, before="", after="", flags=(), launched=False, **variables):
        program = APP.format(before=before, after=after)
        (tmp_path / "app.py").write_text(program)
        (tmp_path / "other.py").write_text(OTHER.replace("from app", "from __main__"))
        path = [str(BOOTSTRAP)] if launched else []
        variables.setdefault("DD_V3_BRIDGE", "true")
        variables.update(PYTHONPATH=os.pathsep.join([*path, str(site)]), PYTHONWARNINGS=options)
        return subprocess.run(
            [sys.executable, *flags, "app.py"],
            env=environment(tmp_path, **variables),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def line_of(text):
    return APP.format(before="", after="").splitlines().index(text) + 1


FIRST = '    span.set_tag_str("a", "b")   # first'
SECOND = 'span.set_tag_str("c", "d")'


def shown(done):
    """(file, line) of the warnings that were printed."""
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tag b")
    found = []
    for line in done.stderr.splitlines():
        if ": DDTraceDeprecationWarning: " in line:
            file, number = line.split(": ")[0].rsplit(":", 1)
            found.append((os.path.basename(file), int(number)))
    return found


def raises(done, text=FIRST):
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ddtrace.DDTraceDeprecationWarning: Span.set_tag_str was removed in ddtrace 4.0")
    assert "instead: Span.set_tag(key, value)" in last
    assert text.strip() in done.stderr
    return True


FIRST_LINES = [("app.py", line_of(FIRST)), ("app.py", line_of(SECOND))]
OTHERS = [("other.py", 2)]


@pytest.mark.parametrize("launched", [False, True])
@pytest.mark.parametrize("form", ["variable", "flag"])
def test_error_raises_at_the_first_use(python, form, launched):
    option = "error::" + CATEGORY
    if form == "variable":
        done = python(option, launched=launched)
    else:
        done = python(flags=["-W", option], launched=launched)
    assert raises(done) and done.stdout == ""


def test_all_prints_every_use_with_its_line(python):
    assert shown(python("all")) == FIRST_LINES[:1] * 2 + FIRST_LINES[1:] + OTHERS


@with_the_extension
@pytest.mark.parametrize(
    "options, expected",
    [
        ("default::" + CATEGORY, FIRST_LINES + OTHERS),
        ("once::" + CATEGORY, FIRST_LINES[:1] + OTHERS),  # for each module, as CPython has it
        ("module::" + CATEGORY, FIRST_LINES[:1] + OTHERS),
        ("always::" + CATEGORY, FIRST_LINES[:1] * 2 + FIRST_LINES[1:] + OTHERS),
        ("ignore::" + CATEGORY, []),
        ("default::%s:other" % CATEGORY, FIRST_LINES + OTHERS),  # CPython's own filter shows those of __main__
        ("ignore::DeprecationWarning,default::%s:other" % CATEGORY, OTHERS),
        ("ignore::DeprecationWarning,default::%s::2" % CATEGORY, OTHERS),
        ("ignore::DeprecationWarning,default:Span.set_tag_str was removed:%s" % CATEGORY, FIRST_LINES + OTHERS),
        ("ignore::DeprecationWarning,default:something else:%s" % CATEGORY, []),
        ("error,ignore::" + CATEGORY, []),
        ("error::%s,ignore::DeprecationWarning" % CATEGORY, []),
        ("error::%s,ignore::%s" % (CATEGORY, CATEGORY), []),
        ("error::ddtrace.Nothing,ignore::DeprecationWarning", []),
        ("error::no_such_package.Warning,ignore::" + CATEGORY, []),
    ],
)
def test_every_field_and_the_order_of_options(python, options, expected):
    assert shown(python(options)) == expected


@with_the_extension
@pytest.mark.parametrize(
    "options",
    [
        "ignore,error::" + CATEGORY,
        "ignore::%s,error" % CATEGORY,
        "error::%s:__main__" % CATEGORY,
        "ignore::DeprecationWarning,error::%s,default::UserWarning" % CATEGORY,
    ],
)
def test_a_later_option_wins(python, options):
    assert raises(python(options))


@with_the_extension
def test_flags_win_over_the_variable(python):
    assert shown(python("error::" + CATEGORY, flags=["-W", "ignore::" + CATEGORY])) == []
    assert raises(python("ignore::" + CATEGORY, flags=["-W", "error::" + CATEGORY]))


@with_the_extension
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_the_program_sets_wins(python, when):
    assert shown(python("error::" + CATEGORY, **{when: "warnings.simplefilter('ignore')"})) == []
    assert raises(python("ignore::" + CATEGORY, **{when: "warnings.simplefilter('error')"}))


@with_the_extension
def test_resetwarnings_throws_the_options_away(python):
    for when in ("before", "after"):
        assert shown(python("error::" + CATEGORY, **{when: "warnings.resetwarnings()"})) == FIRST_LINES + OTHERS


def test_an_import_within_catch_warnings(python):
    before = "with warnings.catch_warnings():\n    import ddtrace.trace\n"
    assert raises(python("error::" + CATEGORY, before=before))


@with_the_extension
def test_captured_warnings(python):
    after = """
from ddtrace.trace import tracer as t
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    t.start_span("x").set_tag_str("a", "b")
assert [w.category.__name__ for w in caught] == ["DDTraceDeprecationWarning"], caught
assert caught[0].filename.endswith("app.py")
"""
    assert raises(python("error::" + CATEGORY, after=after))


def test_an_error_leaves_the_tracer_as_it_was(python):
    after = """
try:
    with tracer.trace("outer") as span:
        span.set_tag_str("a", "b")
except DeprecationWarning:
    assert span.finished and span.error == 1 and span.get_tag("a") is None and tracer.current_span() is None
warnings.simplefilter("ignore")
"""
    assert shown(python("error::" + CATEGORY, after=after)) == []


@pytest.mark.parametrize("launched", [False, True])
def test_a_variable_that_is_an_error(python, launched):
    done = python("error::" + CATEGORY, launched=launched, DD_TRACE_INFERRED_SPANS_ENABLED="1")
    assert "DDTraceDeprecationWarning: DD_TRACE_INFERRED_SPANS_ENABLED is deprecated" in done.stderr
    assert done.returncode == 1
    if launched:  # said before there is a program to raise it in; tracing starts all the same
        assert raises(done)
    else:
        assert "    import ddtrace\n" in done.stderr


@pytest.mark.parametrize("option", ["error", "error::DeprecationWarning"])
def test_a_variable_that_is_an_error_to_the_launcher_as_a_module(tmp_path, option):
    done = subprocess.run(
        [sys.executable, "-W", option, "-m", "ddtrace.commands.ddtrace_run", "python", "app.py"],
        env=environment(
            tmp_path,
            DD_TRACE_INFERRED_SPANS_ENABLED="1",
            PYTHONPATH=str(PACKAGE_ROOT),
            HOOFPRINT_BIN="/bin/echo",
        ),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "python app.py\n"), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("ddtrace: DDTraceDeprecationWarning: DD_TRACE_INFERRED_SPANS_ENABLED is deprecated")


@with_the_extension
@pytest.mark.parametrize("action, lines", [("error", 1), ("always", 1), ("ignore", 0)])
def test_a_variable_where_cpython_finds_the_package_for_the_option(tmp_path, action, lines):
    done = subprocess.run(
        [sys.executable, "-c", "import ddtrace"],
        env=environment(tmp_path, PYTHONWARNINGS="%s::%s" % (action, CATEGORY), DD_TRACE_INFERRED_SPANS_ENABLED="1"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0  # there was no program yet to raise it in
    assert len(done.stderr.splitlines()) == lines, done.stderr
    assert ("DDTraceDeprecationWarning: DD_TRACE_INFERRED_SPANS_ENABLED is deprecated" in done.stderr) == bool(lines)


@pytest.fixture
def run_pytest(tmp_path):
    test = """
from ddtrace.trace import tracer
def test_one():
    with tracer.trace("op") as span:
        span.set_tag_str("a", "b")
        assert span.get_tag("a") == "b"
def test_two():
    with tracer.trace("op") as span:
        span.set_tag("a", "b")
"""
    (tmp_path / "test_app.py").write_text(textwrap.dedent(test))

    def run(*arguments, **variables):
        variables.setdefault("DD_V3_BRIDGE", "true")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *arguments]
        done = subprocess.run(
            [*command, "test_app.py"],
            env=environment(tmp_path, **variables),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.stdout

    run.directory = tmp_path
    return run


RAISED = "DDTraceDeprecationWarning: Span.set_tag_str was removed in ddtrace 4.0"


@pytest.mark.parametrize("launched", [False, True])
def test_pytest_with_an_option(run_pytest, launched):
    path = os.pathsep.join([str(BOOTSTRAP)] * launched + [str(PACKAGE_ROOT)])
    said = run_pytest("-W", "error::" + CATEGORY, PYTHONPATH=path)
    assert "1 failed, 1 passed" in said and RAISED in said


@with_the_extension
def test_pytest_with_its_configuration(run_pytest):
    (run_pytest.directory / "pytest.ini").write_text("[pytest]\nfilterwarnings =\n    error::%s\n" % CATEGORY)
    said = run_pytest()
    assert "1 failed, 1 passed" in said and RAISED in said


def test_pytest_under_the_variable(run_pytest):
    # The package is found after the start alone: pytest puts it on the path (pythonpath).
    (run_pytest.directory / "pytest.ini").write_text("[pytest]\npythonpath = %s\n" % PACKAGE_ROOT)
    said = run_pytest(PYTHONWARNINGS="error::" + CATEGORY, PYTHONPATH=None)
    assert "1 failed, 1 passed" in said and RAISED in said
    said = run_pytest(PYTHONWARNINGS="ignore::" + CATEGORY, PYTHONPATH=None)
    assert "2 passed" in said and RAISED not in said


@with_the_extension
def test_pytest_shows_the_line(run_pytest):
    said = run_pytest()
    assert "2 passed, 1 warning" in said
    assert "test_app.py:5: " + RAISED in said
