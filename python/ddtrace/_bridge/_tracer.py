"""Tracer.on_start_span: callbacks that see each span of the tracer as it starts."""

from __future__ import annotations

import functools

from .._deprecation import removed


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_callbacks: dict[int, list] = {}  # id of a tracer, of which there is one -> its callbacks


def attach(module: Any) -> None:
    tracer = module.Tracer
    for function in (on_start_span, deregister_on_start_span):
        function.__qualname__ = "Tracer." + function.__name__
        setattr(tracer, function.__name__, function)
    # The one method of a context provider of the application's own; those of the core are replaced when needed.
    tracer._provided_start_span = _starting(tracer._provided_start_span)


def _starting(start: Any) -> Any:
    @functools.wraps(start)
    def start_and_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        span = start(self, *args, **kwargs)
        for callback in list(_callbacks.get(id(self), ())):
            try:
                callback(span)
            except Exception as error:
                _report(callback, error)
        return span

    return start_and_call


def _report(callback: Any, error: Exception) -> None:
    from .._environment import warn

    warn("the callback %r of Tracer.on_start_span failed: %s: %s", callback, type(error).__name__, error)


def on_start_span(self: Any, func: Any) -> Any:
    """Calls ``func(span)`` with each span as it starts; a decorator."""
    removed("tracer-on-start-span", "Tracer.on_start_span")
    if not _callbacks:
        kind = type(self)
        kind.trace = _starting(kind.trace)
        kind.start_span = _starting(kind.start_span)
    callbacks = _callbacks.setdefault(id(self), [])
    if func not in callbacks:
        callbacks.append(func)
    return func


def deregister_on_start_span(self: Any, func: Any) -> Any:
    """Calls ``func`` no more."""
    removed("tracer-on-start-span", "Tracer.deregister_on_start_span")
    callbacks = _callbacks.get(id(self), [])
    if func in callbacks:
        callbacks.remove(func)
    return func
