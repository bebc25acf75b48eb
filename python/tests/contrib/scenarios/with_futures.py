"""Jobs of thread pools: to which span their spans belong."""

from . import scenario


def job(name):
    """Two spans, one after the other, and one below."""
    from ddtrace import tracer

    with tracer.trace(name):
        with tracer.trace(name + " below"):
            pass
    with tracer.trace(name + " again"):
        pass
    return [type(tracer.context_provider.active()).__name__, tracer.current_span() is None]


def pooled(use):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return use(pool)


@scenario()
def submitted():
    from ddtrace import tracer

    def use(pool):
        with tracer.trace("root"):
            return pool.submit(job, "job").result()

    return pooled(use)


@scenario()
def mapped_below_a_child():
    from ddtrace import tracer

    def use(pool):
        with tracer.trace("root"), tracer.trace("child"):
            return list(pool.map(job, ["first", "second"]))

    return pooled(use)


@scenario()
def nothing_active():
    return pooled(lambda pool: pool.submit(job, "job").result())


@scenario()
def span_left_open_by_a_job():
    from ddtrace import tracer

    def use(pool):
        with tracer.trace("root"):
            pool.submit(lambda: tracer.trace("left") and None).result()
        return pool.submit(job, "job").result()

    return pooled(use)


@scenario()
def failing():
    from ddtrace import tracer

    def fail(a, b=0):
        raise ValueError("%s %s" % (a, b))

    def use(pool):
        with tracer.trace("root"):
            return repr(pool.submit(fail, 1, b=2).exception())

    return pooled(use)


@scenario()
def run_in_executor():
    import asyncio

    from ddtrace import tracer

    async def main():
        with tracer.trace("root"):
            return await asyncio.get_running_loop().run_in_executor(None, job, "job")

    return asyncio.run(main())


@scenario()
def from_another_service():
    from ddtrace import tracer
    from ddtrace.trace import Context

    def use(pool):
        tracer.context_provider.activate(Context(trace_id=77, span_id=88, sampling_priority=2))
        try:
            return pool.submit(job, "job").result()
        finally:
            tracer.context_provider.activate(None)

    return pooled(use)


@scenario()
def baggage():
    from ddtrace import tracer

    def use(pool):
        with tracer.trace("root") as span:
            span.context.set_baggage_item("customer", "17")
            return pool.submit(lambda: tracer.context_provider.active().get_baggage_item("customer")).result()

    return pooled(use)


@scenario()
def run_after_its_submitter_finished():
    import threading

    from ddtrace import tracer

    go_on = threading.Event()

    def use(pool):
        with tracer.trace("root"):
            waiting = pool.submit(lambda: go_on.wait(30) and job("job"))
        go_on.set()
        return waiting.result()

    return pooled(use)


@scenario()
def wrongly_called():
    def use(pool):
        try:
            pool.submit()
        except TypeError as error:
            return str(error)[-52:]

    return pooled(use)


@scenario(DD_TRACE_FUTURES_ENABLED="false")
def switched_off():
    from ddtrace import tracer

    def use(pool):
        with tracer.trace("root"):
            return pool.submit(job, "job").result()

    return pooled(use)
