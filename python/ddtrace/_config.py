"""``ddtrace.config``: what the environment, and code after it, asks of the tracer.

Nothing is read before it is asked for. Each value is resolved once, at its first
use, and is then an ordinary attribute that code may set.
"""

import os

from ._environment import asbool as asbool
from ._environment import flag as flag
from ._environment import given as given
from ._environment import parse_tags as parse_tags
from ._environment import setting as setting
from ._environment import value as value
from ._environment import warn as warn
from ._settings import ATTRIBUTES


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROPAGATION_STYLES = ("datadog", "tracecontext", "b3multi", "b3", "baggage", "none")

# What the core has a copy of.
_CORE_SETTINGS = frozenset(("service", "env", "version", "tags", "service_mapping"))


class Config:
    """The settings of this process; every attribute not set yet is resolved when first read."""

    service: "str | None"
    env: "str | None"
    version: "str | None"
    tags: "dict[str, str]"
    service_mapping: "dict[str, str]"

    def __getattr__(self, name: str) -> "Any":
        resolve = _RESOLVERS.get(name)
        if resolve is not None:
            resolved = resolve(self)
        elif name in ATTRIBUTES:
            resolved = value(ATTRIBUTES[name])
        else:
            resolved = None
            if not name.startswith("_"):
                from ._integration_config import NAMES
                from ._integration_config import IntegrationConfig

                if name in NAMES:
                    resolved = IntegrationConfig(self, name)
            if resolved is None:
                raise AttributeError("config has no setting and no integration %r" % name)
        self.__dict__[name] = resolved
        return resolved

    def _add(self, integration, settings, merge=True):
        """Register the defaults of an integration; what code has set already stays."""
        from ._integration_config import add
        from ._integration_config import default_services

        add(self, integration, settings, merge)
        self.__dict__["_integration_default_services"] = default_services(self)
        if self._listener:
            self._listener("integration_services", self._integration_default_services)

    def __setattr__(self, name, new):
        if name in self._remote:
            self._remote[name] = new  # for when the remote value goes away
            return
        self.__dict__[name] = new
        if name in _CORE_SETTINGS and self._listener:
            self._listener(name, new)

    def _notify(self, listener):
        """Call ``listener(name, value)`` when code sets what the core has a copy of."""
        self.__dict__["_listener"] = listener

    def _get_service(self, default=None):
        """The service of the application; an inferred one gives way to ``default``."""
        if default is not None and not self.is_service_user_provided:
            return default
        return self.service if self.service is not None else default

    @property
    def is_service_user_provided(self):
        """Whether the environment or code named the service; else it was inferred."""
        return self._is_user_provided_service or self.service != self._inferred_base_service

    def _header_tag_name(self, header_name):
        return self._http._header_tag_name(header_name)

    def __reduce__(self):
        return (_the_config, ())

    def __repr__(self):
        return "<ddtrace.config service=%r env=%r version=%r>" % (self.service, self.env, self.version)


def _the_config():
    return config


# DD_TAGS may carry env, service and version; the two latter are not tags of every span then.
def _all_tags(config):
    return value("DD_TAGS")


def _tags(config):
    tags = dict(config._all_tags)
    if config.service:
        tags.pop("service", None)
    if config.version:
        tags.pop("version", None)
    return tags


def _own_service(config):
    text, variable = given("DD_SERVICE")
    if text == "":
        warn("%s is empty: so is the service of every span; unset it to have one inferred", variable)
    return config._all_tags.get("service") if text is None else text


def _service(config):
    own = config._own_service
    if own is None:
        own = _serverless_name(os.environ)
    if own is None:
        own = config._inferred_base_service
    if own is None and value("DD_TRACE_SPAN_ATTRIBUTE_SCHEMA") == "v1":
        own = "unnamed-python-service"
    return own


# (the name of the function, variables that only its platform sets)
_SERVERLESS = (
    ("AWS_LAMBDA_FUNCTION_NAME", ()),
    ("FUNCTION_NAME", ("GCP_PROJECT",)),
    ("K_SERVICE", ("FUNCTION_TARGET",)),
    ("WEBSITE_SITE_NAME", ("FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION")),
)


def _serverless_name(environ):
    for name, platform in _SERVERLESS:
        if environ.get(name) and all(environ.get(variable) for variable in platform):
            return environ[name]
    return None


def _compute_stats(config):
    on, is_set = setting("DD_TRACE_STATS_COMPUTATION_ENABLED")
    if is_set:
        return on
    # Unset it is on, by the collector; as an attribute of ddtrace.config it is off but in functions.
    return "AWS_LAMBDA_FUNCTION_NAME" not in os.environ and _serverless_name(os.environ) is not None


def _remote_config(config):
    return value("DD_REMOTE_CONFIGURATION_ENABLED") and not os.environ.get("AWS_LAMBDA_FUNCTION_NAME")


def _inferred_base_service(config):
    from ._service import infer_service

    return infer_service()


def _propagation_styles(setting_name):
    styles = []
    for style in value(setting_name):
        style = style.lower()
        if style not in PROPAGATION_STYLES:
            text, variable = given(setting_name)
            known = ", ".join(PROPAGATION_STYLES)
            warn("%s=%r: %r is left out, the known styles are: %s", variable, text, style, known)
        elif style != "none":
            styles.append(style)
    return styles


def _extract_styles(config):
    if config._propagation_behavior_extract == "ignore":
        return ["none"]
    return _propagation_styles("DD_TRACE_PROPAGATION_STYLE_EXTRACT")


