"""One process and its collector: when a ring is opened, who is told, what is started."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

import pytest
from processes import environment
from processes import output
from processes import python


ONE_SPAN = "from ddtrace.trace import tracer\nwith tracer.trace('one'): pass\n"


class Collector:
    """Answers on the collector's socket and keeps what it is told."""

    def __init__(self, run_dir, answers=True):
        self.lines, self.files = [], []
        self.answers = answers
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(os.path.join(str(run_dir), "collector.sock"))
        self._socket.listen(8)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            if not self.answers:
                self.lines.append("silence")
                self._kept = connection
                continue
            line, fds, _, _ = socket.recv_fds(connection, 200, 1)
            self.lines.append(line.decode())
            self.files += fds
            connection.sendall(b"ok 1\n")
            connection.close()

    def close(self):
        self._socket.close()


@pytest.fixture
def collector(tmp_path):
    made = Collector(tmp_path)
    yield made
    made.close()


@pytest.fixture
def stub(tmp_path):
    """A binary that records how the collector was started, and its standard streams."""
    path = tmp_path / "stub"
    path.write_text(
        '#!/bin/sh\nfor fd in 0 1 2; do s="$s $(readlink /proc/$$/fd/$fd)"; done\n'
        'echo $s >%s/streams\necho "$@" >>%s/called\n' % (tmp_path, tmp_path)
    )
    path.chmod(0o755)
    return str(path)


def rings(run_dir):
    return sorted(path.name for path in run_dir.glob("*.ring"))


def test_the_collector_is_told_of_the_ring(tmp_path, collector, stub):
    output(tmp_path, "-c", "import ddtrace.auto\n" + ONE_SPAN, HOOFPRINT_BIN=stub)
    [ring] = rings(tmp_path)
    assert collector.lines == ["hello %s\n" % ring]
    assert not (tmp_path / "called").exists()


def test_one_is_started_where_none_answers(tmp_path, stub):
    output(tmp_path, "-c", ONE_SPAN + ONE_SPAN, HOOFPRINT_BIN=stub)
    assert (tmp_path / "called").read_text() == "collect --daemon\n"
    assert (tmp_path / "streams").read_text().split() == ["/dev/null"] * 3
    assert len(rings(tmp_path)) == 1


def test_a_silent_collector_does_not_hold_the_process_up(tmp_path, stub):
    silent = Collector(tmp_path, answers=False)
    try:
        output(tmp_path, "-c", ONE_SPAN, HOOFPRINT_BIN=stub)
        assert silent.lines == ["silence"]
        assert (tmp_path / "called").exists()
    finally:
        silent.close()


def test_nothing_is_started_before_the_first_span(tmp_path, stub):
    output(tmp_path, "-c", "import ddtrace.auto\nfrom ddtrace.trace import tracer\n", HOOFPRINT_BIN=stub)
    assert rings(tmp_path) == []
    assert not (tmp_path / "called").exists()


OPEN_THINGS = """
import os, sys, threading
before = len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")), list(sys.meta_path)
import ddtrace.auto
from ddtrace.trace import tracer
with tracer.trace("one") as span:
    with tracer.trace("two") as child:
        assert child.parent_id == span.span_id and child.trace_id == span.trace_id
import sqlite3
after = len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")), list(sys.meta_path)
print(before == after, sqlite3.connect.__module__, tracer.enabled)
"""


def test_off_means_off(tmp_path, stub):
    seen = output(tmp_path, "-c", OPEN_THINGS, HOOFPRINT_BIN=stub, DD_TRACE_ENABLED="false")
    plain = output(tmp_path, "-c", "import sqlite3; print(True, sqlite3.connect.__module__, False)")
    assert seen == plain
    assert [path.name for path in tmp_path.iterdir()] == ["stub"]


def test_tracing_adds_no_thread_and_no_socket(tmp_path):
    program = OPEN_THINGS.replace("print(before == after", "print(before[1] == after[1]") + (
        "print([l for l in map(os.readlink, ('/proc/self/fd/' + f for f in os.listdir('/proc/self/fd') "
        "if os.path.islink('/proc/self/fd/' + f))) if 'socket' in l])\n"
    )
    first, sockets = output(tmp_path, "-c", program).splitlines()
    assert first.startswith("True ") and first.endswith(" True")
    assert sockets == "[]"


