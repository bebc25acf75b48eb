"""Signal handlers that trace and fork wherever they interrupt, also amid the writing of a span."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest


HERE = os.path.dirname(os.path.abspath(__file__))

PROGRAM = """
import os, random, signal, sys
sys.path[:0] = [{package!r}, {here!r}]
from ddtrace import _core
from ddtrace.trace import TraceFilter, tracer

parent, run_dir = os.getpid(), sys.argv[1]
_core.set_opener(lambda: _core.open_ring(run_dir, 1 << 23, b"{{}}"))
handled, children, random = 0, [], random.Random(5)

class Same(TraceFilter):
    def process_trace(self, trace):
        return trace

if sys.argv[2] == "filtered":
    tracer.configure(trace_processors=[Same()])

def handler(number, frame):
    global handled
    handled += 1
    with tracer.trace("handled", resource="unseen %d" % handled):
        tracer.trace("handled.child").finish()
    _core.note(b'"%d"' % handled)
    if handled % 6 == 0:
        pid = os.fork()
        if pid == 0:
            return  # and goes on with whatever was interrupted
        children.append(pid)
    if handled < 60:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0001, 0.001))

signal.signal(signal.SIGALRM, handler)
tracer.trace("first").finish()
made = 0
signal.setitimer(signal.ITIMER_REAL, 0.001)
while handled < 60 and os.getpid() == parent:
    with tracer.trace("loop", resource="number %d" % made) as span:
        span.set_tag("key.%d" % (made % 7), "value %d" % made)
        with tracer.trace("inner"):
            pass
    made += os.getpid() == parent
if os.getpid() != parent:
    with tracer.trace("of the child"):
        pass
    os._exit(0)
for pid in children:
    assert os.waitpid(pid, 0)[1] == 0
assert tracer.current_span() is None
stats = _core.ring_stats()
assert stats["failures"] == 0 and stats["open"] == 0, stats
print(parent, made, handled, len(children))
os._exit(0)
"""


@pytest.mark.parametrize("mode", ["plain", "filtered"])
def test_a_handler_may_trace_and_fork_anywhere(tmp_path, mode):
    from ringreader import Reader

    program = textwrap.dedent(PROGRAM).format(package=os.path.dirname(os.path.dirname(HERE)), here=HERE)
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "run"), mode],
        stdout=subprocess.PIPE,
        timeout=120,
        check=True,
    )
    parent, made, handled, forks = map(int, done.stdout.split())
    readers = [Reader(str(path)) for path in (tmp_path / "run").glob("*.ring")]
    assert len(readers) == forks + 1
    for reader in readers:
        spans = reader.spans()
        names = [span["name"] for span in spans]
        assert len({span["span_id"] for span in spans}) == len(names)
        assert reader.dropped == 0
        if reader.pid == parent:
            # Each once, none of them damaged: the reader checks every record and string.
            counts = {name: names.count(name) for name in set(names)}
            assert counts == {
                "first": 1, "loop": made, "inner": made, "handled": handled, "handled.child": handled,
            }  # fmt: skip
            assert reader.notes() == ['"%d"' % number for number in range(1, handled + 1)]
        else:
            assert names.count("of the child") == 1 and "handled" not in names
            assert reader.notes() == []


def rings_of_forked(program, run_dir):
    """The rings that a program, which prints its pid, and its children wrote: its own, those of the others."""
    from ringreader import Reader

    program = program.format(package=os.path.dirname(os.path.dirname(HERE)))
    done = subprocess.run([sys.executable, "-c", program, str(run_dir)], stdout=subprocess.PIPE, timeout=60, check=True)
    readers = {reader.pid: reader for reader in map(Reader, map(str, run_dir.glob("*")))}
    return readers.pop(int(done.stdout)), list(readers.values())


def test_the_signal_arrives_amid_the_opening_of_the_ring(tmp_path):
    """The child's ring is its own, and the parent's stays."""
    program = textwrap.dedent(
        """
        import os, sys
        sys.path[:0] = [{package!r}]
        from ddtrace import _core, _ringfile
        from ddtrace.trace import tracer

        fill = _ringfile.fill

        def fill_and_fork(*args):
            fill(*args)
            _ringfile.fill = fill
            pid = os.fork()
            if pid:
                assert os.waitpid(pid, 0)[1] == 0

        _ringfile.fill = fill_and_fork
        parent = os.getpid()
        _core.set_opener(lambda: _core.open_ring(sys.argv[1], 1 << 20, b"{{}}"))
        tracer.trace("first").finish()
        tracer.trace("second").finish()
        if os.getpid() == parent:
            print(parent)
        sys.stdout.flush()
        os._exit(0)
        """
    )
    parent, readers = rings_of_forked(program, tmp_path / "run")
    assert [span["name"] for span in parent.spans()] == ["first", "second"]
    for reader in readers:
        assert {span["name"] for span in reader.spans()} <= {"first", "second"}


@pytest.mark.skipif(os.environ.get("HOOFPRINT_PURE") != "1", reason="the extension's notes are written in one go")
def test_a_fork_amid_a_note_leaves_it_to_the_parent(tmp_path):
    program = textwrap.dedent(
        """
        import os, sys
        sys.path[:0] = [{package!r}]
        from ddtrace import _core
        from ddtrace._pure.state import STATE
        from ddtrace.trace import tracer

        _core.set_opener(lambda: _core.open_ring(sys.argv[1], 1 << 20, b"{{}}"))
        tracer.trace("first").finish()
        flush = STATE.flush_notes

        def fork_and_flush():
            STATE.flush_notes = flush
            if (pid := os.fork()):
                assert os.waitpid(pid, 0)[1] == 0
            flush()

        STATE.flush_notes = fork_and_flush
        parent = os.getpid()
        _core.note(b'"once"')
        tracer.trace("second").finish()
        if os.getpid() == parent:
            print(parent)
        sys.stdout.flush()
        os._exit(0)
        """
    )
    parent, [child] = rings_of_forked(program, tmp_path / "run")
    assert parent.notes() == ['"once"']
    assert child.notes() == [] and [span["name"] for span in child.spans()] == ["second"]


def test_signals_are_still_delivered():
    """What is imported here must not change how a process handles them."""
    assert signal.getsignal(signal.SIGALRM) in (signal.SIG_DFL, None)
