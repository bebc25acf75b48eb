"""Small, missing, foreign and forbidden places: the application works, and its spans arrive or one line says why.

Needs root, for namespaces and mounts of its own.
"""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile

import pytest
from product import DDTRACE_RUN
from product import ROOT
from product import wait_for


pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

SPANS = "from ddtrace.trace import tracer\nfor i in range(5):\n    tracer.trace('work').finish()\nprint('done')\n"
# The tester's interpreter may lie where other users cannot go.
SYSTEM_PYTHON = "/usr/bin/python3"

OTHER_USER = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
MOUNTS = ["unshare", "--mount", "--propagation", "private"]


def possible(*command):
    return shutil.which(command[0]) and subprocess.run([*command, "true"], capture_output=True).returncode == 0


needs_mounts = pytest.mark.skipif(not possible(*MOUNTS), reason="no mount namespaces here")
needs_user = pytest.mark.skipif(not possible(*OTHER_USER), reason="setpriv is missing")


def shell(text):
    """A command that runs shell text and then becomes the rest of its arguments."""
    return ["sh", "-e", "-c", text + '\nexec "$@"', "sh"]


@pytest.fixture
def apart(host, tmp_path):
    """A run directory whose collector is a daemon that the program's launcher starts."""
    run_dir = tmp_path / "run"

    def run(source, *arguments, **more):
        more.setdefault("HOOFPRINT_RUN_DIR", str(run_dir))
        more.setdefault("XDG_STATE_HOME", str(tmp_path / "state"))
        return host.run(source, *arguments, **more)

    run.run_dir, run.path = run_dir, tmp_path
    yield run
    subprocess.run(["pkill", "-f", "--", "--run-dir=%s" % run_dir], check=False)


def assert_done(ran):
    assert (ran.returncode, ran.stdout) == (0, "done\n"), ran.stderr


def assert_one_line(ran, *words):
    """It says in one line of its own why there are no spans."""
    lines = [line for line in ran.stderr.splitlines() if line]
    assert len(lines) == 1, ran.stderr
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize("umask", ["000", "077", "777"])
def test_umasks(apart, umask):
    ran = apart(SPANS, before=shell("umask " + umask))
    assert_done(ran)
    assert ran.stderr == "" and ran.names(5) == ["work"] * 5
    for directory, _, files in os.walk(apart.path):
        for entry in [directory, *(os.path.join(directory, name) for name in files)]:
            if not str(entry) == str(apart.path):
                assert stat.S_IMODE(os.lstat(entry).st_mode) & 0o077 == 0, entry


@needs_user
@pytest.mark.skipif(not os.path.exists(SYSTEM_PYTHON), reason="no Python that other users can run")
def test_a_user_without_a_home(host):
    """No HOME, no entry in the password file, and the default run directory."""
    ran = host.run(
        SPANS, before=["env", "--chdir=/", *OTHER_USER], python=SYSTEM_PYTHON,
        environment=["HOOFPRINT_RUN_DIR", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "HOME"],
    )  # fmt: skip
    try:
        assert_done(ran)
        assert ran.stderr == "" and ran.names(5) == ["work"] * 5
    finally:
        subprocess.run(["pkill", "-u", "54321", "hoofprint"], check=False)
        for directory in ("/dev/shm/hoofprint-54321", "/tmp/hoofprint-54321"):
            shutil.rmtree(directory, ignore_errors=True)


@needs_user
@pytest.mark.skipif(not os.path.exists(SYSTEM_PYTHON), reason="no Python that other users can run")
def test_a_run_directory_of_another_user(host):
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        ran = host.run(
            SPANS, before=["env", "--chdir=/", *OTHER_USER], python=SYSTEM_PYTHON, launcher=(),
            HOOFPRINT_RUN_DIR=directory, PYTHONPATH=str(ROOT / "python"),
        )  # fmt: skip
    assert_done(ran)
    assert_one_line(ran, "no spans leave this process", directory)


READ_ONLY = """
mount -t tmpfs none /mnt
mount --bind / /
mount -o remount,ro,bind /
"""


