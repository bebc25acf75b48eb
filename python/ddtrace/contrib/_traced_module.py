"""Decorators for wrappers that want the patched module and its pin, as integrations of 3.x were written."""

from __future__ import annotations

from ..trace import tracer
from ._pin import Pin


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from typing import Callable


def _pin_for(wrapped, instance, module):
    """The pin to call a wrapper with; None where the library is not to be traced."""
    return Pin._find(wrapped, instance, module) if tracer.enabled else None


def with_traced_module(func: Callable[..., Any]) -> Callable[[Any], Callable[..., Any]]:
    """``wrapper = with_traced_module(func)(module)``: ``func(module, pin, wrapped, instance, args, kwargs)``.

    Without a pin on the function, the instance or the module what is wrapped is just called.
    """

    def with_mod(mod):
        def wrapper(wrapped, instance, args, kwargs):
            pin = _pin_for(wrapped, instance, mod)
            if pin is None:
                return wrapped(*args, **kwargs)
            return func(mod, pin, wrapped, instance, args, kwargs)

        return wrapper

    return with_mod


def with_traced_module_async(func: Callable[..., Any]) -> Callable[[Any], Callable[..., Any]]:
    """with_traced_module for a coroutine function that wraps coroutine functions."""

    def with_mod(mod):
        async def wrapper(wrapped, instance, args, kwargs):
            pin = _pin_for(wrapped, instance, mod)
            if pin is None:
                return await wrapped(*args, **kwargs)
            return await func(mod, pin, wrapped, instance, args, kwargs)

        return wrapper

    return with_mod
