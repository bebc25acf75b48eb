"""What happens to the spans of a trace between their end and the ring: filters, then single-span rules."""

from __future__ import annotations

from ddtrace import _core


TYPE_CHECKING = False  # typing itself costs milliseconds to import
if TYPE_CHECKING:
    from typing import Any
    from typing import Callable


class Chunks:
    """Sees each chunk: a complete trace, or a part of a long one. Spans are held for it only if it has work to do."""

    def __init__(self) -> None:
        self._filters: tuple = ()
        self._keep_alone: Callable[[Any], None] | None = None
        self._warned = False

    def set_filters(self, filters: Any) -> None:
        self._filters = tuple(filters)
        self._warned = False
        self._hold_or_not()

    def set_keep_alone(self, keep_alone: Callable[[Any], None] | None) -> None:
        """Called with every span of a trace that is not kept."""
        self._keep_alone = keep_alone
        self._hold_or_not()

    def _hold_or_not(self) -> None:
        _core.set_on_chunk(self if self._filters or self._keep_alone is not None else None)

    def __call__(self, spans: list, complete: bool) -> list | None:
        spans.sort(key=_ordinal)
        if not complete and spans:
            spans[0]._set_attribute("_dd.py.partial_flush", len(spans))
        for each in self._filters:
            try:
                spans = each.process_trace(spans) or []
            except Exception as error:
                self._warn(each, error)
            if type(spans) is not list or not spans:
                return None
        if self._keep_alone is not None:
            self._sample_alone(spans)
        return spans

    def _sample_alone(self, spans: list) -> None:
        for span in spans:
            if type(span) is _core.Span:
                root = span._local_root
                _core.decide(root)
                priority = root.context.sampling_priority
                if priority is None or priority > 0:
                    return
                break
        for span in spans:
            if type(span) is _core.Span:
                self._keep_alone(span)  # type: ignore[misc]

    def _warn(self, each: Any, error: Exception) -> None:
        # One that fails, fails for every trace.
        import logging

        log = logging.getLogger("ddtrace")
        level = logging.DEBUG if self._warned else logging.ERROR
        self._warned = True
        log.log(
            level, "trace filter %r failed, its trace goes on without it: %s: %s", each, type(error).__name__, error
        )


def _ordinal(span: Any) -> int:
    found: int = span._ordinal
    return found


chunks = Chunks()
