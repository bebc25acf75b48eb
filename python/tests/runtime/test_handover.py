"""The script ``ddtrace-run`` hands over to the binary."""

from processes import PACKAGE_ROOT
from processes import output


def test_a_binary_from_elsewhere_traces_with_the_package_of_the_script(tmp_path):
    binary = tmp_path / "hoofprint"
    binary.write_text('#!/bin/sh\necho "$HOOFPRINT_PYTHON $*"\n')
    binary.chmod(0o755)
    command = ["-m", "ddtrace.commands.ddtrace_run", "python", "app.py"]
    told = output(tmp_path, *command, HOOFPRINT_BIN=str(binary), HOOFPRINT_PYTHON=None)
    assert told == "%s python app.py" % PACKAGE_ROOT
    told = output(tmp_path, *command, HOOFPRINT_BIN=str(binary), HOOFPRINT_PYTHON="/chosen")
    assert told == "/chosen python app.py"
