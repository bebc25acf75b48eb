"""Makes the file of a ring, as internal/ring/FORMAT.md lays it down; the core maps and fills it."""

from __future__ import annotations

import os
import stat
import struct
import sys


TYPE_CHECKING = False  # typing itself costs milliseconds to import
if TYPE_CHECKING:
    pass

MAGIC = b"HOOFRING"
VERSION = 1
HEADER_SIZE = 4096
SLOTS_OFFSET = HEADER_SIZE
SLOT_COUNT = 4096
SLOT_SIZE = 64
STRINGS_OFFSET = SLOTS_OFFSET + SLOT_COUNT * SLOT_SIZE
STRINGS_SIZE = 2 << 20
RING_OFFSET = STRINGS_OFFSET + STRINGS_SIZE
MIN_RING_SIZE = 64 << 10
MAX_DESCRIPTION = HEADER_SIZE - 452

_HEADER = struct.Struct("<8sIIQIIQQQQIIQqII")


def ring_size(wanted: int) -> int:
    """The power of two, from MIN_RING_SIZE to 1 GiB, that holds at least `wanted` bytes."""
    size = MIN_RING_SIZE
    while size < wanted and size < 1 << 30:
        size <<= 1
    return size


def start_time(pid: int) -> int:
    """When a process started, in clock ticks since boot: with its pid, a name that is never given twice."""
    with open(f"/proc/{pid}/stat", "rb") as f:
        # The command in parentheses may hold anything, spaces and parentheses too.
        return int(f.read().rpartition(b")")[2].split()[19])


def ensure_run_dir(run_dir: str) -> None:
    """Makes the run directory, or checks that nobody else can write to it. Raises OSError."""
    try:
        os.mkdir(run_dir, 0o700)
    except FileExistsError:
        pass
    info = os.lstat(run_dir)
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.geteuid() or info.st_mode & 0o022:
        raise PermissionError(f"run directory {run_dir} is not a directory of our own, writable by us alone")


def create(run_dir: str, size: int, description: bytes, writer: int, created_ns: int, attach) -> str:
    """Creates a ring of `size` bytes, calls `attach(fd, size)` on it and publishes it.

    Returns its path. Raises OSError; then no file is left.
    """
    ensure_run_dir(run_dir)
    pid = os.getpid()
    started = start_time(pid)
    temporary = os.path.join(run_dir, f".{pid}-{started}.{os.urandom(4).hex()}.tmp")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(temporary, flags, 0o600)
    try:
        fill(fd, size, description, writer, created_ns, pid, started)
        attach(fd, size)  # refuses a file of another process
        path = os.path.join(run_dir, f"{pid}-{started}.ring")
        again = 0
        while os.path.lexists(path):
            again += 1
            path = os.path.join(run_dir, f"{pid}-{started}-{again}.ring")
        os.rename(temporary, path)
        return path
    except BaseException:
        if os.getpid() == pid:  # else a signal handler has forked, and the file is the parent's
            os.unlink(temporary)
        raise
    finally:
        os.close(fd)


def fill(fd: int, size: int, description: bytes, writer: int, created_ns: int, pid: int, started: int) -> None:
    """Allocates the whole file, so that a full file system is an OSError here and not a SIGBUS
    later, and writes the header, its magic last."""
    os.posix_fallocate(fd, 0, RING_OFFSET + size)
    header = _HEADER.pack(
        b"\0" * 8, VERSION, HEADER_SIZE, SLOTS_OFFSET, SLOT_COUNT, SLOT_SIZE, STRINGS_OFFSET, STRINGS_SIZE,
        RING_OFFSET, size, pid, os.getppid(), started, created_ns, sys.hexversion, writer,
    )  # fmt: skip
    os.pwrite(fd, header, 0)
    os.pwrite(fd, struct.pack("<Q", 4), 264)  # the strings region begins with "", whose length is already there
    os.pwrite(fd, struct.pack("<I", len(description)) + description, 448)
    os.pwrite(fd, MAGIC, 0)


def check(run_dir: str, size: int, description: bytes) -> str | None:
    """What is wrong with the arguments of open_ring, or None."""
    if not os.path.isabs(run_dir):
        return f"run directory {run_dir!r} is not an absolute path"
    if size < MIN_RING_SIZE or size & (size - 1):
        return f"ring size {size} is not a power of two of at least {MIN_RING_SIZE} bytes"
    if len(description) > MAX_DESCRIPTION:
        return f"process description of {len(description)} bytes is longer than {MAX_DESCRIPTION}"
    return None
