"""What the collector cannot see of a process from outside: its garbage collector.

The collector measures everything else, and sends all of it. Its asking comes through the control word,
every 10 s, and is answered at the start of a local root.
"""

import gc
from time import perf_counter_ns


_enabled = False
_url = None
_started = 0  # ns; of the collection that runs
_pause = 0  # ns, all of them
_longest = 0  # ns, since it was told


def watch():
    global _enabled
    _enabled = True
    if _on_collection not in gc.callbacks:
        gc.callbacks.append(_on_collection)


def enable(dogstatsd_url=None):
    global _url
    _url = dogstatsd_url or None
    watch()
    opened()


def disable():
    global _enabled
    _enabled = False
    if _on_collection in gc.callbacks:
        gc.callbacks.remove(_on_collection)
    opened()


def opened():
    """Tell whether metrics are wanted; again for each ring."""
    _tell(runtime_metrics=_wanted())


def _wanted():
    return {"enabled": _enabled, "dogstatsd_url": _url or ""}


def asked():
    global _longest
    if not _enabled:
        return
    longest, _longest = _longest, 0
    _tell(
        runtime_metrics=_wanted(),  # for a collector that came later
        gc={
            "count": gc.get_count(),
            "collections": [generation["collections"] for generation in gc.get_stats()],
            "pause_time": _pause,
            "pause_max": longest,
        },
    )


def _tell(**note):
    from . import _notes

    _notes._tell(**note)


def _on_collection(phase, info):
    global _started, _pause, _longest
    if phase == "start":
        _started = perf_counter_ns()
        return
    took = perf_counter_ns() - _started
    _pause += took
    if took > _longest:
        _longest = took
