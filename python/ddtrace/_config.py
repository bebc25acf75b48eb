"""``ddtrace.config``: what the environment, and code after it, asks of the tracer.

Nothing is read before it is asked for. Each value is resolved once, at its first
use, and is then an ordinary attribute that code may set.
"""

import os

from ._settings import SETTINGS


PROPAGATION_STYLES = ("datadog", "tracecontext", "b3multi", "b3", "baggage", "none")


_said = set()  # a forked child, which reads its settings again, does not say it again


def warn(message, *args):
    """One line in the application's log; ``logging`` is imported only when there is one."""
    line = message % args
    if line in _said:
        return
    _said.add(line)
    import logging

    logging.getLogger("ddtrace").warning("%s", line)


def asbool(text):
    """``true`` and ``1`` are true, in any case; everything else is false."""
    if isinstance(text, str):
        return text.strip().lower() in ("true", "1")
    return bool(text)


def parse_tags(text):
    """``a:b,c:d`` as a dict; without a comma, spaces part the pairs; no colon: an empty value."""
    tags = {}
    for pair in text.split("," if "," in text else " "):
        key, _, value = pair.strip().partition(":")
        key = key.strip()
        if key:
            tags[key] = value.strip()
    return tags


def _number(convert):
    def parse(text):
        return convert(text.strip())

    return parse


_PARSERS = {
    "string": str,
    "boolean": asbool,
    "int": _number(int),
    "decimal": _number(float),
    "array": lambda text: [item.strip() for item in text.split(",") if item.strip()],
    "map": parse_tags,
}


def setting(name):
    """(value, whether a variable gave it) of a registered setting; a bad text is logged once."""
    kind, default, aliases = SETTINGS[name]
    parse = _PARSERS[kind]
    environ = os.environ
    for variable in (name,) + aliases:
        text = environ.get(variable)
        if text is None:
            continue
        try:
            return parse(text), True
        except ValueError:
            warn("%s=%r is not a valid %s, using the default %r", variable, text, kind, default)
    return (None if default is None else parse(default)), False


def value(name):
    return setting(name)[0]


class HttpConfig:
    """Which HTTP headers become tags, for one integration or for all."""

    def __init__(self, header_tags=None):
        self._header_tags = {name.strip().lower(): tag for name, tag in (header_tags or {}).items()}
        self.trace_query_string = None

    def trace_headers(self, whitelist):
        """Tag these headers (a name or a list) as ``http.<request|response>.headers.<name>``."""
        if not whitelist:
            return None
        for name in [whitelist] if isinstance(whitelist, str) else whitelist:
            name = name.strip().lower()
            if name:
                self._header_tags.setdefault(name, "")
        return self

    @property
    def is_header_tracing_configured(self):
        return bool(self._header_tags)

    def header_is_traced(self, header_name):
        return self._header_tag_name(header_name) is not None

    def _header_tag_name(self, header_name):
        """The tag of a header, "" for the tag named after it, None for no tag."""
        return self._header_tags.get(header_name.strip().lower()) if self._header_tags else None


class HttpServerConfig:
    """Which HTTP status codes are errors."""

    def __init__(self, error_statuses):
        self.error_statuses = error_statuses

    @property
    def error_statuses(self):
        return self._error_statuses

    @error_statuses.setter
    def error_statuses(self, text):
        self._error_statuses = text
        self.error_ranges = []
        for part in text.split(","):
            try:
                codes = [int(code) for code in part.split("-")]
            except ValueError:
                warn("%r is not a range of HTTP status codes, ignoring it", part)
                continue
            self.error_ranges.append((min(codes), max(codes)))

    def is_error_code(self, status_code):
        return any(low <= status_code <= high for low, high in self.error_ranges)


class Hooks:
    """What is left of v2's hooks: every method exists, warns, and does nothing."""

    def register(self, hook, func=None):
        self._warn("register")
        return None if func else lambda function: function

    def on(self, hook, func=None):
        self._warn("on")
        return None if func else lambda function: function

    def deregister(self, hook, func):
        self._warn("deregister")

    def emit(self, hook, *args, **kwargs):
        self._warn("emit")

    def _warn(self, method):
        import warnings

        from . import DDTraceDeprecationWarning

        message = "config.<integration>.hooks.%s does nothing and will be removed in 5.0.0: use a span of the tracer"
        warnings.warn(message % method, category=DDTraceDeprecationWarning, stacklevel=3)


