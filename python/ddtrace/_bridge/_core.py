"""What ddtrace 4 took from Span and Context."""

from __future__ import annotations

import time

from .._deprecation import removed


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def attach(core: Any) -> None:
    """Give the classes of the core back what they had."""
    span = core.Span
    for function in (set_tag_str, set_struct_tag, get_struct_tag, finish_with_ancestors, _pprint):
        function.__qualname__ = "Span." + function.__name__
        setattr(span, function.__name__, function)
    span.record_exception = _record_exception(span.record_exception)
    span.finished = _finished(span.finished)
    core.Context.__init__ = _context(core.Context.__init__)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError("a tag's text is str or bytes, not %s" % type(value).__name__)


def set_tag_str(self: Any, key: Any, value: Any) -> None:
    """Sets a tag to a text, as it is."""
    removed("span-set-tag-str", "Span.set_tag_str")
    try:
        self._set_attribute(_text(key), _text(value))
    except TypeError as error:
        import logging

        logging.getLogger("ddtrace").warning("tag %r of span %s is left as it is: %s", key, self.name, error)


def set_struct_tag(self: Any, key: str, value: Any) -> None:
    """Sets a structured tag (meta_struct)."""
    removed("span-set-struct-tag", "Span.set_struct_tag")
    self._set_struct_tag(key, value)


def get_struct_tag(self: Any, key: str) -> Any:
    """A structured tag, or None."""
    removed("span-get-struct-tag", "Span.get_struct_tag")
    return self._get_struct_tag(key)


def finish_with_ancestors(self: Any) -> None:
    """Finishes the span and all above it in this process."""
    removed("span-finish-with-ancestors", "Span.finish_with_ancestors")
    span = self
    while span is not None:
        span.finish()
        span = span._parent


def _pprint(self: Any) -> str:
    """The span in words."""
    removed("span-pprint", "Span._pprint")
    return repr(self)


def _record_exception(plain: Any) -> Any:
    def record_exception(
        self: Any, exception: BaseException, attributes: Any = None, timestamp: Any = None, escaped: Any = False
    ) -> None:
        """Adds a span event for an exception; ``timestamp`` and ``escaped`` mean nothing since 3.x."""
        if escaped:
            removed("record-exception-escaped", "Span.record_exception(escaped=...)")
        if timestamp is not None:
            removed("record-exception-timestamp", "Span.record_exception(timestamp=...)")
        plain(self, exception, attributes)

    record_exception.__qualname__ = "Span.record_exception"
    return record_exception


def _finished(plain: Any) -> property:
    def set_finished(self: Any, value: Any) -> None:
        removed("span-finished-setter", "assignment to Span.finished")
        if not value:
            self.duration_ns = None
        elif not self.finished:
            self.duration_ns = time.time_ns() - self.start_ns

    return property(plain.__get__, set_finished, doc="Whether the span has ended.")


def _context(plain: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if "lock" in kwargs or _is_of_3(args):
            removed("context-lock", "Context(lock=...)")
            kwargs.pop("lock", None)
            args = args[:6] + args[7:]
        plain(self, *args, **kwargs)

    __init__.__qualname__ = "Context.__init__"
    return __init__


def _is_of_3(args: tuple) -> bool:
    """Whether positional arguments have the lock between the metrics and the links."""
    if len(args) < 7:
        return False
    links, baggage = (args[7:] + (None, None))[:2]
    if hasattr(args[6], "acquire") or isinstance(links, list) or isinstance(baggage, dict) or len(args) > 9:
        return True
    return len(args) == 9 and baggage is None  # where 4 has a bool
