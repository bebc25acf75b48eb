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
            import warnings

            from ddtrace import DDTraceDeprecationWarning

            warnings.warn(
                "RuntimeMetrics.enable(tracer=...) does nothing and will be removed in 5.0.0: leave it out",
                category=DDTraceDeprecationWarning,
                stacklevel=2,
            )
        _runtime_metrics.enable(dogstatsd_url)

    @staticmethod
    def disable() -> None:
        """Send no more of them."""
        from ddtrace import _runtime_metrics

        _runtime_metrics.disable()
