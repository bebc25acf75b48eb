"""Putting something around asynchronous generator functions, which have no ``yield from``."""

import functools


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import Any


def around(
    function: "Callable", enter: "Callable[[], AbstractContextManager]", make: "Callable[[tuple, dict], Any]"
) -> "Callable[..., AsyncGenerator]":
    """``function``, within ``enter()`` from the first step to the last; ``make(args, kwargs)`` is the generator.

    What is sent or thrown into the one arrives in the other.
    """

    @functools.wraps(function)
    async def wrapper(*args: "Any", **kwargs: "Any") -> "AsyncGenerator":
        with enter():
            generator = make(args, kwargs)
            try:
                value = await generator.__anext__()
                while True:
                    try:
                        sent = yield value
                    except GeneratorExit:
                        await generator.aclose()
                        raise
                    except BaseException as error:
                        value = await generator.athrow(error)
                    else:
                        value = await generator.asend(sent)
            except StopAsyncIteration:
                return

    return wrapper
