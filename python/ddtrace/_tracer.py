"""The Tracer: what of it is not on the hot path."""

from __future__ import annotations

from abc import ABCMeta
from abc import abstractmethod

from ddtrace import _core
from ddtrace._context import Context
from ddtrace._core import Span
from ddtrace._span_extras import REMOVED_FROM_TRACER
from ddtrace._span_extras import Removed


TYPE_CHECKING = False  # typing itself costs milliseconds to import
if TYPE_CHECKING:
    from typing import Any
    from typing import Callable
    from typing import TypeVar

    Wrapped = TypeVar("Wrapped", bound=Callable[..., Any])


class BaseContextProvider:
    """Where the active span of a thread or task is kept. One of your own is for tracer.configure()."""

    def __new__(cls, *_args: Any, **_kwargs: Any) -> BaseContextProvider:
        if cls is BaseContextProvider:
            raise TypeError("BaseContextProvider is abstract: derive a class with active() and activate() from it")
        return super().__new__(cls)

    def _has_active_context(self) -> bool:
        return self.active() is not None

    def active(self) -> Span | Context | None:
        """The active Span or Context, or None."""
        raise NotImplementedError

    def activate(self, ctx: Span | Context | None) -> Any:
        """Makes a Span, a Context or nothing the active one."""

    def __call__(self, *args: Any, **kwargs: Any) -> Span | Context | None:
        return self.active()


class DefaultContextProvider(BaseContextProvider):
    """Keeps it in a context variable."""

    def _has_active_context(self) -> bool:
        return _core.active() is not None

    def active(self) -> Any:
        return _core.active()

    def activate(self, ctx: Any) -> Any:
        _core.activate(ctx)
        return ctx


class TraceFilter(metaclass=ABCMeta):
    """Sees each trace when it is complete, or a part of a long one, before it is sent."""

    @abstractmethod
    def process_trace(self, trace: list[Span]) -> list[Span] | None:
        """The spans to send: changed, fewer, more; None for none of them."""


class _Activation:
    """The block of Tracer._activate_context."""

    def __init__(self, provider: BaseContextProvider, context: Context | None) -> None:
        self._provider = provider
        self._context = context
        self._before: Any = None

    def __enter__(self) -> None:
        self._before = self._provider.active()
        if self._context is not None:
            self._context._reactivate = True
        self._provider.activate(self._context)

    def __exit__(self, *_args: Any) -> None:
        if self._context is not None:
            self._context._reactivate = False
        self._provider.activate(self._before)


