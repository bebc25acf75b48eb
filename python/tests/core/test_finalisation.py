"""The end of the interpreter: spans finished in atexit, in __del__ and by threads that go on until the end."""

import os
import subprocess
import sys
import textwrap

import pytest
from ringreader import Reader


PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

PROGRAM = """
import atexit, sys, threading
sys.path[:0] = [{package!r}]
from ddtrace import _core
from ddtrace.trace import TraceFilter, tracer

_core.set_opener(lambda: _core.open_ring(sys.argv[1], 1 << 22, b"{{}}"))

class Same(TraceFilter):
    def process_trace(self, trace):
        return trace

if sys.argv[2] == "filtered":
    tracer.configure(trace_processors=[Same()])

class Late:
    def __init__(self):
        self.span = tracer.start_span("open until the end")
        self.me = self  # only the collector of cycles frees it

    def __del__(self):
        self.span.set_tag("late", 1)
        self.span.finish()
        try:
            with tracer.trace("begun at the end"):
                pass
        except Exception as error:
            # Some of what Python is made of may be gone.
            if not isinstance(error, (TypeError, AttributeError, NameError, ImportError)):
                raise

late = Late()
sys.modules["kept"] = Late()
keeps = _core
never = tracer.start_span("never finished")

@atexit.register
def at_exit():
    with tracer.trace("at exit") as span:
        span.set_link(1, 2)
        span.record_exception(ValueError("x"))

def work():
    while True:
        with tracer.trace("thread"):
            pass

if sys.argv[3] == "threads":
    for _ in range(3):
        threading.Thread(target=work, daemon=True).start()
with tracer.trace("main"):
    pass
"""


@pytest.mark.parametrize("threads", ["threads", "alone"])
@pytest.mark.parametrize("mode", ["plain", "filtered"])
def test_the_interpreter_ends_well(tmp_path, mode, threads):
    program = textwrap.dedent(PROGRAM).format(package=PACKAGE)
    for attempt in range(2 if threads == "threads" else 1):
        run_dir = tmp_path / str(attempt)
        done = subprocess.run(
            [sys.executable, "-c", program, str(run_dir), mode, threads],
            capture_output=True,
            timeout=20,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        (ring,) = run_dir.glob("*.ring")
        names = {span["name"] for span in Reader(str(ring)).spans()}
        if threads == "alone":  # else the ring may be full of their spans
            assert {"main", "at exit", "open until the end"} <= names
