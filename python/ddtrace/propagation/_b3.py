"""The ``b3`` (one header) and ``b3multi`` styles."""

from .._context import Context
from ._headers import MAX_64
from ._headers import names
from ._headers import read
from ._headers import span_id as valid_span_id
from ._headers import trace_id as valid_trace_id


SINGLE = "b3"
TRACE_ID = "x-b3-traceid"
SPAN_ID = "x-b3-spanid"
SAMPLED = "x-b3-sampled"
FLAGS = "x-b3-flags"

_SINGLE_NAMES = names(SINGLE)
_TRACE_ID_NAMES = names(TRACE_ID)
_SPAN_ID_NAMES = names(SPAN_ID)
_SAMPLED_NAMES = names(SAMPLED)
_FLAGS_NAMES = names(FLAGS)

_PRIORITIES = {"0": 0, "1": 1, "d": 2}


def extract_multi(headers):
    """The context of the ``x-b3-*`` headers, or None."""
    trace_id = read(headers, _TRACE_ID_NAMES)
    if trace_id is None:
        return None
    sampled = read(headers, _SAMPLED_NAMES)
    if read(headers, _FLAGS_NAMES) == "1":
        sampled = "d"
    elif sampled == "d":
        sampled = None
    return _context(trace_id, read(headers, _SPAN_ID_NAMES), sampled)


def extract_single(headers):
    """The context of ``b3: <trace id>-<span id>-<sampled>-<parent id>`` or ``b3: <sampled>``, or None."""
    text = read(headers, _SINGLE_NAMES)
    if not text:
        return None
    parts = text.split("-")
    if len(parts) == 1:
        return _context(None, None, parts[0])
    return _context(parts[0], parts[1], parts[2] if len(parts) > 2 else None)


def inject_multi(context, headers):
    headers[TRACE_ID] = _id(context.trace_id)
    headers[SPAN_ID] = _id(context.span_id)
    sampled = _sampled(context)
    if sampled == "d":
        headers[FLAGS] = "1"
    elif sampled:
        headers[SAMPLED] = sampled


def inject_single(context, headers):
    sampled = _sampled(context)
    text = "%s-%s" % (_id(context.trace_id), _id(context.span_id))
    headers[SINGLE] = text + "-" + sampled if sampled else text


def _context(trace_id, span_id, sampled):
    try:
        return Context(
            trace_id=None if trace_id is None else valid_trace_id(int(trace_id, 16)),
            span_id=None if span_id is None else valid_span_id(int(span_id, 16)),
            sampling_priority=_PRIORITIES.get(sampled),
        )
    except ValueError:
        return None


def _id(number):
    return "%032x" % number if number > MAX_64 else "%016x" % number


def _sampled(context):
    priority = context.sampling_priority
    if priority is None:
        return None
    if priority <= 0:
        return "0"
    return "1" if priority == 1 else "d"
