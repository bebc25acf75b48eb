"""The way to the collector: the run directory, a hello on its socket, starting it.

See the ring's format, "Collector socket". Uses the interpreter's own ``_socket``:
importing ``socket`` costs milliseconds, and gevent replaces it.
"""

import os

# The collector answers within a millisecond; one that does not answer in this time is gone.
HELLO_TIMEOUT_SECONDS = 0.1


def run_dir():
    """The directory that holds the rings; created 0700 if need be. Raises OSError."""
    path = os.environ.get("HOOFPRINT_RUN_DIR")
    if not path:
        runtime_dir = os.environ.get("XDG_RUNTIME_DIR")
        if runtime_dir and os.path.isdir(runtime_dir):
            path = os.path.join(runtime_dir, "hoofprint")
        else:
            path = "/dev/shm/hoofprint-%d" % os.getuid()
    try:
        os.makedirs(path, 0o700)
    except FileExistsError:
        pass
    status = os.lstat(path)
    if status.st_uid != os.getuid() or status.st_mode & 0o170000 != 0o040000:
        raise PermissionError("%s is not a directory of this user" % path)
    return path


def hello(directory, ring_name):
    """Tell the collector of a new ring. True if it answered."""
    import _socket

    try:
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    except OSError:
        return False
    try:
        connection.settimeout(HELLO_TIMEOUT_SECONDS)
        connection.connect(os.path.join(directory, "collector.sock"))
        connection.send(b"hello " + os.fsencode(ring_name) + b"\n")
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
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    return None


def start(path):
    """Start the collector through a stub that puts it in the background and exits.

    Only the stub is waited for. Its standard streams are /dev/null, so that no pipe
    of the application stays open behind its back. Raises OSError.
    """
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    pid = os.posix_spawn(path, [path, "collect", "--daemon"], os.environ, file_actions=quiet)
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        pass  # the application reaps every child itself
