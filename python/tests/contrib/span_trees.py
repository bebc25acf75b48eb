"""Spans -> comparable trees: ids, times, ports, paths and versions are normalised."""

import json
import re


MARKER = "scenario.marker"

# What the tracer itself puts on the first span of a chunk; tested with the tracer.
OF_THE_PROCESS = (
    "runtime-id",
    "_dd.p.tid",
    "process_id",
    "_dd.agent_psr",
    "_dd.tracer_kr",
    "_dd.tags.process",
    "_dd.tracer_hostname",
    "language",
    "_dd.p.ksr",
    "_dd.top_level",
    "_dd.py.partial_flush",
    "thread.name",
    "thread.id",
    "_dd.p.dm",
    "_sampling_priority_v1",
    "_dd.limit_psr",
    "_dd.rule_psr",
    "_dd.profiling.local_root_span_id",
)


def _text(value):
    value = re.sub(r"(127\.0\.0\.1|localhost|testserver):\d+", r"\1:<port>", value)
    value = re.sub(r"port=\d+", "port=<port>", value)
    value = re.sub(r"0x[0-9a-f]{6,}", "0x<address>", value)
    value = re.sub(r"/tmp/[a-z0-9_]+/", "/tmp/<folder>/", value)
    value = re.sub(r"/tmp/tmp\w+", "/tmp/<folder>", value)
    return re.sub(r"(python-requests|python-httpx|python-urllib3|Werkzeug|werkzeug)/[\d.]+", r"\1/<version>", value)


def _events(text):
    events = json.loads(text)
    for event in events:
        attributes = event.get("attributes", {})
        event["time_unix_nano"] = "<time>"
        if "exception.stacktrace" in attributes:
            attributes["exception.stacktrace"] = "<error.stack>"
    return json.dumps(events, sort_keys=True)


def _meta(meta):
    kept = {}
    for key, value in sorted(meta.items()):
        if key in OF_THE_PROCESS or key == "_dd.span_links":
            continue
        if key.endswith(".version"):
            value = "<version>"
        elif key == "error.stack":
            value = "<error.stack>"
        elif key.startswith("_dd.code_origin.frames.") and key.endswith((".file", ".line")):
            value = "<%s>" % key.rsplit(".", 1)[1]
        elif key == "_dd.parent_id" and value != "0000000000000000":
            value = "<id>"
        elif key == "events":
            value = _events(value)
        kept[key] = _text(value)
    return kept


def _links(span):
    links = span.get("span_links") or span["meta"].get("_dd.span_links") or []
    return json.loads(links) if isinstance(links, (str, bytes)) else links


def _linked(span):
    """What links say beside whom they link; the ids where a scenario gave them."""
    told = []
    for link in _links(span):
        ids = []
        for key in ("trace_id", "span_id"):
            number = int(link[key], 16) if isinstance(link[key], str) else link[key]
            if key == "trace_id":
                number |= link.get("trace_id_high", 0) << 64
            ids.append(number if number < 1 << 67 else "<id>")
        if ids[0] != "<id>":
            # The reference marks flags that are set by the topmost bit.
            flags = link.get("flags")
            told.append([*ids, link.get("attributes"), link.get("tracestate"), flags and flags & 0x7FFFFFFF])
    return told


def _metrics(metrics):
    return {
        key: "<port>" if key.endswith("port") and value > 1024 else value
        for key, value in sorted(metrics.items())
        if key not in OF_THE_PROCESS
    }


def _node(span, children, known):
    parent = span["parent_id"]
    return {
        "name": span["name"],
        "service": _text(span["service"]),
        "resource": _text(span["resource"] or ""),
        "type": span["type"] or "",
        "error": span["error"],
        **({"links": len(_links(span))} if _links(span) else {}),
        **({"linked": _linked(span)} if _linked(span) else {}),
        **({"parent": "remote"} if parent and parent not in known else {}),
        "meta": _meta(span["meta"]),
        "metrics": _metrics(span["metrics"]),
        "children": [_node(child, children, known) for child in children.get(span["span_id"], ())],
    }


def by_scenario(spans):
    """Spans (dicts of name, service, resource, type, error, trace_id, span_id,
    parent_id, start, meta, metrics) -> {scenario: [tree of each trace]}."""
    spans = sorted(spans, key=lambda span: span["start"])
    default = next(span["service"] for span in spans if span["name"] == MARKER)
    for span in spans:  # the inferred service depends on where the tests are
        if span["service"] == default:
            span["service"] = "<default>"
        if span["meta"].get("_dd.base_service") == default:
            span["meta"]["_dd.base_service"] = "<default>"
    traces = {}
    for span in spans:
        traces.setdefault(span["trace_id"], []).append(span)
    result, current = {}, None
    for trace in traces.values():
        if trace[0]["name"] == MARKER:
            current = result.setdefault(trace[0]["resource"], [])
            continue
        known = {span["span_id"] for span in trace}
        children = {}
        for span in trace:
            children.setdefault(span["parent_id"], []).append(span)
        roots = [span for span in trace if span["parent_id"] not in known]
        current.extend(_node(root, children, known) for root in roots)
    result.pop("", None)
    return result
