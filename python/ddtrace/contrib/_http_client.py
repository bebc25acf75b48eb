"""What the HTTP clients share: the span of a request, its service, its headers."""

import os

from .. import config
from .._config import asbool
from ..propagation.http import HTTPPropagator
from ..trace import tracer
from . import trace_utils
from ._safe import report
from ._safe import safely


def add_config(name, **settings):
    """Register the settings that every HTTP client has."""
    prefix = "DD_" + name.upper()
    config._add(
        name,
        dict(
            distributed_tracing=asbool(os.environ.get(prefix + "_DISTRIBUTED_TRACING", "true")),
            split_by_domain=asbool(os.environ.get(prefix + "_SPLIT_BY_DOMAIN", "false")),
            default_http_tag_query_string=config._http_client_tag_query_string,
            **settings,
        ),
    )
    return getattr(config, name)


def open_span(int_config, name, netloc, default_service, resource=None):
    """Start the span of one request; ``netloc`` is the ``host:port`` it goes to."""
    split = int_config.get("split_by_domain") and netloc
    service = netloc if split else trace_utils.ext_service(None, int_config, default_service)
    span = tracer.trace(name, service=service, resource=resource, span_type="http")
    span._set_attribute("component", int_config.integration_name)
    span._set_attribute("span.kind", "client")
    if split:
        span._set_attribute("_dd.svc_src", "opt.split_by_domain")
    return span


@safely
def inject(int_config, span, headers):
    """Add the propagation headers to ``headers``, a mutable mapping; the span goes on without them if that fails."""
    if trace_utils.distributed_tracing_enabled(int_config):
        HTTPPropagator.inject(span.context, headers)


def close_span(int_config, span, describe, *args):
    """Tag what ``describe(*args)`` knows of the request and its response, and finish the span. Never raises."""
    try:
        trace_utils.set_http_meta(span, int_config, **describe(*args))
    except Exception as error:
        report("%s.%s" % (describe.__module__, describe.__qualname__), error)
    finally:
        span.finish()
