"""Functions traced by DD_TRACE_METHODS."""

from . import scenario


FUNCTIONS = "plain,coroutine,failing,generator,async_generator"
METHODS = "Shop.sell,Shop.buy,Shop.ship,Shop.static,Shop.named,Shop.items,Shop.__call__,Shop.Till.open,Stall"
NAMED = "scenarios.methods_to_trace:%s;scenarios.methods_to_trace:%s;nowhere.at_all:f;json:dumps" % (FUNCTIONS, METHODS)


def outcome(call):
    try:
        return call()
    except Exception as error:
        return repr(error)


def call_all():
    import asyncio
    import inspect
    import json

    from . import methods_to_trace as m

    async def listed():
        return [x async for x in m.async_generator()]

    shop = m.Shop()
    calls = (
        m.plain,
        lambda: asyncio.run(m.coroutine()),
        lambda: asyncio.run(m.failing()),
        lambda: list(m.generator()),
        lambda: asyncio.run(listed()),
        m.untouched,
        lambda: shop.sell(3),
        shop.buy,
        lambda: asyncio.run(shop.ship()),
        lambda: m.Shop.static(1),
        m.Shop.named,
        lambda: list(shop.items()),
        shop,
        lambda: m.Shop.Till().open(),
        lambda: m.Corner().sell(1),
        lambda: m.Stall(4).size,
        lambda: json.dumps([1]),
    )
    return [
        [outcome(call) for call in calls],
        [m.plain.__doc__, m.plain.__name__, str(inspect.signature(m.plain))],
        [
            inspect.iscoroutinefunction(m.coroutine),
            inspect.isgeneratorfunction(m.generator),
            inspect.isasyncgenfunction(m.async_generator),
        ],
    ]


@scenario(DD_TRACE_METHODS=NAMED)
def traced():
    return call_all()


@scenario(DD_TRACE_METHODS="scenarios.methods_to_trace:plain;;scenarios.methods_to_trace[coroutine]")
def malformed():
    return call_all()
