"""The normal form of the chunks of a program: what may differ from run to run is named instead of shown."""

import json
import re


# Frames of the tracer's own files are nobody's business; paths differ.
_OWN_FRAME = re.compile(r'  File "[^"]*/ddtrace/[^"]*", line .*\n(?:    .*\n)*')
_PATH = re.compile(r'File "[^"]*/([^/"]+)"')
_GENERATED_TID = re.compile(r"[0-9a-f]{8}0{8}")


def normal(chunks):
    """Chunks in the order of their first starts; in each, spans as they were sent."""
    spans = sorted((span for chunk in chunks for span in chunk), key=lambda span: span["start"])
    ids = {span["span_id"]: "span %d" % number for number, span in enumerate(spans, 1)}
    # A trace of this program has its root here; one that came from elsewhere keeps its id.
    own = {span["trace_id"] for span in spans if not span.get("parent_id")}
    traces = {}
    for span in spans:
        if span["trace_id"] in own:
            traces.setdefault(span["trace_id"], "trace %d" % (len(traces) + 1))
    ordered = sorted(chunks, key=lambda chunk: min(span["start"] for span in chunk))
    return [[_span(span, ids, traces) for span in chunk] for chunk in ordered]


def _span(span, ids, traces):
    meta = {key: _text(key, value, span["trace_id"] in traces) for key, value in (span.get("meta") or {}).items()}
    metrics = {key: repr(float(value)) for key, value in (span.get("metrics") or {}).items()}
    if "process_id" in metrics:
        metrics["process_id"] = "a process id"
    parent = span.get("parent_id") or 0
    made = {
        "service": span.get("service") or "",
        "name": span.get("name") or "",
        "resource": span.get("resource") or "",
        "type": span.get("type") or "",
        "trace": traces.get(span["trace_id"], span["trace_id"]),
        "span": ids[span["span_id"]],
        "parent": ids.get(parent, parent),
        "error": span.get("error") or 0,
        "meta": dict(sorted(meta.items())),
        "metrics": dict(sorted(metrics.items())),
    }
    if span.get("duration", -1) < 0:
        made["duration"] = span.get("duration")
    for key in ("span_links", "span_events", "meta_struct"):
        if span.get(key):
            made[key] = _plain(span[key])
    return made


def _text(key, value, own_trace):
    if key == "runtime-id":
        return "a runtime id of %d digits" % len(value)
    if key == "_dd.p.tid" and own_trace and _GENERATED_TID.fullmatch(value):
        return "generated"
    if key == "error.stack":
        return _stack(value)
    if key == "events":
        return _events(json.loads(value))
    if key == "_dd.span_links":
        return json.loads(value)
    return value


def _events(events):
    for event in events:
        if event["time_unix_nano"] > 1_750_000_000 * 10**9:  # the programs' own are older
            event["time_unix_nano"] = "now"
        attributes = event.get("attributes", {})
        if "exception.stacktrace" in attributes:
            attributes["exception.stacktrace"] = _stack(attributes["exception.stacktrace"])
    return events


def _stack(text):
    text = _OWN_FRAME.sub("", text)
    return _PATH.sub(r'File "\1"', text)


def _plain(value):
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    return value


def compare(ours, theirs):
    """What differs between two normal forms, one line each."""
    lines = []
    if [len(chunk) for chunk in ours] != [len(chunk) for chunk in theirs]:
        lines.append("chunks: %s against %s" % (_names(ours), _names(theirs)))
    ours = {span["span"]: span for chunk in ours for span in chunk}
    theirs = {span["span"]: span for chunk in theirs for span in chunk}
    for ident in sorted(ours.keys() | theirs.keys()):
        if ident not in ours or ident not in theirs:
            lines.append("%s: only %s" % (ident, "ours" if ident in ours else "theirs"))
            continue
        one, other = _flat(ours[ident]), _flat(theirs[ident])
        for key in sorted(one.keys() | other.keys()):
            if one.get(key) != other.get(key):
                lines.append("%s %s: %r against %r" % (ident, key, one.get(key), other.get(key)))
    return lines


def _names(chunks):
    return [[span["name"] for span in chunk] for chunk in chunks]


def _flat(span):
    flat = {}
    for key, value in span.items():
        if key in ("meta", "metrics"):
            flat.update(("%s[%s]" % (key, name), item) for name, item in value.items())
        else:
            flat[key] = value
    return flat
