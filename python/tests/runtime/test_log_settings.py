"""Where the tracer's own log goes."""

import pytest
from processes import python


PROGRAM = (
    "import ddtrace.auto, logging\nlog = logging.getLogger('ddtrace.some')\n"
    "log.debug('a debug'); log.info('an info'); log.warning('a warning')\n"
    "from ddtrace.trace import tracer\n"
)


def said(text, *lines):
    return [line for line in lines if line in text]


ALL = ("a debug", "an info", "a warning")


@pytest.mark.parametrize(
    ("variables", "on_stderr", "in_file"),
    [
        ({}, ["a warning"], None),
        (
            {"DD_TRACE_LOG_LEVEL": "info", "DD_TRACE_LOG_FILE": "dd.log"},
            ["an info", "a warning"],
            ["an info", "a warning"],
        ),
        (
            {"DD_TRACE_DEBUG": "1", "DD_TRACE_LOG_FILE": "dd.log", "DD_TRACE_LOG_FILE_LEVEL": "WARNING"},
            list(ALL),
            ["a warning"],
        ),
        ({"OTEL_LOG_LEVEL": "debug"}, list(ALL), None),
        ({"DD_TRACE_LOG_LEVEL": "loud"}, ["a warning"], None),
    ],
)
def test_levels_and_files(tmp_path, variables, on_stderr, in_file):
    done = python(tmp_path, "-c", PROGRAM, **variables)
    assert done.returncode == 0
    assert said(done.stderr, *ALL) == on_stderr
    assert done.stderr.count("a warning") == 1
    written = (tmp_path / "dd.log").read_text() if (tmp_path / "dd.log").exists() else None
    assert (written if written is None else said(written, *ALL)) == in_file
    assert ("DD_TRACE_LOG_LEVEL='loud' is not one of NOTSET" in done.stderr) is ("loud" in variables.values())


def test_a_file_that_cannot_be_written(tmp_path):
    done = python(tmp_path, "-c", PROGRAM, DD_TRACE_LOG_FILE="none/dd.log")
    assert done.returncode == 0
    assert "DD_TRACE_LOG_FILE='none/dd.log' cannot be written" in done.stderr
