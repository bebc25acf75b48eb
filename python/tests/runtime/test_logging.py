"""Log records carry the trace that they were written in."""

import pytest
from processes import output


PROGRAM = """
import ddtrace.auto, logging, sys
from ddtrace.trace import tracer
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(logging.Formatter(%r, style=%r))
log = logging.getLogger("app")
log.addHandler(handler)
with tracer.trace("one") as span:
    log.error("within")
log.error("outside")
print("%%032x" %% span.trace_id, span.span_id)
"""
PERCENT = "%(message)s %(dd.trace_id)s %(dd.span_id)s %(dd.service)s %(dd.env)s %(dd.version)s"
DOLLAR = "${message} ${dd.trace_id}"
BRACES = "{message} {dd.trace_id} {dd.span_id} {dd.service} {dd.env} {dd.version}"
NAMES = {"DD_SERVICE": "web", "DD_ENV": "prod", "DD_VERSION": "1"}


@pytest.mark.parametrize(("template", "style"), [(PERCENT, "%"), (BRACES, "{")])
def test_styles(tmp_path, template, style):
    within, outside, ids = output(tmp_path, "-c", PROGRAM % (template, style), **NAMES).splitlines()
    assert within == "within %s web prod 1" % ids
    assert outside == "outside 0 0 web prod 1"


def test_64_bit_ids_are_decimal(tmp_path):
    variables = {"DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED": "false", "PYTHONWARNINGS": "ignore"}
    within, _, ids = output(tmp_path, "-c", PROGRAM % (PERCENT, "%"), **NAMES, **variables).splitlines()
    assert within.split()[1] == str(int(ids.split()[0], 16))


def test_unset_names_are_empty(tmp_path):
    program = PROGRAM % ("[{dd.env}][{dd.version}]", "{")
    assert output(tmp_path, "-c", program).splitlines()[0] == "[][]"


@pytest.mark.parametrize("variable", ["DD_LOGS_INJECTION", "DD_TRACE_LOGGING_ENABLED"])
def test_off(tmp_path, variable):
    program = PROGRAM.replace(
        'log.error("outside")', 'print(hasattr(log.makeRecord("a", 1, "f", 1, "m", (), None), "dd.env"))'
    )
    lines = output(tmp_path, "-c", program % ("%(message)s", "%"), **{variable: "false"}).splitlines()
    assert lines[:2] == ["within", "False"]


def test_code_can_switch_it_off(tmp_path):
    program = (
        "import ddtrace.auto, logging\nfrom ddtrace import config\n"
        "make = lambda: hasattr(logging.getLogger().makeRecord('a', 1, 'f', 1, 'm', (), None), 'dd.trace_id')\n"
        "first = make()\nconfig._logs_injection = False\nprint(first, make())"
    )
    assert output(tmp_path, "-c", program) == "True False"


def test_records_keep_no_attribute_of_the_braces_style(tmp_path):
    program = (
        "import ddtrace.auto, logging\n"
        "record = logging.getLogger().makeRecord('a', 1, 'f', 1, 'm', (), None)\n"
        "print(logging.Formatter('{dd.span_id}', style='{').format(record), hasattr(record, 'dd'))"
    )
    assert output(tmp_path, "-c", program) == "0 False"
