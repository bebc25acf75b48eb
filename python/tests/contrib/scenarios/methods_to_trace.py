"""What DD_TRACE_METHODS is pointed at by with_methods."""

import asyncio


def plain(a=1):
    """A function."""
    return a


async def coroutine():
    from ddtrace import tracer

    with tracer.trace("in coroutine"):
        await asyncio.sleep(0)
    return 2


async def failing():
    raise ValueError("no")


def generator():
    yield 1
    yield 2


async def async_generator():
    yield 1
    yield 2


def untouched():
    return 5


class Shop:
    closed = False

    def __init__(self):
        self.sold = 0

    def sell(self, n):
        return n

    def buy(self):
        raise ValueError("no")

    async def ship(self):
        return "shipped"

    @staticmethod
    def static(x):
        return x

    @classmethod
    def named(cls):
        return cls.__name__

    def items(self):
        yield 1

    def __call__(self):
        return 9

    class Till:
        def open(self):
            return 1


class Corner(Shop):
    def sell(self, n):
        return super().sell(n) + 1


class Stall:
    def __init__(self, size):
        self.size = size
