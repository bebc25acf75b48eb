"""fork, multiprocessing, os._exit, kill -9: no span is lost, none has a wrong parent."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest
from ddtrace import _core


HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(os.path.dirname(HERE))


def in_child(function):
    pid = os.fork()
    if pid == 0:
        try:
            function()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
    return pid


def test_a_forked_child_has_its_own_ring(tracer, rings):
    with tracer.trace("parent") as parent:

        def child():
            assert tracer.current_span() is parent
            with tracer.trace("child") as span:
                assert span.parent_id == parent.span_id and span.trace_id == parent.trace_id
                with tracer.trace("grandchild"):
                    pass

        pid = in_child(child)
        with tracer.trace("sibling"):
            pass
    found = rings.spans()
    assert [len(found[name]) for name in ("parent", "child", "grandchild", "sibling")] == [1, 1, 1, 1]
    assert found["child"][0]["pid"] == found["grandchild"][0]["pid"] == pid
    assert found["child"][0]["parent_id"] == parent.span_id and found["child"][0]["flags"] == 3
    assert found["child"][0]["metrics"]["process_id"] == pid
    assert found["grandchild"][0]["parent_id"] == found["child"][0]["span_id"]
    assert found["parent"][0]["flags"] == 3 and found["parent"][0]["pid"] == os.getpid()
    assert rings.mine.open_spans() == []


def test_every_span_of_a_forked_child_keeps_the_parent(tracer, rings):
    with tracer.trace("parent") as parent:

        def child():
            for _ in range(3):
                with tracer.trace("child"):
                    pass
                assert tracer.current_span() is parent

        in_child(child)
    children = rings.spans()["child"]
    assert len(children) == 3
    assert {(span["parent_id"], span["trace_id"]) for span in children} == {(parent.span_id, parent.trace_id)}


def test_a_forked_child_may_drop_a_span_of_its_parent(tracer, rings):
    dropped = [tracer.start_span("dropped")]

    def child():
        dropped.clear()  # before anything else of the tracer ran here
        tracer.trace("own").finish()

    in_child(child)
    assert [span["name"] for reader in rings.readers() for span in reader.spans()] == ["own"]
    (span,) = rings.mine.open_spans()
    assert span["span_id"] == dropped[0].span_id


def test_spans_of_the_parent_are_foreign(tracer, rings):
    with tracer.trace("parent") as parent:

        def child():
            parent.finish()
            tracer.trace("own").finish()
            assert _core.ring_stats()["foreign"] == 1

        pid = in_child(child)
        assert len(rings.mine.open_spans()) == 1
    (reader,) = [reader for reader in rings.readers() if reader.pid == pid]
    assert reader.foreign == 1 and [span["name"] for span in reader.spans()] == ["own"]
    assert len(rings.spans()["parent"]) == 1


def test_foreign_spans_before_the_childs_ring(tracer, rings):
    """Counted, though there is no ring yet when they end."""
    parent = tracer.trace("parent")

    def child():
        _core.set_enabled(False)
        parent.finish()
        _core.set_enabled(True)
        tracer.trace("own").finish()

    pid = in_child(child)
    parent.finish()
    (reader,) = [reader for reader in rings.readers() if reader.pid == pid]
    assert reader.foreign == 1


def test_children_of_children_have_different_ids(tracer, rings):
    tracer.trace("x").finish()

    def child():
        tracer.trace("x").finish()
        in_child(lambda: tracer.trace("x").finish())

    for _ in range(5):
        in_child(child)
    spans = rings.spans()["x"]
    assert len(spans) == 11 and len({span["span_id"] for span in spans}) == 11
    assert len({span["pid"] for span in spans}) == 11


def test_a_decision_of_the_parent_holds_in_the_child(tracer, rings):
    with tracer.trace("parent") as parent:
        parent.set_tag("manual.drop")
        in_child(lambda: tracer.trace("child").finish())
    assert rings.span("child")["metrics"]["_sampling_priority_v1"] == -1


def test_fork_while_threads_trace(tracer, rings):
    rings.size = 1 << 24
    stop = threading.Event()

    def work():
        while not stop.is_set():
            tracer.trace("busy").finish()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            in_child(lambda: tracer.trace("child").finish())
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert len([1 for reader in rings.readers() for span in reader.spans() if span["name"] == "child"]) == 10


def _multiprocessing_work(directory, n):
    from ddtrace import _core
    from ddtrace.trace import tracer

    if _core.ring_stats().get("finished") is None:  # spawn and forkserver: a fresh interpreter
        _core.set_opener(lambda: _core.open_ring(directory, 1 << 20, b"{}"))
    with tracer.trace(f"work.{n}"):
        pass


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(tracer, rings, method, monkeypatch):
    monkeypatch.syspath_prepend(HERE)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([PACKAGE, HERE]))
    context = multiprocessing.get_context(method)
    with tracer.trace("main"):
        processes = [context.Process(target=_multiprocessing_work, args=(rings.directory, n)) for n in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
            assert process.exitcode == 0
    spans = rings.spans()
    for n in range(3):
        (span,) = spans[f"work.{n}"]
        assert span["parent_id"] == (spans["main"][0]["span_id"] if method == "fork" else 0)


def run(code, directory):
    """Runs code in a fresh interpreter; it finds a tracer whose ring is in a directory."""
    head = f"""
        import os, signal, sys
        sys.path[:0] = [{PACKAGE!r}]
        from ddtrace import _core
        from ddtrace.trace import tracer
        _core.set_opener(lambda: _core.open_ring({directory!r}, 1 << 20, b"{{}}"))
    """
    source = textwrap.dedent(head) + textwrap.dedent(code)
    return subprocess.run([sys.executable, "-c", source], stdout=subprocess.PIPE, timeout=60)


def test_kill_9_after_1000_spans(rings):
    code = """
        with tracer.trace("open"):
            for i in range(1000):
                tracer.trace("x").finish()
            os.kill(os.getpid(), signal.SIGKILL)
    """
    for _ in range(3):
        assert run(code, rings.directory).returncode == -signal.SIGKILL
    assert len(rings.spans()["x"]) == 3000
    for reader in rings.readers():
        assert [span["name"] for span in reader.open_spans()] == ["open"]


def test_os_exit_in_a_forked_child(rings):
    code = """
        with tracer.trace("parent"):
            for i in range(5):
                if os.fork() == 0:
                    tracer.trace("child").finish()
                    os._exit(0)
            for i in range(5):
                os.wait()
    """
    assert run(code, rings.directory).returncode == 0
    found = rings.spans()
    assert len(found["child"]) == 5
    assert {span["parent_id"] for span in found["child"]} == {found["parent"][0]["span_id"]}


def test_spans_at_interpreter_exit(rings):
    code = """
        import atexit
        atexit.register(lambda: tracer.trace("late").finish())
        class Last:
            def __del__(self, trace=tracer.trace):
                trace("last").finish()
        keep = Last()
        tracer.trace("early").finish()
    """
    assert run(code, rings.directory).returncode == 0
    assert {"early", "late"} <= set(rings.spans())


def test_a_raw_fork_is_seen(tracer, rings):
    """A fork that runs no os.register_at_fork, as uWSGI's."""
    ctypes = pytest.importorskip("ctypes")
    with tracer.trace("parent") as parent:
        pid = ctypes.PyDLL(None).fork()
        if pid == 0:
            try:
                tracer.trace("child").finish()
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(pid, 0)[1] == 0
    found = rings.span("child")
    assert found["pid"] == pid and found["parent_id"] == parent.span_id


@pytest.mark.parametrize("kind", ["legacy", "isolated"])  # isolated: with a lock of its own
def test_another_interpreter_of_the_process_has_the_twin(tracer, rings, kind):
    if sys.version_info >= (3, 13):
        interpreters = pytest.importorskip("_interpreters")
        made = interpreters.create(kind)
    else:
        if kind == "isolated":
            pytest.skip("CPython has such interpreters from 3.13 on")
        interpreters = pytest.importorskip("_xxsubinterpreters")
        made = interpreters.create(isolated=False) if sys.version_info >= (3, 10) else interpreters.create()
    code = f"""
        import sys
        sys.path.insert(0, {PACKAGE!r})
        from ddtrace import _core
        from ddtrace.trace import tracer
        assert not _core.IS_NATIVE
        _core.set_opener(lambda: _core.open_ring({rings.directory!r}, 1 << 20, b"{{}}"))
        tracer.trace("elsewhere").finish()
    """
    failure = interpreters.run_string(made, textwrap.dedent(code))
    assert not failure
    interpreters.destroy(made)
    tracer.trace("here").finish()
    assert set(rings.spans()) == {"elsewhere", "here"}
