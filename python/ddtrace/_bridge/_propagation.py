"""HTTPPropagator.inject(context, headers, non_active_span)."""

from __future__ import annotations

from .. import _core
from .._deprecation import removed


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def attach(module: Any) -> None:
    plain = module.HTTPPropagator.inject

    def inject(context: Any, headers: Any, non_active_span: Any = None) -> None:
        """Add the headers that continue the trace of a span or context; the span is sampled first."""
        if non_active_span is not None:
            removed("inject-non-active-span", "HTTPPropagator.inject(non_active_span=...)")
            if (
                isinstance(non_active_span, _core.Span)
                and not isinstance(context, _core.Span)
                and context.trace_id == non_active_span.trace_id
                and context.sampling_priority is None
            ):
                _core.sample(non_active_span)
        plain(context, headers)

    inject.__qualname__ = "HTTPPropagator.inject"
    module.HTTPPropagator.inject = staticmethod(inject)
