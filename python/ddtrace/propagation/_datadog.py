"""The ``datadog`` style: ``x-datadog-*`` headers."""

from .._config import config
from .._context import Context
from ._headers import HEX
from ._headers import MAX_64
from ._headers import names
from ._headers import read
from ._headers import span_id as valid_span_id
from ._headers import warn


TRACE_ID = "x-datadog-trace-id"
PARENT_ID = "x-datadog-parent-id"
SAMPLING_PRIORITY = "x-datadog-sampling-priority"
ORIGIN = "x-datadog-origin"
TAGS = "x-datadog-tags"

_TRACE_ID_NAMES = names(TRACE_ID)
_PARENT_ID_NAMES = names(PARENT_ID)
_SAMPLING_PRIORITY_NAMES = names(SAMPLING_PRIORITY)
_ORIGIN_NAMES = names(ORIGIN)
_TAGS_NAMES = names(TAGS)

_ERROR = "_dd.propagation_error"
_HIGH_BITS = "_dd.p.tid"
_DECISION_MAKER = "_dd.p.dm"
# A received x-datadog-tags beyond this is not looked at; what is sent has a limit of its own.
_MAX_TAGS_READ = 512


def extract(headers):
    """The context that the headers carry, or None."""
    text = read(headers, _TRACE_ID_NAMES)
    if text is None:
        return None
    try:
        trace_id = int(text)
    except ValueError:
        trace_id = 0
    if not 0 < trace_id <= MAX_64:
        warn("%s %r is not between 1 and 2**64 - 1, the trace is not continued", TRACE_ID, text)
        return None
    tags = read(headers, _TAGS_NAMES)
    meta = _decode_tags(tags) if tags else {}
    high_bits = meta.get(_HIGH_BITS)
    if high_bits is not None:
        if len(high_bits) == 16 and high_bits.strip(HEX) == "" and high_bits.strip("0"):
            if config._128_bit_trace_id_enabled:
                trace_id |= int(high_bits, 16) << 64
        else:
            del meta[_HIGH_BITS]
            meta[_ERROR] = "malformed_tid " + high_bits
            warn("%s has a malformed %s %r", TAGS, _HIGH_BITS, high_bits)
    decision_maker = meta.get(_DECISION_MAKER)
    if decision_maker and not _is_decision_maker(decision_maker):
        del meta[_DECISION_MAKER]
        meta[_ERROR] = "decoding_error"
    priority = read(headers, _SAMPLING_PRIORITY_NAMES)
    origin = read(headers, _ORIGIN_NAMES)
    try:
        return Context(
            trace_id=trace_id,
            span_id=valid_span_id(int(read(headers, _PARENT_ID_NAMES, "0"))),
            sampling_priority=None if priority is None else int(priority),
            dd_origin=origin if origin is None or origin.isascii() else None,
            meta=meta,
        )
    except ValueError:
        return None


def inject(context, headers):
    trace_id = context.trace_id
    meta = context._meta
    if trace_id > MAX_64:
        meta[_HIGH_BITS] = "%016x" % (trace_id >> 64)
        trace_id &= MAX_64
    headers[TRACE_ID] = str(trace_id)
    headers[PARENT_ID] = str(context.span_id)
    priority = context.sampling_priority
    if priority is not None:
        headers[SAMPLING_PRIORITY] = str(priority)
    origin = context.dd_origin
    if origin is not None and origin.isascii() and origin.isprintable():
        headers[ORIGIN] = origin
    limit = config._x_datadog_tags_max_length
    if not limit:
        meta[_ERROR] = "disabled"
    elif _ERROR not in meta:
        try:
            encoded = _encode_tags(meta, limit)
        except OverflowError:
            meta[_ERROR] = "inject_max_size"
            warn("%s would be longer than %d bytes, it is not sent", TAGS, limit)
        except ValueError as error:
            meta[_ERROR] = "encoding_error"
            warn("%s is not sent: %s", TAGS, error)
        else:
            if encoded:
                headers[TAGS] = encoded


def _is_decision_maker(text):
    """``-<mechanism>``, without leading zeros, 0 to 255."""
    mechanism = text[1:]
    return (
        text[0] == "-"
        and mechanism.isascii()
        and mechanism.isdigit()
        and str(int(mechanism)) == mechanism
        and int(mechanism) <= 255
    )


def _decode_tags(text):
    """``_dd.p.a=1,_dd.p.b=2`` as a dict; on any error a dict that says which."""
    if len(text) > _MAX_TAGS_READ:
        warn("%s is longer than %d bytes, it is not read", TAGS, _MAX_TAGS_READ)
        return {_ERROR: "extract_max_size"}
    if not (text.isascii() and text.isprintable()):
        return {_ERROR: "decoding_error"}
    tags = {}
    for pair in text[: -1 if text[-1] == "," else None].split(","):
        key, _, value = pair.partition("=")
        if not key or " " in key or not value:
            return {_ERROR: "decoding_error"}
        if key.startswith("_dd.p.") and key != "_dd.p.upstream_services":
            tags[key] = value.strip(" ")
    return tags


def _encode_tags(meta, limit):
    """The header's text, "" for no tags. ValueError for a bad tag, OverflowError beyond the limit."""
    pairs = []
    size = -1
    for key, value in list(meta.items()):
        if not key.startswith("_dd.p."):
            continue
        value = str(value).strip(" ")
        pair = "%s=%s" % (key, value)
        # The one "=" that ends the key is the first; a value may hold others.
        if not value or not (pair.isascii() and pair.isprintable()) or "," in pair or " " in key or "=" in key:
            raise ValueError("%s=%r cannot be written in a header" % (key, value))
        pairs.append(pair)
        size += len(pair) + 1
        if size > limit:
            raise OverflowError
    return ",".join(pairs)
