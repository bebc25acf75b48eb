"""RuntimeMetrics.enable(tracer, dogstatsd_url, flush_interval)."""

from __future__ import annotations

from .._deprecation import removed


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def attach(module: Any) -> None:
    plain = module.RuntimeMetrics.enable

    def enable(tracer: Any = module._unset, dogstatsd_url: Any = None, flush_interval: Any = None) -> None:
        """Send the metrics; every ten seconds, whatever ``flush_interval`` is."""
        if flush_interval is not None:
            removed("runtime-metrics-flush-interval", "RuntimeMetrics.enable(flush_interval=...)")
        plain(tracer, dogstatsd_url)

    enable.__qualname__ = "RuntimeMetrics.enable"
    module.RuntimeMetrics.enable = staticmethod(enable)
