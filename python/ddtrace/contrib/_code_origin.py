"""Code origin: which function of the application answers the request."""

import os

from .._config import flag
from ..trace import tracer
from ._safe import safely


def enabled():
    return flag("DD_CODE_ORIGIN_FOR_SPANS_ENABLED", True)


def describe(function):
    """The tags of a view function, None for what has no Python code."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None or not enabled():
        return None
    return (
        ("_dd.code_origin.type", "entry"),
        ("_dd.code_origin.frames.0.file", os.path.abspath(code.co_filename)),
        ("_dd.code_origin.frames.0.line", str(code.co_firstlineno)),
        ("_dd.code_origin.frames.0.type", function.__module__ or ""),
        ("_dd.code_origin.frames.0.method", function.__qualname__),
    )


@safely
def tag(tags):
    """Put the tags on the active span and its local root, unless that has some already."""
    span = tracer.current_span()
    if span is None or tags is None:
        return
    root = span._local_root
    if root._has_attribute("_dd.code_origin.type"):
        return
    for key, value in tags:
        root._set_attribute(key, value)
        if span is not root:
            span._set_attribute(key, value)
