"""Where Hoofprint means to differ from ddtrace 4.16, each also a row of docs/compatibility.md."""

import copy


def of(name):
    """The changes that make both sides equal: functions of the chunks, which return them."""
    return [change for pattern, change in DIFFERENCES if pattern in ("*", name)]


def apply(changes, chunks):
    chunks = copy.deepcopy(chunks)
    for change in changes:
        chunks = change(chunks)
    return chunks


def _cut_values(chunks):
    """Of a value over 25,000 characters ddtrace keeps 2,500, and we what an agent keeps."""
    for chunk in chunks:
        for span in chunk:
            for key, value in span["meta"].items():
                if value.endswith("<truncated>...") or (value.endswith("...") and len(value) >= 25000):
                    span["meta"][key] = value[:2000] + " and so on"
    return chunks


DIFFERENCES = [
    ("tags.long_values", _cut_values),
]
