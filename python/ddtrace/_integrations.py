"""The integrations: which module's import switches each one on.

One line per integration; each is one module ``ddtrace/contrib/<name>.py`` with

    patch()        wraps the library in place; a second call does nothing
    unpatch()      puts the originals back
    get_version()  the version of the library as text, "" for the standard library

``patch()`` runs after the module that triggered it has been executed, so it may
import that module. It is called once per triggering module. An integration that
is off by default is switched on by ``DD_TRACE_<NAME>_ENABLED=true``,
``DD_PATCH_MODULES=<name>:true`` or ``ddtrace.patch(<name>=True)``.
"""

# name -> (on by default, modules whose import triggers it)
INTEGRATIONS = {
    "fastapi": (True, ("fastapi",)),
    "flask": (True, ("flask",)),
    "futures": (True, ("concurrent.futures.thread",)),
    "httpx": (True, ("httpx",)),
    "jinja2": (True, ("jinja2",)),
    "logging": (True, ("logging",)),
    "loguru": (True, ("loguru",)),
    "requests": (True, ("requests",)),
    "sqlite3": (True, ("sqlite3",)),
    "starlette": (True, ("starlette",)),
    "structlog": (True, ("structlog",)),
    "urllib3": (False, ("urllib3",)),
}


def env_switch(name):
    """The variable that switches an integration on or off."""
    return "DD_TRACE_%s_ENABLED" % name.upper().replace("-", "_")
