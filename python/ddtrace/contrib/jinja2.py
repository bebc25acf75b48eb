"""Jinja2: ``jinja2.load``, ``jinja2.compile`` and ``jinja2.render``."""

import jinja2
from jinja2.environment import Environment
from jinja2.environment import Template

from .. import config
from ..trace import tracer
from . import trace_utils
from ._safe import safely


config._add("jinja2", {})
_config = config.jinja2
_UNNAMED = "<memory>"


def get_version():
    return getattr(jinja2, "__version__", "")


def patch():
    if not trace_utils.iswrapped(Template, "render"):
        trace_utils.wrap(Template, "render", _render)
        trace_utils.wrap(Template, "generate", _render)
        trace_utils.wrap(Environment, "compile", _compile)
        trace_utils.wrap(Environment, "_load_template", _load)


def unpatch():
    if trace_utils.iswrapped(Template, "render"):
        trace_utils.unwrap(Template, "render")
        trace_utils.unwrap(Template, "generate")
        trace_utils.unwrap(Environment, "compile")
        trace_utils.unwrap(Environment, "_load_template")


def _render(render, template, args, kwargs):
    span = _open("jinja2.render", template.name, component=True)
    if span is None:
        return render(*args, **kwargs)
    span._set_attribute("_dd.measured", 1)
    with span:
        return render(*args, **kwargs)


def _compile(compile_source, environment, args, kwargs):
    span = _open("jinja2.compile", args[1] if len(args) > 1 else kwargs.get("name"), component=True)
    if span is None:
        return compile_source(*args, **kwargs)
    with span:
        return compile_source(*args, **kwargs)


def _load(load, environment, args, kwargs):
    span = _open("jinja2.load", args[0] if args else kwargs.get("name"), component=False)
    if span is None:
        return load(*args, **kwargs)
    with span:
        template = load(*args, **kwargs)
        _tag_path(span, template)
        return template


@safely
def _open(name, template_name, component):
    resource = str(template_name) if template_name else _UNNAMED
    span = tracer.trace(name, service=trace_utils.ext_service(None, _config), resource=resource, span_type="template")
    span._set_attribute("jinja2.template_name", resource)
    if component:
        span._set_attribute("component", "jinja2")
    return span


@safely
def _tag_path(span, template):
    if template is not None and template.filename:
        span.set_tag("jinja2.template_path", template.filename)
