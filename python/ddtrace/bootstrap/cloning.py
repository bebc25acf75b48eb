"""Unloading modules after the start: never needed here, for the start loads none that an application patches."""

MODULES_REQUIRING_CLEANUP = ()
enabled = False


def cleanup_loaded_modules():
    """Do nothing: no module of the application's is loaded twice."""