def _extract_behavior(config):
    text = value("DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT")
    if text.lower() not in ("continue", "restart", "ignore"):
        warn("DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT=%r is not continue, restart or ignore: continue is used", text)
    return text.lower()


def _logs_injection(config):
    text = os.environ.get("DD_LOGS_INJECTION", "true").strip().lower()
    if text not in ("true", "1", "structured", "false", "0"):
        warn("DD_LOGS_INJECTION=%r is not one of true, false, structured: false is used", text)
    return text in ("true", "1", "structured")


def _api_version(config):
    text, _ = given("DD_TRACE_API_VERSION")
    if text not in (None, "", "v0.4", "v0.5"):
        warn("DD_TRACE_API_VERSION=%r is not v0.4 or v0.5: what the agent prefers is used", text)
    return text


def _flush_min_spans(config):
    spans = value("DD_TRACE_PARTIAL_FLUSH_MIN_SPANS")
    if spans < 1:
        warn("DD_TRACE_PARTIAL_FLUSH_MIN_SPANS=%d is less than 1: 1 is used", spans)
    return max(spans, 1)


def _tags_max_length(config):
    length = value("DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH")
    if length < 0:
        warn("DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH=%d is negative: 0 is used", length)
    return max(length, 0)


def _stats_limits(config):
    name = "DD_TRACE_STATS_%sCARDINALITY_LIMIT"
    parts = {"whole_key": "", "resource": "RESOURCE_", "http_endpoint": "HTTP_ENDPOINT_"}
    parts.update(peer_tags="PEER_TAGS_", additional_tags="ADDITIONAL_TAGS_")
    return {part + "_limit": value(name % infix) for part, infix in parts.items()}


_OBFUSCATION_SETTING = "DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP"


def _query_string_pattern(config):
    """The compiled pattern of secrets in query strings; None where the one asked for is none."""
    import re

    text = value(_OBFUSCATION_SETTING)
    if text is None:
        from .contrib._query_string import DEFAULT_PATTERN

        return re.compile(DEFAULT_PATTERN)
    try:
        text.encode("ascii")
        return re.compile(text)
    except (re.error, UnicodeEncodeError, OverflowError, RecursionError) as error:
        warn("%s=%r is no regular expression (%s): URLs lose their query", _OBFUSCATION_SETTING, text, error)
        return None


def _http(config):
    from ._integration_config import HttpConfig

    return HttpConfig(config._trace_http_header_tags)


def _http_server(config):
    from ._integration_config import HttpServerConfig

    return HttpServerConfig(value("DD_TRACE_HTTP_SERVER_ERROR_STATUSES"))


def _baggage_keys(config):
    text, _ = given("DD_TRACE_BAGGAGE_TAG_KEYS")
    return ["user.id", "account.id", "session.id"] if text is None else text.split(",")


def _parts(name):
    """The parts of a list, without spaces around them."""
    return [part.strip() for part in (value(name) or "").split(",") if part.strip()]


_RESOLVERS = {
    "_remote": lambda config: {},  # what remote configuration covers, see _remote.py
    "_listener": lambda config: None,
    "_integration_default_services": lambda config: frozenset(),
    "_all_tags": _all_tags,
    "tags": _tags,
    "env": lambda config: os.environ.get("DD_ENV", config._all_tags.get("env")),
    "version": lambda config: os.environ.get("DD_VERSION", config._all_tags.get("version")),
    "service": _service,
    "_own_service": _own_service,
    "_is_user_provided_service": lambda config: config._own_service is not None,
    "_inferred_base_service": _inferred_base_service,
    "_unparsed_service_mapping": lambda config: given("DD_SERVICE_MAPPING")[0] or "",
    "_trace_api": _api_version,
    "_trace_compute_stats": _compute_stats,
    "_trace_stats_cardinality_limits": _stats_limits,
    "_trace_stats_additional_tags": lambda config: _parts("DD_TRACE_STATS_ADDITIONAL_TAGS"),
    "_remote_config_enabled": _remote_config,
    "_logs_injection": _logs_injection,
    "_otel_enabled": lambda config: (
        config._otel_trace_enabled or config._otel_logs_enabled or config._otel_metrics_enabled
    ),
    "_partial_flush_min_spans": _flush_min_spans,
    "_propagation_behavior_extract": _extract_behavior,
    "_propagation_style_extract": _extract_styles,
    "_propagation_style_inject": lambda config: _propagation_styles("DD_TRACE_PROPAGATION_STYLE_INJECT"),
    "_propagation_as_span_links": lambda config: set(_parts("DD_TRACE_PROPAGATION_AS_SPAN_LINKS")),
    "_experimental_features_enabled": lambda config: set(
        part.upper() for part in _parts("DD_TRACE_EXPERIMENTAL_FEATURES_ENABLED")
    ),
    "_baggage_tag_keys": _baggage_keys,
    "_x_datadog_tags_max_length": _tags_max_length,
    "_x_datadog_tags_enabled": lambda config: config._x_datadog_tags_max_length > 0,
    "_http": _http,
    "_http_server": _http_server,
    "_http_client_tag_query_string": lambda config: os.environ.get("DD_TRACE_HTTP_CLIENT_TAG_QUERY_STRING", "true"),
    "_http_tag_query_string": lambda config: config._obfuscation_query_string_pattern is not None,
    "_global_query_string_obfuscation_disabled": lambda config: os.environ.get(_OBFUSCATION_SETTING) == "",
    "_obfuscation_query_string_pattern": _query_string_pattern,
    "_query_string_obfuscation_preserve_delimiter": lambda config: _OBFUSCATION_SETTING not in os.environ,
}

config = Config()
