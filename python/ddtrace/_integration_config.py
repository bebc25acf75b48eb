"""The settings of one integration, ``config.<integration>``, and those of HTTP that go with them."""

import os

from ._environment import warn


# What `config` has settings for, here or in ddtrace 4.16; another name is a mistake.
NAMES = frozenset(
    """
aiobotocore aiohttp aiohttp_client aiohttp_jinja2 aiokafka aiomysql aiopg algoliasearch anthropic aredis asgi
asyncio asyncpg avro aws_durable_execution_sdk_python aws_lambda azure_cosmos azure_eventhubs azure_functions
azure_servicebus boto botocore bottle celery cherrypy claude_agent_sdk consul coverage crewai dbapi2 django
dogpile_cache dramatiq elasticsearch falcon fastapi flask flask_cache futures genai gevent google_adk
google_cloud_pubsub google_genai graphql grpc grpc_aio_client grpc_aio_server grpc_client grpc_server httplib
httpx httpx2 jinja2 kafka kombu langchain langgraph litellm llama_index logbook logging loguru mako mariadb
mcp mistralai mlflow molten mysql mysqldb openai openai_agents protobuf psycopg pydantic_ai pylibmc pymemcache
pymongo pymysql pynamodb pyodbc pyramid pytest pytest_bdd pytorch ray redis rediscluster requests rq rq_worker
sanic selenium snowflake sqlalchemy sqlite sqlite3 starlette structlog subprocess test_visibility tornado
unittest urllib3 valkey vertexai vertica vllm wsgi yaaredis
""".split()
)


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

    def __repr__(self):
        return "<HttpConfig traced_headers=%r trace_query_string=%r>" % (
            list(self._header_tags),
            self.trace_query_string,
        )

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
                warn("%r in DD_TRACE_HTTP_SERVER_ERROR_STATUSES=%r is no range of status codes: ignored", part, text)
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
        from ._deprecation import deprecated

        deprecated("integration-hooks", "config.<integration>.hooks.%s" % method)


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
        # App Analytics is gone; its two settings stay for code that reads them.
        for key, value in (("analytics_enabled", False), ("analytics_sample_rate", 1.0)):
            self.setdefault(key, value)
        self.setdefault("service", service)
        self.setdefault("service_name", service)
        query = settings.get("default_http_tag_query_string") if settings else None
        as_attribute(self, "_tag_query_string", self.get_http_tag_query_string(query))

    @property
    def http_tag_query_string(self):
        """Whether ``http.url`` keeps the query string; never where it cannot be obfuscated as asked."""
        return self._tag_query_string and self.global_config._http_tag_query_string

    @http_tag_query_string.setter
    def http_tag_query_string(self, wanted):
        object.__setattr__(self, "_tag_query_string", wanted)

    def get_http_tag_query_string(self, value):
        """What an integration's own default means; without one, the setting of servers."""
        if value is None:
            value = os.environ.get("DD_HTTP_SERVER_TAG_QUERY_STRING", "true")
            if value.lower() not in ("true", "1", "false", "0"):
                warn("DD_HTTP_SERVER_TAG_QUERY_STRING=%r is neither true nor false: true is used", value)
        return str(value).lower() not in ("false", "0")

    def __getattr__(self, key):
        try:
            return self[key]
        except KeyError:
            name = self.__dict__.get("integration_name", "<integration>")  # absent while it is unpickled
            raise AttributeError("config.%s has no setting %r" % (name, key)) from None

    def __setattr__(self, key, value):
        if key not in self and (key in self.__dict__ or hasattr(type(self), key)):
            object.__setattr__(self, key, value)
        else:
            self[key] = value

    def __repr__(self):
        return "<ddtrace.config.%s %s>" % (self.integration_name, dict.__repr__(self))

    def __copy__(self):
        return self.copy()

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


def add(config, name, settings, merge):
    """Register the defaults of an integration; what code has set already stays."""
    if name not in NAMES:
        warn("config._add: there is no integration %r, its settings are ignored: %s", name, ", ".join(settings))
        return
    existing = config.__dict__.get(name) if merge else None
    if existing is None:
        made = IntegrationConfig(config, name, dict(settings))
    else:
        made = IntegrationConfig(config, name, _merge(existing, dict(settings)))
        object.__setattr__(made, "http", existing.http)
    config.__dict__[name] = made


def default_services(config):
    """The services that spans of integrations have by default; the core tells them from the application's."""
    found = set()
    for integration in config.__dict__.values():
        if isinstance(integration, IntegrationConfig):
            for key in ("_default_service", "_default_service_worker", "_default_service_producer"):
                if integration.get(key):
                    found.add(integration[key])
    return frozenset(found)


def _merge(source, destination):
    for key, value in source.items():
        if isinstance(value, dict) and isinstance(destination.get(key), dict):
            _merge(value, destination[key])
        elif value is not None or key not in destination:
            destination[key] = value
    return destination
