"""Every example of docs/python.md runs, and every name that the page calls is there."""

import os
import re
import subprocess
import sys


PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "docs", "python.md")

RUN = """
import sys
page = open(sys.argv[1], encoding="utf-8").read()
blocks = page.split("```python\\n")[1:]
for number, block in enumerate(blocks):
    code = block.partition("```")[0]
    line = page[: page.index(code)].count("\\n")
    exec(compile("\\n" * line + code, sys.argv[1], "exec"), {"__name__": "example_%d" % number})
print(len(blocks))
"""


def text():
    with open(PAGE, encoding="utf-8") as page:
        return page.read()


def test_the_examples_run(tmp_path):
    env = {key: value for key, value in os.environ.items() if not key.startswith("DD_")}
    env.update(HOOFPRINT_RUN_DIR=str(tmp_path / "run"), HOOFPRINT_BIN="/nonexistent", DD_TRACE_RING_SIZE=str(1 << 20))
    done = subprocess.run([sys.executable, "-c", RUN, PAGE], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == text().count("```python\n") > 8
    # The last example gives a span what it cannot keep: nothing but the missing binary is told.
    assert [line for line in done.stderr.splitlines() if "hoofprint binary" not in line] == []


def test_the_names_in_the_tables_are_there():
    from ddtrace.trace import Context
    from ddtrace.trace import tracer

    with tracer.trace("x") as span:
        tables = "\n".join(line.split("|")[1] for line in text().splitlines() if line.startswith("| `"))
        for name in re.findall(r"`tracer\.(\w+)", tables):
            assert hasattr(tracer, name), name
        methods = text().partition("| method | |")[2].partition("```")[0]
        attributes = text().partition("| attribute | type")[2].partition("| method | |")[0]
        cells = [line.split("|")[1] for line in (attributes + methods).splitlines() if line.startswith("| `")]
        names = re.findall(r"`(\w+)", "\n".join(cells))
        assert len(names) > 25
        for name in names:
            assert hasattr(span, name), name
    for name in re.findall(r"`(\w+)`", text().partition("`Context(")[2].partition("##")[0]):
        assert hasattr(Context(), name), name
