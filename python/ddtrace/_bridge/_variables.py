"""Variables of the environment that 4 does not read any more."""

from __future__ import annotations

import os

from .._deprecation import of_variable


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# variable -> (change, what to use)
_REMOVED = {
    "DD_TRACE_ANALYTICS_ENABLED": ("app-analytics-variables", "nothing, App Analytics has had no effect since 3.0"),
    "DD_RUNTIME_METRICS_INTERVAL": ("runtime-metrics-interval", "nothing, the interval is ten seconds"),
    "DD_TRACE_GLOBAL_TAGS": ("trace-global-tags", "DD_TAGS"),
    "DD_REMOTE_CONFIG_ENABLED": ("remote-config-enabled", "DD_REMOTE_CONFIGURATION_ENABLED"),
    "DD_DJANGO_ALWAYS_CREATE_DATABASE_SPANS": (
        "django-always-create-database-spans",
        "DD_DJANGO_INSTRUMENT_DATABASES",
    ),
    "DD_PROFILING_API_TIMEOUT": ("profiling-api-timeout", "DD_PROFILING_API_TIMEOUT_MS"),
    "DD_AIOREDIS_CMD_MAX_LENGTH": (
        "aioredis-variables",
        "nothing, aioredis is a part of redis: DD_REDIS_CMD_MAX_LENGTH",
    ),
}


def warn() -> None:
    for name in list(os.environ):
        if name in _REMOVED:
            change, instead = _REMOVED[name]
        elif name.startswith("DD_") and name.endswith(("_ANALYTICS_ENABLED", "_ANALYTICS_SAMPLE_RATE")):
            change, instead = _REMOVED["DD_TRACE_ANALYTICS_ENABLED"]
        else:
            continue
        of_variable(change, name, "%s was removed in ddtrace 4.0; use instead: %s" % (name, instead))


def honour() -> None:
    """What of them means something here."""
    environ = os.environ
    if "DD_REMOTE_CONFIG_ENABLED" in environ:
        environ.setdefault("DD_REMOTE_CONFIGURATION_ENABLED", environ["DD_REMOTE_CONFIG_ENABLED"])


def attach(module: Any) -> None:
    """To ddtrace.trace: the tags of DD_TRACE_GLOBAL_TAGS win over those of DD_TAGS."""
    from .._environment import parse_tags

    tags = parse_tags(os.environ.get("DD_TRACE_GLOBAL_TAGS", ""))
    if tags:
        module.tracer.set_tags(tags)
