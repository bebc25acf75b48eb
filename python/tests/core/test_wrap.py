"""tracer.wrap around every kind of function."""

import asyncio
import inspect

import pytest


def test_functions(tracer, rings):
    @tracer.wrap("name", service="s", resource="r", span_type="t")
    def add(a, b=2):
        """Adds."""
        return a + b

    assert add(1) == 3 and add.__name__ == "add" and add.__doc__ == "Adds."
    found = rings.span("name")
    assert (found["service"], found["resource"], found["type"]) == ("s", "r", "t")


def test_default_names_and_errors(tracer, rings):
    @tracer.wrap()
    def fails():
        raise ValueError("x")

    with pytest.raises(ValueError):
        fails()
    found = rings.span(f"{__name__}.fails")
    assert found["error"] == 1 and found["tags"]["error.type"] == "builtins.ValueError"


def test_coroutines(tracer, rings):
    @tracer.wrap("co")
    async def work():
        await asyncio.sleep(0)
        return tracer.current_span().name

    assert inspect.iscoroutinefunction(work)
    assert asyncio.run(work()) == "co"
    assert rings.span("co")["flags"] == 3


def test_generators(tracer, rings):
    @tracer.wrap("gen")
    def work():
        received = yield tracer.current_span().name
        yield received
        return 5

    generator = work()
    assert next(generator) == "gen" and generator.send(9) == 9
    with pytest.raises(StopIteration) as stop:
        next(generator)
    assert stop.value.value == 5
    assert rings.span("gen")["error"] == 0 and tracer.current_span() is None


def test_closed_generators_finish_their_span(tracer, rings):
    @tracer.wrap("gen")
    def work():
        yield 1

    generator = work()
    next(generator)
    generator.close()
    assert rings.span("gen")["duration"] > 0


def test_asynchronous_generators(tracer, rings):
    closed = []

    @tracer.wrap("agen")
    async def work():
        try:
            received = yield 1
            try:
                yield received
            except KeyError:
                yield "caught"
        finally:
            closed.append(True)

    async def main():
        generator = work()
        assert await generator.__anext__() == 1
        assert await generator.asend(7) == 7
        assert await generator.athrow(KeyError()) == "caught"
        assert [item async for item in generator] == []
        generator = work()
        await generator.__anext__()
        await generator.aclose()

    asyncio.run(main())
    assert len(rings.spans()["agen"]) == 2 and closed == [True, True]
