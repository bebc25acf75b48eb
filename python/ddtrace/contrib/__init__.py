"""Integrations, a module each, and the helpers that applications use for libraries without one."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import trace_utils as trace_utils
else:

    def __getattr__(name):
        if name == "trace_utils":
            from importlib import import_module

            return import_module(__name__ + ".trace_utils")
        raise AttributeError("module %r has no attribute %r" % (__name__, name))