class Tracer(_core.TracerBase):
    """Creates spans. Use the instance `ddtrace.trace.tracer`."""

    SHUTDOWN_TIMEOUT = 5

    def __init__(self) -> None:
        self.context_provider: BaseContextProvider = DefaultContextProvider()
        self.enabled = True
        self._tags: dict[str, str] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "enabled":
            _core.set_enabled(value)

    def configure(
        self,
        context_provider: BaseContextProvider | None = None,
        compute_stats_enabled: bool | None = None,
        appsec_enabled: bool | None = None,
        appsec_enabled_origin: str | None = "",
        iast_enabled: bool | None = None,
        apm_tracing_disabled: bool | None = None,
        trace_processors: list[TraceFilter] | None = None,
    ) -> None:
        """Changes the tracer while it runs. Stats are the collector's, so compute_stats_enabled has no effect here."""
        if context_provider is not None:
            self.context_provider = context_provider
            # The default is the core's own: what asks another one is put before the core's methods.
            for method in ("trace", "start_span", "current_span", "current_root_span", "current_trace_context"):
                if type(context_provider) is DefaultContextProvider:
                    vars(self).pop(method, None)
                else:
                    object.__setattr__(self, method, getattr(self, "_provided_" + method))
        if trace_processors is not None:
            from ddtrace._filters import chunks

            chunks.set_filters(trace_processors)

    def _provided_trace(
        self,
        name: str,
        service: str | None = None,
        resource: str | None = None,
        span_type: str | None = None,
        span_api: str = "datadog",
    ) -> Span:
        active = self.context_provider.active()
        return self._provided_start_span(name, active, service, resource, span_type, True, span_api)

    def _provided_start_span(
        self,
        name: str,
        child_of: Any = None,
        service: str | None = None,
        resource: str | None = None,
        span_type: str | None = None,
        activate: bool = False,
        span_api: str = "datadog",
    ) -> Span:
        span = super().start_span(name, child_of, service, resource, span_type, False, span_api)
        if activate:
            self.context_provider.activate(span)
        return span

    def _provided_current_span(self) -> Span | None:
        active = self.context_provider.active()
        return active if type(active) is Span else None

    def _provided_current_root_span(self) -> Span | None:
        active = self.context_provider.active()
        return active._local_root if type(active) is Span else None

    def _provided_current_trace_context(self, *_args: Any, **_kwargs: Any) -> Any:
        active = self.context_provider.active()
        return active.context if type(active) is Span else active

    def set_tags(self, tags: dict[str, str]) -> None:
        """Tags for every span from now on."""
        self._tags = {**(_core.get_defaults()["tags"] or {}), **tags}
        _core.set_defaults(tags=self._tags)

    def sample(self, span: Span) -> None:
        """Makes the sampling decision of the span's trace, unless there is one."""
        _core.sample(span)

    def flush(self) -> None:
        """Nothing to do: a finished span is in the ring already."""

    def shutdown(self, timeout: float | None = None) -> None:
        """Nothing to wait for: the collector reads the ring after the process is gone."""

    def get_log_correlation_context(self, active: Context | Span | None = None) -> dict[str, str]:
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
    def agent_trace_url(self) -> str | None:
        """The agent that the settings name."""
        from ddtrace._description import agent_url

        return agent_url()

    @property
    def debug_logging(self) -> bool:
        import logging

        return logging.getLogger("ddtrace").isEnabledFor(logging.DEBUG)

    def _activate_context(self, context: Context | None) -> _Activation:
        """Makes a context the active one for a block; roots that finish in it give way to it again."""
        return _Activation(self.context_provider, context)

    def wrap(
        self,
        name: str | None = None,
        service: str | None = None,
        resource: str | None = None,
        span_type: str | None = None,
    ) -> Callable[[Wrapped], Wrapped]:
        """A decorator: a span around each call of a function, coroutine, generator or asynchronous generator."""
        import functools
        import inspect

        def decorate(function: Callable) -> Callable[[Wrapped], Wrapped]:
            span_name = name or _name_of(function)

            def start() -> Any:
                return self.trace(span_name, service=service, resource=resource, span_type=span_type)

            if inspect.isasyncgenfunction(function):
                from ddtrace._async_generators import around

                wrapper = around(function, start, lambda args, kwargs: function(*args, **kwargs))

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

            return wrapper  # type: ignore[return-value]

        return decorate


def _name_of(function: Callable) -> str:
    """The module-qualified name, as ddtrace has it: without the class, unless a setting asks for it."""
    from ddtrace._config import config

    own = function.__name__
    full = function.__qualname__.rpartition("<locals>.")[2]
    if full != own:
        if config._trace_wrap_span_name_include_class:
            own = full
        else:
            _warn_of_name(function.__module__, own, full)
    return f"{function.__module__}.{own}"


def _warn_of_name(module: str, own: str, full: str) -> None:
    from ddtrace._deprecation import instead_of
    from ddtrace._deprecation import warn

    message = f"the span of the method that tracer.wrap() decorates is named {module}.{own}, in ddtrace 5.0 it will be "
    message += f"{module}.{full}; instead: {instead_of('wrap-method-name')}"
    warn("wrap-method-name", "Tracer.wrap", message)


for _name, _change in REMOVED_FROM_TRACER.items():
    setattr(Tracer, _name, Removed(f"Tracer.{_name}", _change))

tracer = Tracer()