@needs_mounts
@pytest.mark.parametrize("shared_memory", ["writable", "read-only"])
def test_a_read_only_file_system(host, shared_memory):
    """Nothing but /dev/shm can be written to: spans arrive, without a spool. Not even that: one line."""
    text = READ_ONLY + "mount -t tmpfs -o size=64m%s none /dev/shm\n" % (",ro" if shared_memory != "writable" else "")
    text += "mount -o remount,ro /tmp 2>/dev/null || mount --bind -o ro /tmp /tmp\nmount -o remount,ro,bind /tmp\n"
    ran = host.run(
        SPANS, before=[*MOUNTS, *shell(text)], HOME="/root/missing",
        environment=["HOOFPRINT_RUN_DIR", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"],
    )  # fmt: skip
    assert_done(ran)
    if shared_memory == "writable":
        assert ran.stderr == "" and ran.names(5) == ["work"] * 5
    else:
        assert "no spans leave this process" in ran.stderr


SEVERAL = """
import os
from ddtrace.trace import tracer
with tracer.trace('parent'):
    ready, go = os.pipe()
    children = []
    for i in range(8):
        pid = os.fork()
        if pid == 0:
            os.close(go)
            with tracer.trace('child'):
                os.read(ready, 1)  # all are there at once
            os._exit(0)
        children.append(pid)
    os.close(go)
    for pid in children:
        assert os.waitpid(pid, 0)[1] == 0
print('done')
"""


@needs_mounts
def test_a_container_with_64_mib_of_shared_memory(host):
    """Three rings fit; the others are memory that only their process and the collector have."""
    text = "mount -t tmpfs -o size=64m none /dev/shm"
    ran = host.run(
        SEVERAL, before=[*MOUNTS, *shell(text)],
        environment=["HOOFPRINT_RUN_DIR", "XDG_RUNTIME_DIR"],
    )  # fmt: skip
    assert_done(ran)
    assert ran.stderr == "" and ran.names(9) == ["child"] * 8 + ["parent"]


@needs_mounts
@pytest.mark.parametrize("room", ["none", "for the collector alone"])
def test_shared_memory_that_is_full(host, room):
    text = "mount -t tmpfs -o size=2m none /dev/shm\n"
    if room == "none":
        text += "cat /dev/zero >/dev/shm/full 2>/dev/null || true"
    ran = host.run(
        SPANS, before=[*MOUNTS, *shell(text)],
        environment=["HOOFPRINT_RUN_DIR", "XDG_RUNTIME_DIR"],
    )  # fmt: skip
    assert_done(ran)
    assert ran.stderr == "" and ran.names(5) == ["work"] * 5


@needs_mounts
def test_no_shared_memory_at_all(host):
    text = "mount -t tmpfs none /mnt\n"
    text += "for d in null zero urandom random; do touch /mnt/$d; mount --bind /dev/$d /mnt/$d; done\n"
    text += "mount -o remount,ro /mnt\nmount --rbind /mnt /dev\n"
    ran = host.run(
        SPANS, before=[*MOUNTS, *shell(text)], launcher=(), PYTHONPATH=str(ROOT / "python"),
        environment=["HOOFPRINT_RUN_DIR", "XDG_RUNTIME_DIR"],
    )  # fmt: skip
    assert_done(ran)
    assert_one_line(ran, "no spans leave this process", "/dev/shm")


@pytest.mark.skipif(not possible("unshare", "--user"), reason="no user namespaces here")
@pytest.mark.parametrize("mapped", [True, False])
def test_user_namespaces(apart, mapped):
    ran = apart(SPANS, before=["unshare", "--user", *(["--map-root-user"] if mapped else [])])
    assert_done(ran)
    assert ran.stderr == "" and ran.names(5) == ["work"] * 5


CONTAINER = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
needs_pids = pytest.mark.skipif(not possible(*CONTAINER), reason="no pid namespaces here")

# Traces, waits to be told, and traces again.
PATIENT = """
import os, sys, time
from ddtrace.trace import tracer
for i in range(5):
    tracer.trace('work').finish()
open(sys.argv[1], 'w').close()
while not os.path.exists(sys.argv[2]):
    time.sleep(0.01)
for i in range(5):
    tracer.trace('later').finish()
print('done')
"""


class Container:
    """A patient program in a pid namespace."""

    def __init__(self, host, scratch, name, **env):
        self.host, self.service = host, "container-" + name
        self.began, self.go = scratch / (name + ".began"), scratch / (name + ".go")
        everything = host.product.environment(DD_SERVICE=self.service, **env)
        if "HOOFPRINT_RUN_DIR" not in env:
            del everything["HOOFPRINT_RUN_DIR"]
            everything.pop("XDG_RUNTIME_DIR", None)
        program = [DDTRACE_RUN, sys.executable, host.program(PATIENT), self.began, self.go]
        # The program is the namespace's first process: its end kills all others, the collector too.
        self.process = subprocess.Popen(
            [*CONTAINER, *map(str, program)],
            env=everything, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def wait_until_traced(self):
        wait_for(self.began.exists, "the program traces")
        wait_for(lambda: self.count("work") == 5, "the first spans of " + self.service)

    def count(self, name):
        return self.host.product.spans("name:%s service:%s" % (name, self.service))["total"]

    def finish(self):
        self.go.touch()
        output = self.process.communicate(timeout=60)
        wait_for(lambda: self.count("later") == 5, "the last spans of %s: %s" % (self.service, output))
        assert self.process.returncode == 0 and output == ("done\n", "")


@pytest.fixture
def container(host, tmp_path):
    made = []

    def make(name, **env):
        made.append(Container(host, tmp_path, name, **env))
        return made[-1]

    yield make
    for each in made:
        if each.process.poll() is None:
            each.process.kill()  # and unshare sees to the rest
            each.process.communicate()


@needs_pids
def test_containers_of_a_pod(container):
    """One /dev/shm, and processes that cannot see each other: each has a collector of its own."""
    first, second = container("first"), container("second")
    for each in (first, second):
        each.wait_until_traced()
    first.finish()
    second.finish()


@needs_pids
@pytest.mark.parametrize("kind", ["short", "full shared memory", "agent away"])
def test_a_container_that_ends_at_once(host, kind):
    """The collector is killed with the container; a program that exits waits for its last spans before."""
    more = {"DD_TRACE_AGENT_URL": "http://127.0.0.1:9"} if kind == "agent away" else {}
    mount = "mount -t tmpfs -o size=%s none /dev/shm" % ("2m" if kind == "full shared memory" else "64m")
    for _ in range(5):
        ran = host.run(
            SPANS, before=[*CONTAINER, *shell(mount)], environment=["HOOFPRINT_RUN_DIR", "XDG_RUNTIME_DIR"], **more
        )
        assert_done(ran)
        assert ran.stderr == ""
        if kind != "agent away":
            assert ran.names(5) == ["work"] * 5


@needs_pids
def test_a_container_that_is_told_to_end(host):
    """SIGTERM to a program below the container's first process, which ends with it."""
    source = "import os, signal, time\n" + SPANS + "os.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(60)\n"
    first = ["sh", "-c", 'mount -t tmpfs none /dev/shm; "$@"; exit $?', "sh"]
    for _ in range(3):
        ran = host.run(source, before=[*CONTAINER, *first], environment=["HOOFPRINT_RUN_DIR", "XDG_RUNTIME_DIR"])
        assert ran.returncode == 128 + signal.SIGTERM
        assert ran.names(5) == ["work"] * 5


@needs_pids
def test_a_collector_sees_into_a_container(host, container):
    """One run directory for all, and the collector on the host: it knows when a program of a container ends."""
    below = container("below", HOOFPRINT_RUN_DIR=str(host.product.run_dir))
    below.wait_until_traced()
    below.finish()
    wait_for(lambda: not list(host.product.run_dir.glob("*.ring")), "the ring is gone with its program")


@needs_pids
def test_a_collector_that_cannot_see_into_a_container_keeps_its_ring(container, tmp_path):
    """Two containers with one run directory by a setting: the collector of one serves both."""
    run_dir = str(tmp_path / "run")
    first = container("keeper", HOOFPRINT_RUN_DIR=run_dir)
    first.wait_until_traced()
    second = container("neighbour", HOOFPRINT_RUN_DIR=run_dir)
    second.wait_until_traced()
    second.finish()
    first.finish()


@pytest.mark.parametrize("limit", ["-n 16", "-n 24", "-f 0", "-l 0", "-c 0", "-u 4000"])
def test_limits(apart, limit):
    """Few descriptors, no file beyond a size."""
    ran = apart(SPANS, before=["bash", "-e", "-c", 'ulimit %s; exec "$@"' % limit, "sh"])
    assert_done(ran)
    if limit == "-f 0":
        assert_one_line(ran, "no spans leave this process")
    else:
        assert ran.stderr == "" and ran.names(5) == ["work"] * 5


def test_a_program_that_has_used_up_its_descriptors(apart):
    source = """
import os, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
import ddtrace.trace
held = []
try:
    while True:
        held.append(os.open('/dev/null', os.O_RDONLY))
except OSError:
    pass
from ddtrace.trace import tracer
tracer.trace('x').finish()
print('done')
"""
    ran = apart(source)
    assert_done(ran)
    assert_one_line(ran, "no spans leave this process", "Too many open files")


def test_a_limit_of_address_space(apart):
    """The collector needs more than that; the program says so and goes on."""
    ran = apart(
        SPANS, before=["bash", "-c", 'ulimit -v 300000; exec "$@"', "sh"], launcher=(),
        PYTHONPATH=str(ROOT / "python"), HOOFPRINT_BIN=str(ROOT / "bin/hoofprint"),
    )  # fmt: skip
    assert_done(ran)
    assert_one_line(ran, "traces wait in memory")


def test_a_home_and_a_working_directory_that_are_gone(apart):
    text = "mkdir /tmp/gone.$$; cd /tmp/gone.$$; rmdir /tmp/gone.$$"
    ran = apart(SPANS, before=shell(text), HOME="/nonexistent/home")
    assert_done(ran)
    assert ran.stderr == "" and ran.names(5) == ["work"] * 5


def test_a_run_directory_that_cannot_be_made(host):
    ran = host.run(SPANS, launcher=(), PYTHONPATH=str(ROOT / "python"), HOOFPRINT_RUN_DIR="/proc/no/such")
    assert_done(ran)
    assert_one_line(ran, "no spans leave this process", "/proc/no")
    ran = host.run(SPANS, HOOFPRINT_RUN_DIR="/proc/no/such")
    assert_done(ran)
    assert len(ran.stderr.splitlines()) <= 2  # the launcher, and the program


def test_a_run_directory_that_is_removed(apart):
    """By a cleaner of temporary files, say: processes that start later make it anew."""
    ran = apart(SPANS)
    assert ran.names(5) == ["work"] * 5
    shutil.rmtree(apart.run_dir)
    again = apart(SPANS)
    assert_done(again)
    assert again.stderr == "" and again.names(5) == ["work"] * 5


FORBIDDEN = """
import ctypes, struct, sys
# A seccomp filter: these system calls are answered with EPERM, as a container's profile may have it.
def step(code, jt, jf, k):
    return struct.pack('HBBI', code, jt, jf, k)
calls = [int(number) for number in sys.argv[1:]]
program = step(0x20, 0, 0, 0)
for n, number in enumerate(calls):
    program += step(0x15, len(calls) - n, 0, number)
program += step(0x06, 0, 0, 0x7FFF0000) + step(0x06, 0, 0, 0x00050001)
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(program)
fprog = ctypes.create_string_buffer(struct.pack('HxxxxxxP', len(program) // 8, ctypes.addressof(buffer)))
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, fprog) == 0
"""
SYSTEM_CALLS = {"memfd_create": 319, "fallocate": 285, "pidfd_open": 434, "futex_waitv": 449, "madvise": 28}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of system calls are those of x86-64")
@pytest.mark.parametrize("forbidden", ["fallocate memfd_create", "memfd_create", "pidfd_open", "madvise"])
def test_system_calls_that_are_forbidden(apart, forbidden):
    """The collector that the program starts lives under the same filter."""
    numbers = [SYSTEM_CALLS[name] for name in forbidden.split()]
    ran = apart(
        FORBIDDEN + SPANS, *numbers, launcher=(),
        PYTHONPATH=str(ROOT / "python"), HOOFPRINT_BIN=str(ROOT / "bin/hoofprint"),
    )  # fmt: skip
    assert_done(ran)
    arrive = ["memfd_create", "pidfd_open"] + ["madvise"] * bool(os.environ.get("HOOFPRINT_PURE"))
    if forbidden in arrive:
        assert ran.stderr == "" and ran.names(5) == ["work"] * 5
    else:
        assert_one_line(ran, "no spans leave this process")


def test_a_clock_that_is_set_back(host):
    """While a span is open: it takes no time then, and is not lost."""
    source = """
import time
from ddtrace.trace import tracer
span = tracer.trace('open')
span.finish(time.time() - 3600)
print('done')
"""
    ran = host.run(source)
    assert_done(ran)
    (span,) = ran.spans(1)
    assert span["duration"] == 0