def test_a_missing_binary_is_one_line(tmp_path):
    program = (
        "import ddtrace.auto, os\n" + ONE_SPAN + "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        with tracer.trace('child'): pass\n"
        "        os._exit(0)\n"
        "    os.wait()\n"
    )
    done = python(tmp_path, "-c", program, HOOFPRINT_BIN="/nowhere/hoofprint")
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1 and "set HOOFPRINT_BIN" in done.stderr
    assert len(rings(tmp_path)) == 4, "the spans wait in memory all the same"


def test_a_binary_that_does_not_run_is_one_line(tmp_path):
    broken = tmp_path / "broken"
    broken.write_text("neither a program nor a script")
    broken.chmod(0o755)
    done = python(tmp_path, "-c", ONE_SPAN, HOOFPRINT_BIN=str(broken))
    assert done.returncode == 0
    assert done.stderr.count("\n") <= 1


@pytest.mark.parametrize("place", ["/proc/1/no", "/dev/null/x"])
def test_a_run_dir_that_cannot_be_is_one_line(tmp_path, place):
    done = python(tmp_path, "-c", ONE_SPAN + ONE_SPAN, HOOFPRINT_RUN_DIR=place)
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1 and "no spans leave this process" in done.stderr, done.stderr


def test_a_run_dir_of_somebody_else_is_left_alone(tmp_path, collector):
    os.chmod(tmp_path, 0o777)
    done = python(tmp_path, "-c", ONE_SPAN + ONE_SPAN)
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1 and "no spans leave this process" in done.stderr, done.stderr
    assert rings(tmp_path) == [] and collector.lines == []


def test_a_stub_that_hangs_does_not_hold_the_process_up(tmp_path):
    stub = tmp_path / "hanging"
    stub.write_text("#!/bin/sh\nexec sleep 60\n")
    stub.chmod(0o755)
    program = ONE_SPAN + "from ddtrace import _collector\n[pid] = _collector._stubs\nimport os\nos.kill(pid, 9)\n"
    assert python(tmp_path, "-c", program, HOOFPRINT_BIN=str(stub)).returncode == 0  # the stub was still there


def test_a_forked_child_has_a_ring_of_its_own(tmp_path, collector, stub):
    program = ONE_SPAN + (
        "import os\nif os.fork() == 0:\n    with tracer.trace('child') as s: pass\n    os._exit(0)\nos.wait()\n"
    )
    output(tmp_path, "-c", program, HOOFPRINT_BIN=stub)
    assert len(rings(tmp_path)) == 2
    assert sorted(collector.lines) == sorted("hello %s\n" % ring for ring in rings(tmp_path))
    ids = {description(tmp_path / ring)["runtime_id"] for ring in rings(tmp_path)}
    assert len(ids) == 2, "a child is a runtime of its own"


def test_a_full_run_dir_hands_the_ring_over(tmp_path, collector):
    """A run directory that takes no file: the ring is memory, given to the collector."""
    program = (
        "import ddtrace._ringfile as ringfile\n"
        "def full(*args): raise OSError(28, 'No space left on device')\n"
        "ringfile.create = full\n" + ONE_SPAN + "from ddtrace import _core\nprint(_core.ring_stats()['finished'])\n"
    )
    assert output(tmp_path, "-c", program) == "1"
    assert rings(tmp_path) == []
    [line], [fd] = collector.lines, collector.files
    assert line.startswith("memfd ") and line.endswith(".ring\n")
    os.lseek(fd, 0, os.SEEK_SET)
    assert os.read(fd, 8) == b"HOOFRING"
    os.close(fd)


def test_a_full_run_dir_without_a_collector_is_one_line(tmp_path):
    program = (
        "import ddtrace._ringfile as ringfile\n"
        "def full(*args): raise OSError(28, 'No space left on device')\n"
        "ringfile.create = full\n" + ONE_SPAN + ONE_SPAN + "from ddtrace import _core\n"
        "assert _core.ring_stats()['failures'] == 1, 'it was tried again'\n"
    )
    done = python(tmp_path, "-c", program)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == 1 and "no room and no collector" in done.stderr


def test_an_application_that_reaps_its_children_is_fine(tmp_path, stub):
    program = (
        "import os, signal\n"
        "def reap(*_):\n"
        "    try:\n"
        "        while os.waitpid(-1, os.WNOHANG)[0]: pass\n"
        "    except ChildProcessError: pass\n"
        "signal.signal(signal.SIGCHLD, reap)\n" + ONE_SPAN + "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "from ddtrace import _core\n_core.close_ring()\n" + ONE_SPAN + "print('fine')"
    )
    assert output(tmp_path, "-c", program, HOOFPRINT_BIN=stub) == "fine"
    assert (tmp_path / "called").read_text() == "collect --daemon\n" * 2


