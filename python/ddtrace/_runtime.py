"""Ties the process together: the settings, the core that writes spans, the collector.

Every call to the core is made here.
"""

import os

from ._config import asbool

_warned = False  # one line for an outage, in this process and the children it forks


def enabled():
    return asbool(os.environ.get("DD_TRACE_ENABLED", "true"))


def start():
    """What ``ddtrace-run`` and ``import ddtrace.auto`` do. Never raises."""
    if not enabled():
        return
    try:
        from ._config import parse_tags
        from ._patch import patch_defaults

        chosen = parse_tags(os.environ.get("DD_PATCH_MODULES", ""))
        patch_defaults(**{name: asbool(text) for name, text in chosen.items()})
    except Exception as error:
        _warn("tracing could not be started: %s: %s", type(error).__name__, error)


def _warn(message, *args):
    global _warned
    if not _warned:
        _warned = True
        from ._config import warn

        warn(message, *args)
