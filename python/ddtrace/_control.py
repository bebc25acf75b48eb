"""What the collector has for this process: the agent's rates, and what its users changed remotely.

Imported when the control word of the ring has changed for the first time. See "Control
file" in internal/ring/FORMAT.md.
"""

import json
import sys

from . import _core


_MAX_BYTES = 1 << 20

_remote = {}  # as it was applied last


def read(path):
    """Read the control file and do what it says. Never raises; what cannot be read changes nothing."""
    try:
        with open(path, "rb") as file:
            data = file.read(_MAX_BYTES + 1)
        said = json.loads(data) if len(data) <= _MAX_BYTES else None
        if isinstance(said, dict):
            apply(said)
        notes = sys.modules.get("ddtrace._notes")
        if notes is not None:
            notes.asked()
    except (OSError, ValueError, RecursionError):
        pass  # the next change is another chance
    except Exception as error:
        from ._config import warn

        warn("the collector's control file could not be applied: %s: %s", type(error).__name__, error)


def apply(said):
    global _remote
    rates = said.get("rates")
    if isinstance(rates, dict):
        _core.set_rates(rates)
    remote = said.get("remote")
    if isinstance(remote, dict) and remote != _remote:
        from . import _remote as remote_configuration

        remote_configuration.apply(remote)
        _remote = remote
