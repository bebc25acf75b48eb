"""The way to the collector: the run directory, a hello on its socket, starting it.

See the ring's format, "Collector socket". Uses the interpreter's own ``_socket``:
importing ``socket`` costs milliseconds, and gevent replaces it.
"""

import os
import time


# The collector answers within a millisecond; one that does not answer in this time is gone.
HELLO_TIMEOUT_SECONDS = 0.1
# How long the one process waits whose ring only a running collector can take over.
PATIENCE_SECONDS = 0.2
# How long the end of a container's process may wait for its last spans to be delivered.
FLUSH_TIMEOUT_SECONDS = 5
# The stub that starts the collector is gone in a fifth of this time; one that hangs is left behind.
STUB_TIMEOUT_SECONDS = 0.1

_stubs = []  # process ids of stubs that were left behind, reaped at the next occasion

_SOCKET = "collector.sock"
_INITIAL_PID_NAMESPACE = 4026531836  # the kernel's number of the one that has every process


def run_dir():
    """The directory that holds the rings, created with its parents. Raises OSError.

    Who may write to it is checked where a ring is made in it.
    """
    path = _run_dir_path()
    parent = os.path.dirname(path)
    if not os.path.isdir(parent):
        os.makedirs(parent, 0o700)
    return path


def _run_dir_path():
    path = os.environ.get("HOOFPRINT_RUN_DIR")
    if path:
        return os.path.abspath(path)
    runtime_dir = os.environ.get("XDG_RUNTIME_DIR")
    if runtime_dir and os.path.isdir(runtime_dir):
        return os.path.join(runtime_dir, "hoofprint")
    path = "/dev/shm/hoofprint-%d" % os.geteuid()
    # Containers of a pod share /dev/shm and cannot see each other's processes.
    return "%s-%d" % (path, pid_namespace()) if in_container() else path


def pid_namespace():
    """The number of the namespace that gives this process its pid, 0 where the kernel does not tell."""
    try:
        return os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return 0


def has_socket():
    """Whether a collector has ever been here; cheap, and no proof that it still is."""
    return os.path.exists(os.path.join(_run_dir_path(), _SOCKET))


def hello(directory, ring_name):
    """Tell the collector of a new ring. True if it answered."""
    return _say(directory, b"hello " + os.fsencode(ring_name) + b"\n", None)


def hand_over(directory, name, fd, patient=False):
    """Give the collector a ring that is no file. True if it took it.

    Patient: it is being started, and without it the ring is lost.
    """
    until = time.monotonic() + (PATIENCE_SECONDS if patient else 0)
    while True:
        if _say(directory, b"memfd " + os.fsencode(name) + b"\n", fd):
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(0.01)


def flush(directory, name, is_delivered):
    """Have everything of a ring delivered now, and wait for it, if a collector is there; bounded."""
    until = time.monotonic() + FLUSH_TIMEOUT_SECONDS
    line = b"flush " + os.fsencode(name) + b"\n"
    if is_delivered() or not _say(directory, line, None, FLUSH_TIMEOUT_SECONDS):
        return
    while not is_delivered() and time.monotonic() < until:
        time.sleep(0.002)


def in_container():
    """Whether processes, such as the collector, end when the first one of this pid namespace does."""
    return pid_namespace() not in (0, _INITIAL_PID_NAMESPACE)


def _say(directory, line, fd, timeout=HELLO_TIMEOUT_SECONDS):
    import _socket

    try:
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    except OSError:
        return False
    try:
        connection.settimeout(timeout)
        connection.connect(os.path.join(directory, _SOCKET))
        if fd is None:
            connection.send(line)
        else:
            rights = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, fd.to_bytes(4, "little"))
            connection.sendmsg([line], [rights])
        return connection.recv(64).startswith(b"ok ")
    except OSError:
        return False
    finally:
        connection.close()


def binary():
    """The ``hoofprint`` binary, or None if there is none."""
    configured = os.environ.get("HOOFPRINT_BIN")
    if configured:
        return configured if os.access(configured, os.X_OK) else None
    package = os.path.dirname(os.path.abspath(__file__))
    candidates = [
        os.path.join(package, "bin", "hoofprint"),
        os.path.join(os.path.dirname(os.path.dirname(package)), "bin", "hoofprint"),
    ]
    candidates += [os.path.join(entry, "hoofprint") for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    for path in candidates:
        if os.access(path, os.X_OK) and os.path.isfile(path) and not _is_script(path):
            return path
    return None


def _is_script(path):
    """The commands that the wheel installs are scripts that ask for the binary themselves."""
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return True


def become(arguments, command):
    """Replace this process by the binary. Returns an exit status only if that fails.

    ``arguments``: with the name to be called by. ``command``: the path of the script that was run.
    """
    import sys

    path = binary()
    if path is None:
        why = "set HOOFPRINT_BIN to the path of a binary that can be executed"
        if not os.environ.get("HOOFPRINT_BIN"):
            why = "this installation came without one; install a wheel, or set HOOFPRINT_BIN to its path"
        sys.stderr.write("%s: there is no hoofprint binary to run: %s\n" % (os.path.basename(arguments[0]), why))
        return 1
    package = os.path.dirname(os.path.abspath(__file__))
    if not path.startswith(os.path.dirname(os.path.dirname(package)) + os.sep):
        # A binary from elsewhere cannot know which package belongs to the script.
        os.environ.setdefault("HOOFPRINT_PYTHON", os.path.dirname(package))
    os.environ["HOOFPRINT_COMMAND"] = command
    try:
        os.execv(path, arguments)
    except OSError as error:
        sys.stderr.write("%s: cannot run %s: %s\n" % (os.path.basename(arguments[0]), path, error))
    return 1


def start(path):
    """Start the collector through a stub that puts it in the background and exits.

    Only the stub is waited for, and not for long. Its standard streams are /dev/null, so that no pipe
    of the application stays open behind its back. Raises OSError, also when the stub says that it failed.
    """
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    mine = os.posix_spawn(path, [path, "collect", "--daemon"], os.environ, file_actions=quiet)
    _stubs.append(mine)
    until = time.monotonic() + STUB_TIMEOUT_SECONDS
    while True:
        for pid in list(_stubs):
            status = _status(pid)
            if status is None:
                continue
            _stubs.remove(pid)
            if pid == mine and status != 0:
                raise ChildProcessError("it ended at once; run `%s collect` to see why" % path)
        if not _stubs or time.monotonic() >= until:
            return
        time.sleep(0.001)


def _status(pid):
    """How a stub ended, None while it runs."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
        return status if ended else None
    except ChildProcessError:
        return 0  # the application reaps every child itself, or this is a fork of the stub's parent
