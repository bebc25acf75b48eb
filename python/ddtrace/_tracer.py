"""The Tracer: what of it is not on the hot path."""

import contextlib
import functools
import inspect
import logging
from typing import Any
from typing import Callable
from typing import Iterator
from typing import Optional

from ddtrace import _core
from ddtrace._context import Context
from ddtrace._core import Span


class BaseContextProvider:
    """Where the active span of a thread or task is kept."""

    def active(self) -> Any:
        return _core.active()

    def activate(self, ctx: Any) -> Any:
        _core.activate(ctx)
        return ctx

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        return self.active()


class TraceFilter:
    """Base of filters that see a whole trace before it is sent."""

    def process_trace(self, trace: list) -> Optional[list]:
        raise NotImplementedError


class Tracer(_core.TracerBase):  # type: ignore[misc,valid-type]
    """Creates spans. Use the instance `ddtrace.trace.tracer`."""

    SHUTDOWN_TIMEOUT = 5

    def __init__(self) -> None:
        self.context_provider = BaseContextProvider()
        self.enabled = True
        self._tags: dict = {}

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "enabled":
            _core.set_enabled(value)

    def configure(
        self,
        context_provider: Optional[BaseContextProvider] = None,
        compute_stats_enabled: Optional[bool] = None,
        appsec_enabled: Optional[bool] = None,
        appsec_enabled_origin: Optional[str] = "",
        iast_enabled: Optional[bool] = None,
        apm_tracing_disabled: Optional[bool] = None,
        trace_processors: Optional[list] = None,
    ) -> None:
        """Changes the tracer while it runs. Stats are the collector's, so compute_stats_enabled has no effect here."""
        if context_provider is not None:
            self.context_provider = context_provider

    def set_tags(self, tags: dict) -> None:
        """Tags for every span from now on."""
        self._tags = {**(_core.get_defaults()["tags"] or {}), **tags}
        _core.set_defaults(tags=self._tags)

    def sample(self, span: Span) -> None:
        """Makes the sampling decision of the span's trace, unless there is one."""
        _core.sample(span)

    def flush(self) -> None:
        """Nothing to do: a finished span is in the ring already."""

    def shutdown(self, timeout: Optional[float] = None) -> None:
        """Nothing to wait for: the collector reads the ring after the process is gone."""

    def get_log_correlation_context(self, active: Any = None) -> dict:
        """Ids and names for a log line; ids are "0" without an active span."""
        if active is None and self.enabled:
            active = self.context_provider.active()
        span_id = trace_id = "0"
        if active is not None:
            if active.span_id:
                span_id = str(active.span_id)
            known = active.trace_id
            if known:
                trace_id = f"{known:032x}" if known >> 64 else str(known)
        defaults = _core.get_defaults()
        return {
            "dd.trace_id": trace_id,
            "dd.span_id": span_id,
            "dd.service": defaults["service"] or "",
            "dd.version": defaults["version"] or "",
            "dd.env": defaults["env"] or "",
        }

    @property
    def debug_logging(self) -> bool:
        return logging.getLogger("ddtrace").isEnabledFor(logging.DEBUG)

    @contextlib.contextmanager
    def _activate_context(self, context: Optional[Context]) -> Iterator[None]:
        """Makes a context the active one for a block; roots that finish in it give way to it again."""
        before = self.context_provider.active()
        if context is not None:
            context._reactivate = True
        self.context_provider.activate(context)
        try:
            yield
        finally:
            if context is not None:
                context._reactivate = False
            self.context_provider.activate(before)

    def wrap(
        self,
        name: Optional[str] = None,
        service: Optional[str] = None,
        resource: Optional[str] = None,
        span_type: Optional[str] = None,
    ) -> Callable:
        """A decorator: a span around each call of a function, coroutine, generator or asynchronous generator."""

        def decorate(function: Callable) -> Callable:
            # The module-qualified name, as ddtrace has it: without the class.
            span_name = name or f"{function.__module__}.{function.__name__}"

            def start() -> Any:
                return self.trace(span_name, service=service, resource=resource, span_type=span_type)

            if inspect.isasyncgenfunction(function):

                @functools.wraps(function)
                async def wrapper(*args: Any, **kwargs: Any) -> Any:
                    with start():
                        generator = function(*args, **kwargs)
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

            elif inspect.iscoroutinefunction(function):

                @functools.wraps(function)
                async def wrapper(*args: Any, **kwargs: Any) -> Any:
                    with start():
                        return await function(*args, **kwargs)

            elif inspect.isgeneratorfunction(function):

                @functools.wraps(function)
                def wrapper(*args: Any, **kwargs: Any) -> Any:
                    with start():
                        return (yield from function(*args, **kwargs))

            else:

                @functools.wraps(function)
                def wrapper(*args: Any, **kwargs: Any) -> Any:
                    with start():
                        return function(*args, **kwargs)

            return wrapper

        return decorate


tracer = Tracer()