class IntegrationConfig(dict):
    """The settings of one integration: ``config.flask["service"]`` is ``config.flask.service``."""

    def __init__(self, global_config, name, settings=()):
        super().__init__(settings)
        as_attribute = object.__setattr__
        as_attribute(self, "global_config", global_config)
        as_attribute(self, "integration_name", name)
        as_attribute(self, "http", HttpConfig())
        as_attribute(self, "hooks", Hooks())
        prefix = "DD_" + name.upper().replace("-", "_")
        service = os.environ.get(prefix + "_SERVICE", os.environ.get(prefix + "_SERVICE_NAME"))
        self.setdefault("service", service)
        self.setdefault("service_name", service)
        query = settings.get("default_http_tag_query_string") if settings else None
        if query is None:
            query = os.environ.get("DD_HTTP_SERVER_TAG_QUERY_STRING", "true")
        as_attribute(self, "_tag_query_string", str(query).lower() not in ("false", "0"))

    @property
    def http_tag_query_string(self):
        """Whether ``http.url`` keeps the query string; never where it cannot be obfuscated as asked."""
        return self._tag_query_string and self.global_config._http_tag_query_string

    @http_tag_query_string.setter
    def http_tag_query_string(self, wanted):
        object.__setattr__(self, "_tag_query_string", wanted)

    def __getattr__(self, key):
        try:
            return self[key]
        except KeyError:
            raise AttributeError("config.%s has no setting %r" % (self.integration_name, key)) from None

    def __setattr__(self, key, value):
        if key not in self and (key in self.__dict__ or hasattr(type(self), key)):
            object.__setattr__(self, key, value)
        else:
            self[key] = value

    def __deepcopy__(self, memo):
        return self.copy()

    def copy(self):
        return IntegrationConfig(self.global_config, self.integration_name, dict(self))

    @property
    def trace_query_string(self):
        own = self.http.trace_query_string
        return self.global_config._http.trace_query_string if own is None else own

    @property
    def is_header_tracing_configured(self):
        return self.http.is_header_tracing_configured or self.global_config._http.is_header_tracing_configured

    def header_is_traced(self, header_name):
        return self._header_tag_name(header_name) is not None

    def _header_tag_name(self, header_name):
        own = self.http._header_tag_name(header_name)
        return self.global_config._http._header_tag_name(header_name) if own is None else own


def _merge(source, destination):
    for key, value in source.items():
        if isinstance(value, dict) and isinstance(destination.get(key), dict):
            _merge(value, destination[key])
        elif value is not None or key not in destination:
            destination[key] = value
    return destination


# What the core has a copy of.
_CORE_SETTINGS = frozenset(("service", "env", "version", "tags", "service_mapping"))


class Config:
    """The settings of this process; every attribute not set yet is resolved when first read."""

    def __getattr__(self, name):
        resolve = _RESOLVERS.get(name)
        if resolve is not None:
            resolved = resolve(self)
        elif name.startswith("__"):
            raise AttributeError(name)
        elif name.startswith("_"):
            raise AttributeError("config has no setting %r" % name)
        else:
            resolved = IntegrationConfig(self, name)
        self.__dict__[name] = resolved
        return resolved

    def _add(self, integration, settings, merge=True):
        """Register the defaults of an integration; what code has set already stays."""
        settings = dict(settings)
        if merge and integration in self.__dict__:
            existing = self.__dict__[integration]
            merged = IntegrationConfig(self, integration, _merge(existing, settings))
            object.__setattr__(merged, "http", existing.http)
            self.__dict__[integration] = merged
        else:
            self.__dict__[integration] = IntegrationConfig(self, integration, settings)
        for key in ("_default_service", "_default_service_worker", "_default_service_producer"):
            if settings.get(key):
                self._integration_default_services.add(settings[key])
        if self._listener:
            self._listener("integration_services", self._integration_default_services)

    def __setattr__(self, name, new):
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
    return os.environ.get("DD_SERVICE") or config._all_tags.get("service")


def _service(config):
    return config._own_service or config._inferred_base_service


def _inferred_base_service(config):
    from ._service import infer_service

    return infer_service()


def _propagation_styles(variable):
    styles = []
    for style in value(variable):
        style = style.lower()
        if style not in PROPAGATION_STYLES:
            warn("unknown propagation style %r in %s, known are: %s", style, variable, ", ".join(PROPAGATION_STYLES))
        elif style != "none":
            styles.append(style)
    return styles


