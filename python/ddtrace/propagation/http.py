"""Carry a trace across HTTP: ``HTTPPropagator.inject`` and ``HTTPPropagator.extract``."""

from .. import _core
from .._config import config
from .._context import Context
from .._core import Span
from .._span_extras import SpanLink
from ..constants import AUTO_KEEP  # noqa: F401
from ..constants import AUTO_REJECT  # noqa: F401
from ..constants import USER_KEEP  # noqa: F401
from . import _b3
from . import _baggage
from . import _datadog
from . import _tracecontext
from ._baggage import MAX_BYTES as DD_TRACE_BAGGAGE_MAX_BYTES  # noqa: F401
from ._baggage import MAX_ITEMS as DD_TRACE_BAGGAGE_MAX_ITEMS  # noqa: F401
from ._datadog import ORIGIN as HTTP_HEADER_ORIGIN
from ._datadog import PARENT_ID as HTTP_HEADER_PARENT_ID
from ._datadog import SAMPLING_PRIORITY as HTTP_HEADER_SAMPLING_PRIORITY
from ._datadog import TRACE_ID as HTTP_HEADER_TRACE_ID
from ._headers import MAX_64
from ._headers import keeps
from ._headers import log
from ._headers import names
from ._tracecontext import LAST_DATADOG_SPAN as LAST_DD_PARENT_ID_KEY  # noqa: F401
from ._tracecontext import TRACEPARENT as W3C_TRACEPARENT_KEY  # noqa: F401
from ._tracecontext import TRACESTATE as W3C_TRACESTATE_KEY  # noqa: F401


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any
    from typing import NoReturn

_ABSENT: "Any" = object()

# Names that ddtrace's module has for those who read its headers themselves.
PROPAGATION_STYLE_DATADOG = "datadog"
PROPAGATION_STYLE_B3_SINGLE = "b3"
PROPAGATION_STYLE_B3_MULTI = "b3multi"
TRACE_SOURCE_PROPAGATION_KEY = "_dd.p.ts"
BAGGAGE_DELIMITER = ","
BAGGAGE_TAG_PREFIX = "baggage."

# Each header's own name, and the one it has in a WSGI environment.
POSSIBLE_HTTP_HEADER_TRACE_IDS = frozenset(names(HTTP_HEADER_TRACE_ID))
POSSIBLE_HTTP_HEADER_PARENT_IDS = frozenset(names(HTTP_HEADER_PARENT_ID))
POSSIBLE_HTTP_HEADER_SAMPLING_PRIORITIES = frozenset(names(HTTP_HEADER_SAMPLING_PRIORITY))
POSSIBLE_HTTP_HEADER_ORIGIN = frozenset(names(HTTP_HEADER_ORIGIN))

_EXTRACT = {
    "datadog": _datadog.extract,
    "tracecontext": _tracecontext.extract,
    "b3multi": _b3.extract_multi,
    "b3": _b3.extract_single,
}
# In the order in which they write.
_INJECT = (
    ("datadog", _datadog.inject),
    ("b3multi", _b3.inject_multi),
    ("b3", _b3.inject_single),
    ("tracecontext", _tracecontext.inject),
)


# The extension does what is well-formed and usual, and leaves the rest to this package.
_extract_usual = getattr(_core._impl, "extract_headers", None)
_inject_usual = getattr(_core._impl, "inject_headers", None)
_USUAL_STYLES = ["datadog", "tracecontext", "baggage"]


class HTTPPropagator:
    """Writes and reads the headers of the configured propagation styles."""

    @staticmethod
    def inject(context: "Context | Span", headers: "dict[str, str]", non_active_span: "NoReturn" = _ABSENT) -> None:
        """Add the headers that continue the trace of a span (preferred) or context to ``headers``.

        A span's trace is sampled first, so that the other side follows the decision.
        """
        if non_active_span is not _ABSENT:
            from .._removed import refused

            raise refused("non_active_span of HTTPPropagator.inject", "inject-non-active-span")
        styles = config._propagation_style_inject
        if not styles:
            return
        if (
            _inject_usual is not None
            and styles == _USUAL_STYLES
            and _inject_usual(context, headers, config._x_datadog_tags_max_length)
        ):
            return
        context = _sampled_context(context, "tracecontext" in styles)
        if "baggage" in styles:
            _baggage.inject(context, headers)
        if context.trace_id is None or context.span_id is None:
            return
        if config._propagation_http_baggage_enabled:
            _baggage.inject_opentracing(context, headers)
        for style, inject in _INJECT:
            if style in styles:
                inject(context, headers)

    @staticmethod
    def extract(headers: "Mapping[str, str]") -> Context:
        """A new ``Context`` of what ``headers`` carry; an empty one if that is nothing.

        The first configured style that is present makes the context. Another style
        that names another trace becomes a span link; a ``tracestate`` of the same
        trace travels on in any case.
        """
        if not headers or not config._propagation_style_extract:
            return Context()
        if (
            _extract_usual is not None
            and config._propagation_style_extract == _USUAL_STYLES
            and config._propagation_behavior_extract != "restart"
            and not config._propagation_extract_first
            and not config._propagation_http_baggage_enabled
        ):
            context = _extract_usual(headers, config._128_bit_trace_id_enabled)
            if context is not None:
                if context._baggage:
                    _add_baggage_tags(context)
                return context
        try:
            return _extract({name.lower(): value for name, value in headers.items()})
        except Exception as error:  # headers are anybody's, and the request matters more
            log().debug("headers could not be read: %s: %s", type(error).__name__, error)
            return Context()


