"""What has to be loaded before the application: nothing here, for the tracer starts without threads or state.

The module is for programs that run code of theirs at that point.
"""

_callbacks = []


def register_post_preload(func):
    """A decorator: ``func()`` is called by the next ``post_preload()``."""
    _callbacks.append(func)
    return func


def post_preload():
    """Call what was registered, each once."""
    while _callbacks:
        _callbacks.pop(0)()
