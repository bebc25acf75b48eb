"""The ``tracecontext`` style: W3C ``traceparent`` and ``tracestate``.

Our member of ``tracestate`` is ``dd=p:<last Datadog span>;s:<priority>;o:<origin>;t.<tag>:<value>``.
"""

from .._context import Context
from ._headers import HEX
from ._headers import log
from ._headers import names
from ._headers import read


TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
LAST_DATADOG_SPAN = "_dd.parent_id"

_TRACEPARENT_NAMES = names(TRACEPARENT)
_TRACESTATE_NAMES = names(TRACESTATE)

_DECISION_MAKER = "_dd.p.dm"
_USER_ID = "_dd.p.usr.id"
_TAG_PREFIX = "_dd.p."

_SAMPLED_FLAG = 1
_RANDOM_FLAG = 2

# Limits of ddtrace 4.16: members and bytes of the header; members longer than this go first.
_MAX_MEMBERS = 32
_MAX_BYTES = 512
_LONG_MEMBER = 128
# W3C's limit of one member, and what "dd=" and "p:<16 digits>;" take of it.
_MAX_DD_MEMBER = 256
_DD_RESERVED = 23


def extract(headers):
    """The context of the headers, or None."""
    traceparent = read(headers, _TRACEPARENT_NAMES)
    if traceparent is None:
        return None
    traceparent = traceparent.strip()
    ids = _parse_traceparent(traceparent)
    if ids is None:
        log().warning("the traceparent %r is malformed, the trace is not continued", traceparent)
        return None
    trace_id, span_id, sampled = ids
    meta = {TRACEPARENT: traceparent}
    priority, origin = sampled, None
    tracestate = read(headers, _TRACESTATE_NAMES)
    if tracestate:
        members = [_mend_otel(m) if m.startswith("ot=") else m for m in _limit(tracestate.split(","))]
        tracestate = ",".join(filter(None, members))
        if tracestate and _is_printable(tracestate):
            meta[TRACESTATE] = tracestate
            try:
                priority, origin = _read_dd_member(members, sampled, meta)
            except ValueError:
                pass  # our member is broken; those of others travel on
    return Context(trace_id=trace_id, span_id=span_id, sampling_priority=priority, dd_origin=origin, meta=meta)


def inject(context, headers):
    meta = context._meta
    headers[TRACEPARENT] = _traceparent(context)
    tracestate = meta.get(TRACESTATE)
    dd = _dd_member(context)
    members = ["dd=" + dd] if dd else []
    if tracestate:
        members = _limit(tracestate.split(",") + members)  # the last one of a name is the one that counts
    if not context._is_remote:
        last = context.span_id
    elif LAST_DATADOG_SPAN in meta:
        last = int(meta[LAST_DATADOG_SPAN], 16)
    else:
        last = None
    if last is not None:
        own = "dd=p:%016x" % last
        if members and members[0].startswith("dd="):
            members[0] = own + ";" + members[0][3:]
        else:
            members.insert(0, own)
    headers[TRACESTATE] = ",".join(members)


def _parse_traceparent(text):
    """(trace id, span id, 1 if sampled else 0), or None."""
    if len(text) < 55 or text[2] != "-" or text[35] != "-" or text[52] != "-":
        return None
    version, trace_id, span_id, flags, more = text[:2], text[3:35], text[36:52], text[53:55], text[55:]
    if (version + trace_id + span_id + flags).strip(HEX) or version == "ff":
        return None
    if more and (version == "00" or more[0] != "-" or len(more) == 1):
        return None
    trace_id, span_id = int(trace_id, 16), int(span_id, 16)
    if not trace_id or not span_id:
        return None
    return trace_id, span_id, int(flags, 16) & _SAMPLED_FLAG


def _read_dd_member(members, sampled, meta):
    """(priority, origin); tags go into ``meta``. ValueError if the member is malformed."""
    if not members or not members[0].startswith("dd="):
        return sampled, None
    fields = {}
    for field in members[0][3:].split(";"):
        key, colon, value = field.partition(":")
        if not colon:
            raise ValueError(field)
        fields[key] = value
    priority = fields.get("s")
    if priority is not None:
        priority = int(priority)
    origin = fields.get("o")
    if origin:
        origin = origin.replace("~", "=")
    for key, value in fields.items():
        if key.startswith("t."):
            meta[_TAG_PREFIX + key[2:]] = value.replace("~", "=")
    if fields.get("p"):
        meta[LAST_DATADOG_SPAN] = fields["p"]
    return _priority(sampled, priority, origin), origin


