"""Threads, pools, tasks, forks."""

import asyncio
import concurrent.futures
import contextvars
import os
import threading

from ddtrace.trace import tracer


def threads():
    def work():
        with tracer.trace("in.thread"):
            pass

    with tracer.trace("main"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()


def context_to_thread():
    def work(context):
        tracer.context_provider.activate(context)
        with tracer.trace("in.thread"):
            pass

    with tracer.trace("main") as span:
        thread = threading.Thread(target=work, args=(span.context,))
        thread.start()
        thread.join()


def copied_context():
    def work():
        with tracer.trace("in.thread"):
            pass

    with tracer.trace("main"):
        copied = contextvars.copy_context()
        thread = threading.Thread(target=copied.run, args=(work,))
        thread.start()
        thread.join()


def finished_elsewhere():
    span = tracer.trace("main")
    thread = threading.Thread(target=span.finish)
    thread.start()
    thread.join()
    with tracer.trace("next"):
        pass


def pool():
    def work(number):
        with tracer.trace("job", resource=str(number)):
            pass

    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        with tracer.trace("main"):
            for number in range(3):
                executor.submit(work, number).result()


def tasks():
    async def job(name, gate):
        with tracer.trace(name):
            await gate.wait()
            with tracer.trace(name + ".inner"):
                await asyncio.sleep(0)

    async def main():
        with tracer.trace("main"):
            gate = asyncio.Event()
            pending = [asyncio.ensure_future(job("job.%d" % n, gate)) for n in range(3)]
            await asyncio.sleep(0)
            gate.set()
            for task in pending:
                await task

    asyncio.run(main())


def wrapped_coroutine():
    @tracer.wrap("coroutine")
    async def inner():
        await asyncio.sleep(0)

    @tracer.wrap("agen")
    async def numbers():
        for number in range(2):
            with tracer.trace("agen.step", resource=str(number)):
                await asyncio.sleep(0)
            yield number

    async def main():
        with tracer.trace("main"):
            await inner()
            async for _ in numbers():
                pass

    asyncio.run(main())


def cancelled():
    async def sleeper():
        with tracer.trace("sleeper"):
            await asyncio.sleep(60)

    async def main():
        with tracer.trace("main"):
            task = asyncio.ensure_future(sleeper())
            await asyncio.sleep(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass

    asyncio.run(main())


def task_after_root():
    async def late(ready):
        await ready.wait()
        with tracer.trace("late"):
            pass

    async def main():
        ready = asyncio.Event()
        with tracer.trace("main"):
            task = asyncio.ensure_future(late(ready))
            await asyncio.sleep(0)
        ready.set()
        await task

    asyncio.run(main())


def executor_from_async():
    def work():
        with tracer.trace("in.executor"):
            pass

    async def main():
        with tracer.trace("main"):
            await asyncio.get_running_loop().run_in_executor(None, contextvars.copy_context().run, work)

    asyncio.run(main())


def fork_before():
    pid = os.fork()
    if not pid:
        with tracer.trace("in.child"):
            pass
        tracer.flush()
        tracer.shutdown()
        os._exit(0)
    os.waitpid(pid, 0)
    with tracer.trace("in.parent"):
        pass


PROGRAMS = {
    "threads": (threads, {}),
    "context_to_thread": (context_to_thread, {}),
    "copied_context": (copied_context, {}),
    "finished_elsewhere": (finished_elsewhere, {}),
    "pool": (pool, {}),
    "tasks": (tasks, {}),
    "wrapped_coroutine": (wrapped_coroutine, {}),
    "cancelled": (cancelled, {}),
    "task_after_root": (task_after_root, {}),
    "executor_from_async": (executor_from_async, {}),
    "fork_before": (fork_before, {}),
}
