"""Flask: ``flask.request``, and below it the steps in which Flask handles a request."""

import flask
import flask.templating
from flask import Blueprint
from flask import Flask
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request as WerkzeugRequest

from .. import _schema
from .. import config
from .._config import flag
from ..trace import tracer
from . import _flask_registry
from . import trace_utils
from ._safe import safely
from ._wsgi import Request


config._add(
    "flask",
    {
        "_default_service": _schema.default_service("flask"),
        "distributed_tracing_enabled": True,
        "collect_view_args": flag("DD_FLASK_COLLECT_VIEW_ARGS", True),
        "template_default_name": "<memory>",
        "trace_signals": True,
    },
)
_config = config.flask

# Methods of Flask that are steps of a request, each a span named after it.
_STEPS = (
    "preprocess_request",
    "dispatch_request",
    "process_response",
    "handle_user_exception",
    "handle_http_exception",
    "handle_exception",
    "do_teardown_request",
    "do_teardown_appcontext",
    "send_static_file",
)
_RENDERERS = ("render_template", "render_template_string")


def get_version():
    try:
        from importlib.metadata import version

        return version("flask")
    except Exception:
        return ""


_VERSION = get_version()


def patch():
    if trace_utils.iswrapped(Flask, "wsgi_app"):
        return
    trace_utils.wrap(Flask, "wsgi_app", _wsgi_app)
    for step in _STEPS:
        trace_utils.wrap(Flask, step, _step("flask." + step))
    for renderer in _RENDERERS:
        wrapper = _renderer("flask." + renderer)
        for module in (flask, flask.templating):
            trace_utils.wrap(module, renderer, wrapper)
    trace_utils.wrap(flask.templating, "_render", _render)
    _flask_registry.patch(Flask, Blueprint, open_span)


def unpatch():
    if not trace_utils.iswrapped(Flask, "wsgi_app"):
        return
    trace_utils.unwrap(Flask, "wsgi_app")
    for step in _STEPS:
        trace_utils.unwrap(Flask, step)
    for renderer in _RENDERERS:
        for module in (flask, flask.templating):
            trace_utils.unwrap(module, renderer)
    trace_utils.unwrap(flask.templating, "_render")
    _flask_registry.unpatch(Flask, Blueprint)


@safely
def open_span(name, resource=None):
    """A span below the active one, of the service of the requests."""
    service = trace_utils.int_service(None, _config)
    span = tracer.trace(name, service=service, resource=resource)
    _schema.tag_mapped(span, service)
    span._set_attribute("component", "flask")
    return span


# The request.

_REQUEST_KEY = "ddtrace.flask.request"  # in the environ: the _Request of this request


class _Request(Request):
    prefix = "flask"
    response_is_active = True

    def opened(self, span, environ, headers):
        trace_utils.set_http_meta(
            span,
            self.config,
            method=self.method,
            url=WerkzeugRequest(environ, populate_request=False).url,
            query=environ.get("QUERY_STRING"),
            request_headers=headers,
            peer_ip=environ.get("REMOTE_ADDR"),
            headers_are_case_sensitive=bool(config._client_ip_header),
        )
        span._set_attribute("flask.version", _VERSION)
        span._set_attribute("_dd.measured", 1)
        environ[_REQUEST_KEY] = self
        self.rule = None

    def answering(self, status_code, message, headers):
        if self.rule is None:
            self.span.resource = "%s %s" % (self.method, status_code)
        else:
            self.span._set_attribute("http.route", self.rule)
        trace_utils.set_http_meta(self.span, self.config, status_code=status_code, response_headers=dict(headers))

    def match(self, request):
        """Flask has matched the URL: name the spans after the rule."""
        rule = request.url_rule
        if self.rule is not None or rule is None:
            return
        self.rule = rule.rule
        resource = "%s %s" % (request.method, rule.rule)
        for span in (self.span, self.application):
            span._set_attribute("flask.endpoint", rule.endpoint)
            span._set_attribute("flask.url_rule", rule.rule)
            span.resource = resource
            if request.script_root:
                span._set_attribute("flask.resource.full", "%s %s%s" % (request.method, request.script_root, rule.rule))
            if _config.collect_view_args and request.view_args:
                for name, value in request.view_args.items():
                    _set_argument(span, "flask.view_args." + name, value)


def _set_argument(span, key, value):
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        span.set_metric(key, value)
    else:
        span.set_tag(key, str(value))


def _wsgi_app(wsgi_app, app, args, kwargs):
    if kwargs or len(args) != 2:
        return wsgi_app(*args, **kwargs)
    environ, start_response = args
    request = _Request(_config)
    request.method = environ.get("REQUEST_METHOD")
    # The resource is known once the URL is matched; a request of no rule is named by its status.
    if not request.open(environ, resource="%s %s" % (request.method, environ.get("PATH_INFO"))):
        return wsgi_app(environ, start_response)
    return request.run(wsgi_app, environ, start_response)


@safely
def _match():
    request = flask.request._get_current_object()
    current = request.environ.get(_REQUEST_KEY)
    if current is not None:
        current.match(request)


def _step(name):
    # Flask raises NotFound through dispatch_request for each unknown URL: no error of the application.
    ignored = NotFound if name == "flask.dispatch_request" else ()
    matches = name in ("flask.preprocess_request", "flask.dispatch_request")

    def step(method, app, args, kwargs):
        if matches:
            _match()
        span = open_span(name)
        if span is None:
            return method(*args, **kwargs)
        return in_span(span, method, args, kwargs, ignored)

    return step


def in_span(span, function, args, kwargs, ignored=()):
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        if not isinstance(error, ignored):
            span.set_exc_info(type(error), error, error.__traceback__)
        span.finish()
        raise
    span.finish()
    return result


# Templates.


@safely
def _open_renderer(name):
    span = tracer.trace(name, span_type="template")
    span._set_attribute("component", "flask")
    span._set_attribute("_dd.svc_src", "flask")
    return span


def _renderer(name):
    def render(function, _, args, kwargs):
        span = _open_renderer(name)
        if span is None:
            return function(*args, **kwargs)
        return in_span(span, function, args, kwargs)

    return render


def _render(function, _, args, kwargs):
    _name_renderer(args, kwargs)
    return function(*args, **kwargs)


@safely
def _name_renderer(args, kwargs):
    span = tracer.current_span()
    if span is None or not span.name.startswith("flask.render_template"):
        return
    template = kwargs.get("template")
    for argument in args:
        if hasattr(argument, "render"):
            template = argument
    name = getattr(template, "name", None) or _config.template_default_name
    span.resource = name
    span._set_attribute("flask.template_name", name)
