"""App Analytics in config.<integration>: it has done nothing since 3.0, and code still asks for it."""

from __future__ import annotations

from .._deprecation import removed


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAMES = ("analytics_enabled", "analytics_sample_rate")


def attach(module: Any) -> None:
    config = module.IntegrationConfig
    plain_get, plain_set = config.__getattr__, config.__setattr__

    def __getattr__(self: Any, key: str) -> Any:
        if key in _NAMES:
            _warn(self, key)
        return plain_get(self, key)

    def __setattr__(self: Any, key: str, value: Any) -> None:
        if key in _NAMES:
            _warn(self, key)
        plain_set(self, key, value)

    def get_analytics_sample_rate(self: Any, use_global_config: bool = False) -> int:
        """1: nothing is sampled by App Analytics."""
        _warn(self, "get_analytics_sample_rate")
        return 1

    for function in (__getattr__, __setattr__, get_analytics_sample_rate):
        function.__qualname__ = "IntegrationConfig." + function.__name__
        setattr(config, function.__name__, function)


def _warn(config: Any, key: str) -> None:
    name = config.__dict__.get("integration_name", "<integration>")
    removed("app-analytics", "config.%s.%s" % (name, key))
