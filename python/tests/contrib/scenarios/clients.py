"""What every HTTP client is asked to do; the with_* modules say how it does it."""

from .servers import echo_server
from .servers import free_port
from .servers import propagated


def echoed(get, path="/", **kwargs):
    """-> the names of the propagation headers that arrived."""
    with echo_server() as port:
        return propagated(get("http://127.0.0.1:%d%s" % (port, path), **kwargs))


def refused(get):
    try:
        get("http://127.0.0.1:%d/" % free_port())
    except Exception as error:
        return type(error).__name__
