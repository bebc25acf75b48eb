"""Metrics of the Python runtime, sent as DogStatsD by the collector."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from typing import Optional

__all__ = ["RuntimeMetrics"]

_unset: "Any" = object()


class RuntimeMetrics:
    """Switches the runtime metrics of this process on and off: ``RuntimeMetrics.enable()``.

    ``DD_RUNTIME_METRICS_ENABLED=true`` does the same from outside.
    """

    @staticmethod
    def enable(tracer: "Any" = _unset, dogstatsd_url: "Optional[str]" = None) -> None:
        """Send the metrics, to ``dogstatsd_url`` or where the settings say. ``tracer`` means nothing."""
        from ddtrace import _runtime_metrics

        if tracer is not _unset:
            from ddtrace._deprecation import deprecated

            name = "RuntimeMetrics.enable(tracer=...)"
            deprecated("runtime-metrics-tracer", name, "it does nothing, leave it out")
        _runtime_metrics.enable(dogstatsd_url)

    @staticmethod
    def disable() -> None:
        """Send no more of them."""
        from ddtrace import _runtime_metrics

        _runtime_metrics.disable()