def test_a_stub_that_leaves_a_daemon_behind_does_not_hold_pipes(tmp_path):
    stub = tmp_path / "daemon"
    stub.write_text("#!/bin/sh\nsleep 30 &\necho $! >%s/pid\n" % tmp_path)
    stub.chmod(0o755)
    began = time.monotonic()
    try:
        output(tmp_path, "-c", ONE_SPAN, HOOFPRINT_BIN=str(stub))
        assert time.monotonic() - began < 25, "the pipe of the daemon was waited for"
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def description(path):
    with open(path, "rb") as ring:
        ring.seek(448)
        length = int.from_bytes(ring.read(4), "little")
        return json.loads(ring.read(length))


def test_the_header_describes_the_process(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(ONE_SPAN)
    output(
        *(tmp_path, program, "--flag", "é"),
        DD_SERVICE='we"b',
        DD_ENV="prod",
        DD_VERSION="1.2",
        DD_AGENT_HOST="::1",
        DD_TRACE_API_VERSION="v0.4",
        DD_TRACE_REPORT_HOSTNAME="true",
        DD_HOSTNAME="box",
    )
    [ring] = rings(tmp_path)
    told = description(tmp_path / ring)
    assert len(bytes.fromhex(told.pop("runtime_id"))) == 16
    told.pop("container_id")
    assert told.pop("settings")["DD_AGENT_HOST"] == "::1"
    assert told.pop("root_tags")["_dd.tags.process"].startswith("entrypoint.basedir:")
    assert told == {
        "service": 'we"b',
        "env": "prod",
        "version": "1.2",
        "lang_version": sys.version.split()[0],
        "interpreter": "CPython",
        "tracer_version": "4.16.0",
        "hostname": "box",
        "agent_url": "http://[::1]:8126",
        "api_version": "v0.4",
        "command": "%s --flag é" % program,
        "pid_namespace": str(os.stat("/proc/self/ns/pid").st_ino),
    }
    assert stat.S_IMODE((tmp_path / ring).stat().st_mode) == 0o600


def test_a_long_description_fits(tmp_path):
    long = "\N{SNOWMAN}" * 5000
    output(
        tmp_path,
        "-c",
        ONE_SPAN,
        long,
        DD_SERVICE=long,
        DD_ENV=long,
        DD_VERSION=long,
        DD_TRACE_AGENT_URL="http://" + long,
    )
    [ring] = rings(tmp_path)
    told = description(tmp_path / ring)
    assert told["service"] == long[:100]
    assert (tmp_path / ring).read_bytes()[:8] == b"HOOFRING"


def test_the_ring_size_is_a_setting(tmp_path):
    done = python(tmp_path, "-c", ONE_SPAN, DD_TRACE_RING_SIZE="100000")
    assert done.stderr == "DD_TRACE_RING_SIZE=100000 is no size of a ring: the power of two 131072 is used\n"
    [ring] = rings(tmp_path)
    assert (tmp_path / ring).stat().st_size == 2363392 + 131072
    done = python(tmp_path, "-c", ONE_SPAN, DD_TRACE_RING_SIZE="big")
    assert done.stderr.count("\n") == 1 and "DD_TRACE_RING_SIZE='big' is not a whole number" in done.stderr


def test_a_killed_process_leaves_its_spans(tmp_path):
    program = ONE_SPAN * 3 + "import os\nos.kill(os.getpid(), 9)\n"
    done = subprocess.run([sys.executable, "-c", program], env=environment(tmp_path), timeout=60)
    assert done.returncode == -9
    [ring] = rings(tmp_path)
    with open(tmp_path / ring, "rb") as file:
        file.seek(280)
        assert int.from_bytes(file.read(8), "little") == 3


def test_debug_says_what_happens(tmp_path, stub):
    done = python(tmp_path, "-c", ONE_SPAN, HOOFPRINT_BIN=stub, DD_TRACE_DEBUG="true", DD_SERVICE="web")
    [ring] = rings(tmp_path)
    assert done.returncode == 0
    assert ring in done.stderr and '"service": "web"' in done.stderr
    assert "starting %s" % stub in done.stderr
