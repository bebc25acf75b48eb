"""What an application registers with Flask: views, hooks, error handlers, signal receivers.

Each is wrapped when it is registered and becomes a span when it is called; the
decorators still return what the application gave them.
"""

import functools

from flask import signals

from . import _code_origin
from . import trace_utils


# Methods that register one function, their only argument.
_APP_HOOKS = ("before_request", "after_request", "teardown_request", "teardown_appcontext")
_BLUEPRINT_HOOKS = (
    "before_request",
    "before_app_request",
    "after_request",
    "after_app_request",
    "teardown_request",
    "teardown_app_request",
)
_SIGNALS = (
    "template_rendered",
    "request_started",
    "request_finished",
    "request_tearing_down",
    "got_request_exception",
    "appcontext_tearing_down",
)


def patch(app_class, blueprint_class, open_span):
    def hook(register, owner, args, kwargs):
        if len(args) != 1 or kwargs or not callable(args[0]):
            return register(*args, **kwargs)
        register(traced(args[0], function_name(args[0]), open_span))
        return args[0]

    def error_handler(register, owner, args, kwargs):
        if len(args) == 2 and callable(args[1]):
            args = (args[0], traced(args[1], function_name(args[1]), open_span))
        return register(*args, **kwargs)

    def url_rule(register, app, args, kwargs):
        call = dict(zip(("rule", "endpoint", "view_func"), args))
        rest = args[3:]
        call.update(kwargs)
        view = call.get("view_func")
        if view is not None:
            call["view_func"] = _traced_view(app, call.get("endpoint"), view, call.get("rule"), open_span)
            if rest:
                args = (call.pop("rule"), call.pop("endpoint", None), call.pop("view_func")) + rest
                return register(*args, **call)
            return register(call.pop("rule"), **call)
        return register(*args, **kwargs)

    for name in _APP_HOOKS:
        _wrap(app_class, name, hook)
    for name in _BLUEPRINT_HOOKS:
        _wrap(blueprint_class, name, hook)
    _wrap(app_class, "register_error_handler", error_handler)
    _wrap(app_class, "add_url_rule", url_rule)
    for name in _SIGNALS:
        _trace_receivers(name, open_span)


def unpatch(app_class, blueprint_class):
    for name in _APP_HOOKS + ("register_error_handler", "add_url_rule"):
        trace_utils.unwrap(app_class, name)
    for name in _BLUEPRINT_HOOKS:
        trace_utils.unwrap(blueprint_class, name)
    for name in _SIGNALS:
        vars(getattr(signals, name, object)).pop("receivers_for", None)


def _wrap(owner, name, wrapper):
    if hasattr(owner, name):
        trace_utils.wrap(owner, name, wrapper)


def function_name(function):
    """``module.function``, as the spans of functions are named."""
    name = getattr(function, "__name__", None) or type(function).__name__
    module = getattr(function, "__module__", None)
    return "%s.%s" % (module, name) if module else name


def traced(function, name, open_span, resource=lambda: None, before=None):
    """``function``, a span around each call."""
    if trace_utils._is_coroutine_function(function):

        async def call(*args, **kwargs):
            span = open_span(name, resource())
            if span is None:
                return await function(*args, **kwargs)
            with span:
                if before is not None:
                    before()
                return await function(*args, **kwargs)

    else:

        def call(*args, **kwargs):
            span = open_span(name, resource())
            if span is None:
                return function(*args, **kwargs)
            with span:
                if before is not None:
                    before()
                return function(*args, **kwargs)

    try:
        functools.update_wrapper(call, function)
    except Exception:
        return function  # nothing Flask could use as a name
    return call


class _View:
    """What the wrapper of a view shows as its resource: the rule registered last."""

    def __init__(self, rule):
        self.rule = rule


def _traced_view(app, endpoint, view, rule, open_span):
    if endpoint is None and not hasattr(view, "__name__"):
        return view
    known = app.view_functions.get(endpoint or view.__name__)
    shared = getattr(known, "_dd_view", None)
    if shared is not None and (known is view or getattr(known, "__wrapped__", None) is view):
        # Flask insists that all rules of an endpoint have the same function.
        shared.rule = rule
        return known
    shared = _View(rule)
    tags = _code_origin.describe(view)
    before = None if tags is None else functools.partial(_code_origin.tag, tags)
    call = traced(view, endpoint or function_name(view), open_span, lambda: shared.rule, before)
    if call is not view:
        call._dd_view = shared
    return call


def _trace_receivers(signal_name, open_span):
    signal = getattr(signals, signal_name, None)
    if signal is None or "receivers_for" in vars(signal):
        return
    receivers_for = signal.receivers_for

    def open_signal_span(name, resource=None):
        span = open_span(name, resource)
        if span is not None:
            span._set_attribute("flask.signal", signal_name)
        return span

    def traced_receivers_for(sender):
        for receiver in receivers_for(sender):
            yield traced(receiver, function_name(receiver), open_signal_span)

    signal.receivers_for = traced_receivers_for
