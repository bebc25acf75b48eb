"""CPU time, resident memory and threads of processes, read from /proc."""

import os


TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """CPU seconds a process and its reaped children have used."""
    with open("/proc/%d/stat" % pid) as stat:
        fields = stat.read().rpartition(")")[2].split()
    return sum(int(fields[i]) for i in (11, 12, 13, 14)) / TICK


def children(pid):
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % entry) as stat:
                parent = int(stat.read().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if parent == pid:
            found.append(int(entry))
            found.extend(children(int(entry)))
    return found


def tree_cpu_seconds(pid):
    return sum(cpu_seconds(p) for p in [pid, *children(pid)])


def status(pid, key):
    with open("/proc/%d/status" % pid) as lines:
        for line in lines:
            if line.startswith(key + ":"):
                return int(line.split()[1])
    raise KeyError(key)


def resident_mb(pid):
    return status(pid, "VmRSS") / 1024


def threads(pid):
    return status(pid, "Threads")
