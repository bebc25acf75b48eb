"""Where Hoofprint means to differ from ddtrace 4.16, each also a row of docs/compatibility.md."""

import copy


def of(name):
    """The changes that make both sides equal: functions of the chunks, in place."""
    return [change for pattern, change in DIFFERENCES if pattern in ("*", name)]


def apply(changes, chunks):
    chunks = copy.deepcopy(chunks)
    for change in changes:
        chunks = change(chunks)
    return chunks


DIFFERENCES = []