def _extract_styles(config):
    if config._propagation_behavior_extract == "ignore":
        return ["none"]
    return _propagation_styles("DD_TRACE_PROPAGATION_STYLE_EXTRACT")


def _logs_injection(config):
    text = os.environ.get("DD_LOGS_INJECTION", "true").strip().lower()
    if text not in ("true", "1", "structured", "false", "0"):
        warn("DD_LOGS_INJECTION=%r is not one of true, false, structured: not injecting", text)
    return text in ("true", "1", "structured")


def _tags_max_length(config):
    length = value("DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH")
    if length < 0:
        warn("DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH=%d is negative, using 0", length)
    return max(length, 0)


_INVALID_PATTERN = object()
_OBFUSCATION_SETTING = "DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP"


def _query_string_pattern(config):
    """The compiled pattern of secrets in query strings; None: no obfuscation."""
    import re

    text = value(_OBFUSCATION_SETTING)
    if text is None:
        from .contrib._query_string import DEFAULT_PATTERN

        return re.compile(DEFAULT_PATTERN)
    if not text:
        return None
    try:
        return re.compile(text)
    except re.error as error:
        warn("DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP is not a regular expression (%s): URLs lose their query", error)
        return _INVALID_PATTERN


def _from_setting(name):
    return lambda config: value(name)


_RESOLVERS = {
    "_listener": lambda config: None,
    "_integration_default_services": lambda config: set(),
    "_all_tags": _all_tags,
    "tags": _tags,
    "env": lambda config: os.environ.get("DD_ENV", config._all_tags.get("env")),
    "version": lambda config: os.environ.get("DD_VERSION", config._all_tags.get("version")),
    "service": _service,
    "_own_service": _own_service,
    "_is_user_provided_service": lambda config: config._own_service is not None,
    "_inferred_base_service": _inferred_base_service,
    "service_mapping": _from_setting("DD_SERVICE_MAPPING"),
    "_tracing_enabled": _from_setting("DD_TRACE_ENABLED"),
    "_debug_mode": _from_setting("DD_TRACE_DEBUG"),
    "_trace_api": _from_setting("DD_TRACE_API_VERSION"),
    "_128_bit_trace_id_enabled": _from_setting("DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED"),
    "_128_bit_trace_id_logging_enabled": _from_setting("DD_TRACE_128_BIT_TRACEID_LOGGING_ENABLED"),
    "_logs_injection": _logs_injection,
    "_report_hostname": _from_setting("DD_TRACE_REPORT_HOSTNAME"),
    "_span_traceback_max_size": _from_setting("DD_TRACE_SPAN_TRACEBACK_MAX_SIZE"),
    "_propagation_behavior_extract": lambda config: value("DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT").lower(),
    "_propagation_extract_first": _from_setting("DD_TRACE_PROPAGATION_EXTRACT_FIRST"),
    "_propagation_style_extract": _extract_styles,
    "_propagation_style_inject": lambda config: _propagation_styles("DD_TRACE_PROPAGATION_STYLE_INJECT"),
    "_baggage_tag_keys": _from_setting("DD_TRACE_BAGGAGE_TAG_KEYS"),
    "_x_datadog_tags_max_length": _tags_max_length,
    "_x_datadog_tags_enabled": lambda config: config._x_datadog_tags_max_length > 0,
    "_trace_http_header_tags": _from_setting("DD_TRACE_HEADER_TAGS"),
    "_http": lambda config: HttpConfig(config._trace_http_header_tags),
    "_http_server": lambda config: HttpServerConfig(value("DD_TRACE_HTTP_SERVER_ERROR_STATUSES")),
    "_http_client_tag_query_string": lambda config: os.environ.get("DD_TRACE_HTTP_CLIENT_TAG_QUERY_STRING", "true"),
    "_http_tag_query_string": lambda config: config._obfuscation_query_string_pattern is not _INVALID_PATTERN,
    "_obfuscation_query_string_pattern": _query_string_pattern,
    "_query_string_obfuscation_preserve_delimiter": lambda config: _OBFUSCATION_SETTING not in os.environ,
    "_retrieve_client_ip": _from_setting("DD_TRACE_CLIENT_IP_ENABLED"),
    "_client_ip_header": _from_setting("DD_TRACE_CLIENT_IP_HEADER"),
}

config = Config()
