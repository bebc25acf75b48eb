"""Lets the pin of an object decide the service of the spans that an integration opens for it.

A pin holds from the call of an integration's wrapper until that calls what it wraps: the
span is opened in between, and nothing of the application runs there.
"""

from __future__ import annotations

import functools
import inspect
import sys
from contextvars import ContextVar

from ..contrib import _pin


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

current: ContextVar[Any] = ContextVar("ddtrace_bridge_pin", default=None)


def attach(trace_utils: Any) -> None:
    """Make wrap() look at the pin of each instance, and the service of a span follow it."""
    wrap, ext_service, int_service = trace_utils.wrap, trace_utils.ext_service, trace_utils.int_service

    @functools.wraps(wrap)
    def wrap_pinned(target: Any, name: str, wrapper: Any) -> Any:
        return wrap(target, name, _with_pin(wrapper))

    @functools.wraps(ext_service)
    def ext_service_pinned(pin: Any, int_config: Any, default: Any = None) -> Any:
        return ext_service(pin or current.get(), int_config, default)

    @functools.wraps(int_service)
    def int_service_pinned(pin: Any, int_config: Any, default: Any = None) -> Any:
        return int_service(pin or current.get() or _of_the_application(int_config), int_config, default)

    trace_utils.wrap = wrap_pinned
    trace_utils.ext_service = ext_service_pinned
    trace_utils.int_service = int_service_pinned


def pin_of(obj: Any) -> Any:
    """The pin of an object; None where there is none."""
    try:
        if type(obj).__module__ == "jinja2.environment" and hasattr(
            obj, "environment"
        ):  # a template: its environment's
            obj = obj.environment
        return _pin.Pin.get_from(obj)
    except Exception:
        return None


def _of_the_application(int_config: Any) -> Any:
    """A view of Flask, or a template, has the pin of the application that is at work."""
    if int_config.integration_name != "flask" or "flask" not in sys.modules:
        return None
    flask = sys.modules["flask"]
    return pin_of(flask.current_app._get_current_object()) if flask.has_app_context() else None


class pinned:
    """``with pinned(pin):`` it holds for spans that integrations open in the block."""

    __slots__ = ("_pin", "_token")

    def __init__(self, pin: Any) -> None:
        self._pin = pin

    def __enter__(self) -> None:
        self._token = current.set(self._pin)

    def __exit__(self, *_exc: Any) -> None:
        current.reset(self._token)


def _with_pin(wrapper: Any) -> Any:
    if inspect.iscoroutinefunction(wrapper):

        @functools.wraps(wrapper)
        async def call_async(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
            pin = pin_of(instance)
            if pin is None:
                return await wrapper(wrapped, instance, args, kwargs)

            @functools.wraps(wrapped)
            async def unpinned(*args: Any, **kwargs: Any) -> Any:
                with pinned(None):
                    return await wrapped(*args, **kwargs)

            with pinned(pin):
                return await wrapper(unpinned, instance, args, kwargs)

        return call_async

    @functools.wraps(wrapper)
    def call(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        pin = pin_of(instance)
        if pin is None:
            return wrapper(wrapped, instance, args, kwargs)

        @functools.wraps(wrapped)
        def unpinned(*args: Any, **kwargs: Any) -> Any:
            with pinned(None):
                return wrapped(*args, **kwargs)

        with pinned(pin):
            return wrapper(unpinned, instance, args, kwargs)

    return call
