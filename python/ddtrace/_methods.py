"""DD_TRACE_METHODS: spans around functions that the environment names.

``module:function,Class.method;other.module:function``. A span ``trace.annotation``
is around each call, of a coroutine until it is done, of a generator only while it is made.
"""

import os

from ._config import warn
from ._hooks import when_imported


# As inspect has them.
_CO_GENERATOR, _CO_COROUTINE, _CO_ASYNC_GENERATOR = 0x20, 0x80, 0x200


def install():
    """Wrap what DD_TRACE_METHODS names, in each module when it is imported. Never raises."""
    text = os.environ.get("DD_TRACE_METHODS", "")
    names = parse(text) if text else ()
    if names is None:
        return
    for module, name in names:
        when_imported(module, _Wrap(module, name))


def parse(text):
    """[(module, dotted name)] in the order given; None, and one line in the log, if a part is malformed."""
    found = []
    for part in text.split(";"):
        module, colon, names = part.partition(":")
        names = names.split(",")
        if not colon or not module or not all(all(map(str.isidentifier, name.split("."))) for name in names):
            warn("DD_TRACE_METHODS traces nothing: %r is not of the form module:function,Class.method", part)
            return None
        if module == "__main__":
            warn("DD_TRACE_METHODS traces nothing: the functions of __main__ are not there yet when tracing starts")
            return None
        found.extend((module, name) for name in names)
    return found


class _Wrap:
    """Called with the module when it has been imported."""

    def __init__(self, module, name):
        self.module = module
        self.name = name

    def __call__(self, module):
        try:
            _wrap(module, self.name)
        except AttributeError:  # whose own text suspects a circular import
            warn("DD_TRACE_METHODS: %s:%s is not traced: there is no such name in the module", self.module, self.name)
        except Exception as error:
            warn("DD_TRACE_METHODS: %s:%s is not traced: %s: %s", self.module, self.name, type(error).__name__, error)


def _wrap(module, name):
    from .contrib import trace_utils

    owner, attribute = trace_utils._owner(module, name)
    target = trace_utils._lookup(owner, attribute)
    if isinstance(target, type):
        # The class itself stays what it is; what is traced is making one of it, not of its subclasses.
        trace_utils.wrap(target, "__init__", _traced_init(target))
        return
    function = trace_utils._function_of(target)
    if not callable(function):
        raise TypeError("a %s cannot be called" % type(target).__name__)
    code = getattr(function, "__code__", None)
    flags = code.co_flags if code is not None else 0
    if flags & (_CO_GENERATOR | _CO_ASYNC_GENERATOR):
        bound = isinstance(owner, type) and not isinstance(target, staticmethod)
        around = _around_generator if flags & _CO_GENERATOR else _around_async_generator
        replacement = around(function, bound)
        if isinstance(target, (staticmethod, classmethod)):
            replacement = type(target)(replacement)
        setattr(owner, attribute, replacement)
    else:
        trace_utils.wrap(owner, attribute, _traced_coroutine if flags & _CO_COROUTINE else _traced)


def _open(function, instance):
    from .contrib._safe import report

    try:
        from .trace import tracer

        name = function.__name__
        span = tracer.trace(
            "trace.annotation", resource=name if instance is None else "%s.%s" % (type(instance).__name__, name)
        )
        span._set_attribute("component", "trace")
        return span
    except Exception as error:
        report("DD_TRACE_METHODS", error)
        return None


def _traced(function, instance, args, kwargs):
    span = _open(function, instance)
    if span is None:
        return function(*args, **kwargs)
    with span:
        return function(*args, **kwargs)


async def _traced_coroutine(function, instance, args, kwargs):
    span = _open(function, instance)
    if span is None:
        return await function(*args, **kwargs)
    with span:
        return await function(*args, **kwargs)


# What tells generator functions apart, as FastAPI and pytest do, finds generator functions here too.


def _around_generator(function, bound):
    import functools

    @functools.wraps(function)
    def generate(*args, **kwargs):
        return (yield from _traced(function, args[0] if bound and args else None, args, kwargs))

    return generate


def _around_async_generator(function, bound):
    from contextlib import nullcontext

    from ._async_generators import around

    return around(
        function, nullcontext, lambda args, kwargs: _traced(function, args[0] if bound and args else None, args, kwargs)
    )


def _traced_init(cls):
    def init(initialise, instance, args, kwargs):
        span = _open(cls, None) if type(instance) is cls else None
        if span is None:
            return initialise(*args, **kwargs)
        with span:
            return initialise(*args, **kwargs)

    return init