def _shown(context: "Context | Span", headers: "dict[str, str]") -> None: ...


HTTPPropagator.inject.__wrapped__ = _shown  # type: ignore[attr-defined]  # its signature, without what was removed


def _sampled_context(source, tell=False):
    """The context of a span or the context itself, with a sampling decision if one can be made."""
    span = None
    if isinstance(source, _core.Span):
        span, context = source, source.context
    else:
        context = source
        if context.sampling_priority is None or (context._local is not None and tell):
            active = _core.active()
            if isinstance(active, _core.Span) and active.trace_id == context.trace_id:
                span = active
    if span is None:
        return context
    undecided = context.sampling_priority is None
    if undecided:
        _core.sample(span)
    if tell and context._meta.get("_dd.p.dm") in _BY_RATE:
        root = span._local_root or span
        if undecided or not root.parent_id:  # or else it was decided somewhere else
            _tell_rate(context, root)
    return context


# Decision makers that go by a rate: none at all, the agent's, rules of all origins.
_BY_RATE = frozenset(("-0", "-1", "-3", "-11", "-12"))


def _tell_rate(context, root):
    rate = root._get_attribute("_dd.rule_psr")
    if rate is None:
        rate = root._get_attribute("_dd.agent_psr")
    elif context.sampling_priority < 1 and keeps(context.trace_id & MAX_64, rate):
        return  # not the rate has rejected it but the limit
    _tracecontext.add_decision(context, 1.0 if rate is None else rate)


def _extract(headers):
    behavior = config._propagation_behavior_extract
    if behavior == "ignore":
        return Context()
    styles = config._propagation_style_extract
    found = []
    for style in styles:
        extract = _EXTRACT.get(style)
        context = extract(headers) if extract else None
        if context is not None:
            found.append((style, context))
            if config._propagation_extract_first:
                break
    style, context = found[0] if found else ("", Context())
    if len(found) > 1:
        _resolve(found)
    if found and config._propagation_http_baggage_enabled:
        context._baggage = _baggage.extract_opentracing(headers)
    if "baggage" in styles:
        baggage = _baggage.extract(headers)
        if baggage:
            context._baggage = baggage
            _add_baggage_tags(context)
    if behavior == "restart":
        link = _link(style, context, "propagation_behavior_extract")
        context = Context(baggage=context.get_all_baggage_items(), span_links=[link] if link else [])
    return context


def _add_baggage_tags(context):
    for key, value in _baggage.tags(context._baggage).items():
        context._meta.setdefault(key, value)


def _resolve(found):
    """Complete the first context by the others."""
    primary = found[0][1]
    links = []
    for style, context in found[1:]:
        if context.trace_id and context.trace_id != primary.trace_id:
            link = _link(style, context, "terminated_context")
            if link is not None:
                links.append(link)
        elif style == "tracecontext":
            for key in (_tracecontext.TRACEPARENT, _tracecontext.TRACESTATE):
                if context._meta.get(key):
                    primary._meta[key] = context._meta[key]
            if context.trace_id == primary.trace_id and context.span_id != primary.span_id:
                _take_parent(primary, context, dict(found).get("datadog"))
    primary._span_links = links


def _take_parent(primary, tracecontext, datadog):
    """The traceparent names the direct caller; the last Datadog span before it is remembered."""
    last = _tracecontext.LAST_DATADOG_SPAN
    if last in tracecontext._meta:
        primary._meta[last] = tracecontext._meta[last]
    elif datadog is not None:
        primary._meta[last] = "%016x" % (datadog.span_id or 0)
    primary.span_id = tracecontext.span_id


def _link(style, context, reason):
    if not context.trace_id or not context.span_id:
        return None

    priority = context.sampling_priority
    tracestate = context._meta.get(_tracecontext.TRACESTATE, "") if style == "tracecontext" else None
    return SpanLink(
        context.trace_id,
        context.span_id,
        tracestate=tracestate,
        flags=1 if priority and priority > 0 else 0,
        attributes={"reason": reason, "context_headers": style},
    )