def _priority(sampled, priority, origin):
    """Ours stands as long as it says the same as the flag; a browser may leave both open."""
    if not priority and origin == "rum":
        return priority
    if sampled:
        return priority if priority and priority > 0 else 1
    return priority if priority and priority < 0 else 0


def _traceparent(context):
    """The upstream's trace id and its word that the id is random are kept; "sampled" is ours."""
    trace_id = "%032x" % context.trace_id
    flags = 0
    upstream = context._meta.get(TRACEPARENT)
    if upstream and len(upstream) >= 55:
        trace_id = upstream[3:35]
        flags = int(upstream[53:55], 16) & _RANDOM_FLAG
    priority = context.sampling_priority
    if priority and priority > 0:
        flags |= _SAMPLED_FLAG
    return "00-%s-%016x-%02x" % (trace_id, context.span_id, flags)


def _dd_member(context):
    """Our member without its name and without the span id; "" for none."""
    fields = []
    meta = context._meta
    priority = context.sampling_priority
    if priority is not None:
        fields.append("s:%d" % priority)
    origin = context.dd_origin
    if origin and origin.isascii():
        fields.append("o:" + _value(origin))
    for key in (_DECISION_MAKER, _USER_ID):
        if meta.get(key):
            fields.append("t.%s:%s" % (key[6:], _value(meta[key])))
    size = _DD_RESERVED + len(";".join(fields))
    for key, value in list(meta.items()):
        if key.startswith(_TAG_PREFIX) and key not in (_DECISION_MAKER, _USER_ID) and isinstance(value, str):
            field = "%s:%s" % (_replace("t." + key[6:], ", ="), _value(value))
            length = len(field) + (1 if fields else 0)
            if size + length <= _MAX_DD_MEMBER:
                fields.append(field)
                size += length
    return ";".join(fields)


def _value(text):
    return _replace(text, ",;~").replace("=", "~")


def _replace(text, characters):
    """``_`` for each of ``characters`` and for each run of others that a header cannot hold."""
    if _is_printable(text):
        for character in characters:
            if character in text:
                break
        else:
            return text
    replaced = []
    in_run = False
    for character in text:
        printable = " " <= character <= "~"
        if not printable:
            if not in_run:
                replaced.append("_")
        else:
            replaced.append("_" if character in characters else character)
        in_run = not printable
    return "".join(replaced)


def _is_printable(text):
    return text.isascii() and text.isprintable()


def _mend_otel(member):
    """OpenTelemetry's member in its canonical form, ``rv`` and ``th`` first if valid; "" if nothing is left."""
    known = {"rv": None, "th": None}
    others = []
    for field in member[3:].split(";"):
        key, _, value = field.partition(":")
        if key in known:
            known[key] = field if _is_otel_number(key, value) else None
        elif field:
            others.append(field)
    fields = [field for field in known.values() if field] + others
    return "ot=" + ";".join(fields) if fields else ""


def _is_otel_number(key, value):
    """The randomness has 14 hexadecimal digits, the rejection threshold up to 14."""
    return value.strip(HEX) == "" and (len(value) == 14 if key == "rv" else 0 < len(value) <= 14)


def _limit(members):
    """The last dd= and ot= first, then the others as far as they fit, long ones left out first."""
    dd = ot = None
    others = []
    for member in members:
        member = member.strip()
        if member.startswith("dd="):
            dd = member
        elif member.startswith("ot="):
            ot = member
        elif member:
            others.append(member)
    kept = [member for member in (dd, ot) if member]
    protected = len(kept)
    excess = len(others) - (_MAX_MEMBERS - protected)
    for member in others:
        if excess > 0 and len(member) > _LONG_MEMBER:
            excess -= 1
        else:
            kept.append(member)
    kept = kept[:_MAX_MEMBERS]
    if sum(map(len, kept)) + len(kept) - 1 <= _MAX_BYTES and all(map(str.isascii, kept)):
        return kept
    return _fit(kept, protected)


def _fit(members, protected):
    """As many members as the limit of bytes allows; the first protected one is always kept."""
    fitting = []
    size = 0
    for index, member in enumerate(members):
        length = len(member.encode("utf-8", "replace")) + (1 if fitting else 0)
        if size + length > _MAX_BYTES and not (index == 0 and protected):
            if index >= protected and len(member) > _LONG_MEMBER:
                continue  # a shorter one may fit
            break
        fitting.append(member)
        size += length
    return fitting
