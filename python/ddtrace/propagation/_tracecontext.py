"""The ``tracecontext`` style: W3C ``traceparent`` and ``tracestate``.

Our member of ``tracestate`` is ``dd=p:<last Datadog span>;s:<priority>;o:<origin>;t.<tag>:<value>``.
"""

from .._context import Context
from ._headers import HEX
from ._headers import KNUTH_FACTOR
from ._headers import MAX_64
from ._headers import log
from ._headers import names
from ._headers import read
from ._headers import warn


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

# W3C's limits of a list, of a key of one part or two, and of a value.
_MAX_MEMBERS = 32
_MAX_KEY = 256
_MAX_TENANT = 241
_MAX_SYSTEM = 14
_MAX_VALUE = 256
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_KEY_CHARACTERS = _LOWER + _DIGITS + "_-*/"
# What is carried on, and the members that are left out first; ours and OpenTelemetry's are the last.
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
        warn("the traceparent %r is malformed, the trace is not continued", traceparent)
        return None
    trace_id, span_id, sampled = ids
    meta = {TRACEPARENT: traceparent}
    priority, origin = sampled, None
    tracestate = read(headers, _TRACESTATE_NAMES)
    if tracestate:
        members = _parse_tracestate(tracestate)
        if members is None:
            log().debug("the tracestate %r is malformed, the trace is continued without it", tracestate)
        elif members:
            meta[TRACESTATE] = ",".join(members)
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
    if tracestate and _is_printable(tracestate):
        members = _limit(tracestate.split(",") + members)  # the last one of a name is the one that counts
    last = _last_datadog_span(context)
    if last:
        if members and members[0].startswith("dd="):
            members[0] = "dd=p:%s;%s" % (last, members[0][3:])
        else:
            members.insert(0, "dd=p:" + last)
    if members:
        headers[TRACESTATE] = ",".join(members)


def add_decision(context, rate):
    """Tell OpenTelemetry's samplers what a rate has decided here: its threshold, and the number it was held to."""
    tracestate = context._meta.get(TRACESTATE)
    otel, others = "", []
    for member in tracestate.split(",") if tracestate else ():
        if member.strip().startswith("ot="):
            otel = member.strip()[3:]
        else:
            others.append(member)
    if any(field[:3] in ("rv:", "th:") for field in otel.split(";")):
        return  # somebody has decided by these already
    threshold = _threshold(rate)
    if threshold:
        own = "ot=rv:%014x;th:%s" % (_randomness(context.trace_id), threshold)
        context._meta[TRACESTATE] = ",".join([own + ";" + otel if otel else own] + others)


def _threshold(rate):
    """The share that a rate rejects, in 56 bits without zeros at the end; "" if it is everything."""
    rejected = int((1.0 - rate) * (1 << 56))
    if rejected >= 1 << 56:
        return ""
    return ("%014x" % rejected).rstrip("0") or "0"


def _randomness(trace_id):
    """Datadog's hash of the trace id, the other way round: OpenTelemetry keeps what is large."""
    return (MAX_64 - trace_id * KNUTH_FACTOR % (MAX_64 + 1)) >> 8


def _last_datadog_span(context):
    """As 16 digits; None if there was none."""
    if not context._is_remote:
        return "%016x" % context.span_id
    try:
        return "%016x" % int(context._meta[LAST_DATADOG_SPAN], 16)
    except (KeyError, TypeError, ValueError):
        return None


def _parse_traceparent(text):
    """(trace id, span id, 1 if sampled else 0), or None."""
    if len(text) < 55 or text[2] != "-" or text[35] != "-" or text[52] != "-":
        return None
    version, trace_id, span_id, flags, more = text[:2], text[3:35], text[36:52], text[53:55], text[55:]
    if (version + trace_id + span_id + flags).strip(HEX) or version == "ff":
        return None
    if more and (version == "00" or more[0] != "-"):
        return None
    trace_id, span_id = int(trace_id, 16), int(span_id, 16)
    if not trace_id or not span_id:
        return None
    return trace_id, span_id, int(flags, 16) & _SAMPLED_FLAG


def _parse_tracestate(text):
    """The members, ours first and the others as they came; None if one is not as W3C has it, or there are too many."""
    members = [member for member in (part.strip(" \t") for part in text.split(",")) if member]
    if len(members) > _MAX_MEMBERS or not all(map(_is_member, members)):
        return None
    for index, member in enumerate(members):
        if member.startswith("ot="):
            mended = _mend_otel(member)
            if mended != member:  # what is changed goes to the front
                del members[index]
                if mended:
                    members.insert(0, mended)
    return _limit(members)


def _is_member(text):
    key, equals, value = text.partition("=")
    if not equals or not value or len(value) > _MAX_VALUE or "=" in value or not _is_printable(value):
        return False
    tenant, at, system = key.partition("@")
    if not tenant or tenant.strip(_KEY_CHARACTERS) or tenant[0] not in _LOWER + _DIGITS:
        return False
    if not at:
        return len(key) <= _MAX_KEY
    return (
        len(tenant) <= _MAX_TENANT
        and 0 < len(system) <= _MAX_SYSTEM
        and not system.strip(_KEY_CHARACTERS)
        and system[0] in _LOWER
    )


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
    if upstream and _parse_traceparent(upstream) is not None:
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
    """Ours first, the others in their order as far as they fit; long ones are left out first, OpenTelemetry's last."""
    dd = ot = None
    others = []
    for index, member in enumerate(members):
        member = member.strip()
        if member.startswith("dd="):
            dd = (-1, member)
        elif member.startswith("ot="):
            ot = (index, member)
        elif member:
            others.append((index, member))
    kept = [member for member in (dd, ot) if member]
    protected = len(kept)
    excess = len(others) - (_MAX_MEMBERS - protected)
    for place in others:
        if excess > 0 and len(place[1]) > _LONG_MEMBER:
            excess -= 1
        else:
            kept.append(place)
    return [member for _, member in sorted(_fit(kept[:_MAX_MEMBERS], protected))]


def _fit(places, protected):
    """As many members as the limit of bytes allows; the first protected one is always kept."""
    fitting = []
    size = 0
    for index, place in enumerate(places):
        member = place[1]
        length = len(member if member.isascii() else member.encode("utf-8", "replace")) + (1 if fitting else 0)
        if size + length > _MAX_BYTES and not (index == 0 and protected):
            if index >= protected and len(member) > _LONG_MEMBER:
                continue  # a shorter one may fit
            break
        fitting.append(place)
        size += length
    return fitting
