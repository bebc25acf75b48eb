"""Metrics of the Python runtime, sent as DogStatsD by the collector."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from typing import NoReturn
    from typing import Optional

__all__ = ["RuntimeMetrics"]

_unset: "Any" = object()


class RuntimeMetrics:
    """Switches the runtime metrics of this process on and off: ``RuntimeMetrics.enable()``.

    ``DD_RUNTIME_METRICS_ENABLED=true`` does the same from outside.
    """

    @staticmethod
    def enable(
        tracer: "Any" = _unset, dogstatsd_url: "Optional[str]" = None, flush_interval: "NoReturn" = _unset
    ) -> None:
        """Send the metrics, to ``dogstatsd_url`` or where the settings say. ``tracer`` means nothing."""
        from ddtrace import _runtime_metrics

        if flush_interval is not _unset:
            from ddtrace._removed import refused

            raise refused("flush_interval of RuntimeMetrics.enable", "runtime-metrics-flush-interval")
        if tracer is not _unset:
            from ddtrace._deprecation import deprecated

            deprecated("runtime-metrics-tracer", "RuntimeMetrics.enable(tracer=...)")
        _runtime_metrics.enable(dogstatsd_url)

    @staticmethod
    def disable() -> None:
        """Send no more of them."""
        from ddtrace import _runtime_metrics

        _runtime_metrics.disable()


def _shown(tracer: "Any" = _unset, dogstatsd_url: "Optional[str]" = None) -> None: ...


RuntimeMetrics.enable.__wrapped__ = _shown  # type: ignore[attr-defined]  # its signature, without what was removed
