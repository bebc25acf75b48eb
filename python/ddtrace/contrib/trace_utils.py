"""What the integrations share: wrapping in place, services, HTTP tags, distributed headers."""

from __future__ import annotations

import functools
import re

from .. import config
from ..ext import http
from ..ext import net
from ._header_names import IP_PATTERNS
from ._header_names import USER_AGENT_PATTERNS
from ._row_counts import MULTI_KEY_COMMANDS
from ._row_counts import ROW_RETURNING_COMMANDS
from ._row_counts import SINGLE_KEY_COMMANDS
from ._row_counts import determine_row_count


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping
    from collections.abc import MutableMapping
    from typing import Any
    from typing import Callable

    from .._integration_config import IntegrationConfig
    from ..trace import Span
    from ..trace import Tracer
    from ._pin import Pin
    from ._traced_module import with_traced_module
    from ._traced_module import with_traced_module_async


__all__ = [
    "IP_PATTERNS",
    "MULTI_KEY_COMMANDS",
    "NORMALIZE_PATTERN",
    "REQUEST",
    "RESPONSE",
    "ROW_RETURNING_COMMANDS",
    "SINGLE_KEY_COMMANDS",
    "USER_AGENT_PATTERNS",
    "activate_distributed_headers",
    "determine_row_count",
    "distributed_tracing_enabled",
    "ext_service",
    "extract_netloc_and_query_info_from_url",
    "int_service",
    "iswrapped",
    "set_flattened_tags",
    "set_http_meta",
    "set_user",
    "unwrap",
    "with_traced_module",
    "with_traced_module_async",
    "wrap",
]


REQUEST = "request"
RESPONSE = "response"

NORMALIZE_PATTERN = re.compile(r"([^a-z0-9_\-:/]){1}")

_CO_COROUTINE = 0x80  # inspect.CO_COROUTINE, without the import of inspect
_ORIGINAL = "__ddtrace_original__"


def _owner(target, name):
    """The object that holds the last part of the dotted ``name``, and that part."""
    if isinstance(target, str):
        import importlib

        target = importlib.import_module(target)
    *path, attribute = name.split(".")
    for part in path:
        target = getattr(target, part)
    return target, attribute


def _lookup(owner, attribute):
    """The attribute as it is stored, so that static and class methods are told apart."""
    if isinstance(owner, type):
        for base in owner.__mro__:
            if attribute in base.__dict__:
                return base.__dict__[attribute]
    return getattr(owner, attribute)


def wrap(target: Any, name: str, wrapper: Callable[..., Any]) -> Any:
    """Replace ``target.name`` in place; each call becomes ``wrapper(wrapped, instance, args, kwargs)``.

    ``target`` is a class, a module or a module's name, ``name`` may be dotted.
    The replacement is a plain function (or static or class method) with the
    signature, name and coroutine-ness of the original; ``instance`` is None for
    functions and static methods, the class for class methods. A class, or an object that
    is no function but can be called, gets a transparent proxy. Returns the replacement.
    """
    owner, attribute = _owner(target, name)
    original = _lookup(owner, attribute)
    if isinstance(original, staticmethod):
        replacement = staticmethod(_around_function(original.__func__, wrapper))
        function = replacement.__func__
    elif isinstance(original, classmethod):
        replacement = classmethod(_around_method(original.__func__, wrapper))
        function = replacement.__func__
    elif isinstance(original, type) or not hasattr(original, "__name__"):
        from ._callable_proxy import CallableProxy

        replacement = function = CallableProxy(original, wrapper)
    elif isinstance(owner, type):
        replacement = function = _around_method(original, wrapper)
    else:
        replacement = function = _around_function(original, wrapper)
    own = attribute in getattr(owner, "__dict__", ())
    object.__setattr__(function, _ORIGINAL, (original, own))
    setattr(owner, attribute, replacement)
    return function


def unwrap(obj: Any, attr: str) -> None:
    """Put back what the latest ``wrap`` of ``obj.attr`` replaced."""
    owner, attribute = _owner(obj, attr)
    marked = _function_of(_lookup(owner, attribute)).__dict__.get(_ORIGINAL)
    if marked is None:
        return
    original, own = marked
    if own:
        setattr(owner, attribute, original)
    else:
        delattr(owner, attribute)  # it was inherited


def iswrapped(obj: Any, attr: str | None = None) -> bool:
    """Whether ``obj`` (or its attribute ``attr``) is a replacement made by ``wrap``."""
    if attr is not None:
        try:
            obj = _lookup(*_owner(obj, attr))
        except AttributeError:
            return False
    return hasattr(_function_of(obj), _ORIGINAL)


def _function_of(stored):
    return getattr(stored, "__func__", stored)


def _is_coroutine_function(function):
    code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & _CO_COROUTINE)


def _around_function(original, wrapper):
    instance = original.__self__ if hasattr(original, "__func__") else None  # of a method of one object
    if _is_coroutine_function(original):

        @functools.wraps(original)
        async def replacement(*args, **kwargs):
            return await wrapper(original, instance, args, kwargs)

    else:

        @functools.wraps(original)
        def replacement(*args, **kwargs):
            return wrapper(original, instance, args, kwargs)

    return replacement


def _around_method(original, wrapper):
    bind = original.__get__
    if _is_coroutine_function(original):

        @functools.wraps(original)
        async def replacement(self, *args, **kwargs):
            return await wrapper(bind(self, type(self)), self, args, kwargs)

    else:

        @functools.wraps(original)
        def replacement(self, *args, **kwargs):
            return wrapper(bind(self, type(self)), self, args, kwargs)

    return replacement


def int_service(pin: Pin | None, int_config: IntegrationConfig, default: str | None = None) -> str | None:
    """The service of spans that are the application's own work (a web framework, a template)."""
    if pin is not None and pin.service:
        return pin.service
    for key in ("service", "service_name"):
        service = int_config.get(key)
        if service is not None:
            return service
    global_config = int_config.global_config
    if global_config.service and global_config.is_service_user_provided:
        return global_config.service
    service = int_config.get("_default_service")
    if service is not None:
        return service
    if default is None and global_config.service:
        return global_config.service
    return default


def ext_service(pin: Pin | None, int_config: IntegrationConfig, default: str | None = None) -> str | None:
    """The service of spans that stand for another system (a database, a cache)."""
    if pin is not None and pin.service:
        return pin.service
    for key in ("service", "service_name", "_default_service"):
        service = int_config.get(key)
        if service is not None:
            return service
    return default


def distributed_tracing_enabled(int_config: IntegrationConfig, default: bool = False) -> bool:
    """Whether the integration reads and writes distributed headers."""
    for key in ("distributed_tracing_enabled", "distributed_tracing"):
        enabled = int_config.get(key)
        if enabled is not None:
            return enabled
    return default


def activate_distributed_headers(
    tracer: Tracer,
    int_config: IntegrationConfig | None = None,
    request_headers: MutableMapping[str, str] | None = None,
    override: bool | None = None,
) -> None:
    """Make the caller's trace, if the headers carry one, the parent of the next span.

    A trace that is active already is kept when the headers name the same one, or
    bring only baggage or links: nested frameworks read the same headers twice.
    """
    if override is False or not request_headers:
        return
    if not override and (int_config is None or not distributed_tracing_enabled(int_config)):
        return
    from ..propagation.http import HTTPPropagator

    context = HTTPPropagator.extract(request_headers)
    if not context.trace_id and not context.get_all_baggage_items() and not context._span_links:
        return
    current = tracer.current_trace_context()
    if current and (not context.trace_id or context.trace_id == current.trace_id):
        return
    tracer.context_provider.activate(context)


def set_http_meta(
    span: Span,
    integration_config: IntegrationConfig,
    method: str | None = None,
    url: str | None = None,
    target_host: str | None = None,
    server_address: str | None = None,
    status_code: int | str | None = None,
    status_msg: str | None = None,
    query: str | None = None,
    parsed_query: Mapping[str, str] | None = None,
    request_headers: Mapping[str, str] | None = None,
    response_headers: Mapping[str, str] | None = None,
    retries_remain: int | str | None = None,
    raw_uri: str | None = None,
    request_cookies: dict[str, str] | None = None,
    request_path_params: Any = None,
    request_body: str | dict[str, list[str]] | None = None,
    peer_ip: str | None = None,
    headers_are_case_sensitive: bool = False,
    route: str | None = None,
    response_cookies: dict[str, str] | None = None,
) -> None:
    """Put the tags of an HTTP request or response on ``span``; None leaves a tag alone."""
    if method is not None:
        span.set_tag(http.METHOD, method)
    if url is not None:
        span.set_tag(http.URL, _tagged_url(integration_config, _sanitized_url(url), query))
    if target_host is not None:
        span.set_tag(net.TARGET_HOST, target_host)
    if server_address is not None:
        span.set_tag(net.SERVER_ADDRESS, server_address)
    if status_code is not None:
        try:
            code = int(status_code)
        except (TypeError, ValueError):
            pass
        else:
            span.set_tag(http.STATUS_CODE, str(status_code))
            if config._http_server.is_error_code(code):
                span.error = 1
    if status_msg is not None:
        span.set_tag(http.STATUS_MSG, status_msg)
    if query is not None and integration_config.trace_query_string:
        span.set_tag(http.QUERY_STRING, query)
    if request_headers:
        _set_request_header_tags(span, integration_config, request_headers, headers_are_case_sensitive)
    if config._retrieve_client_ip:
        client_ip = _client_ip(request_headers, peer_ip, headers_are_case_sensitive) or peer_ip
        if client_ip:
            span.set_tag(http.CLIENT_IP, client_ip)
        if peer_ip:
            span.set_tag("network.client.ip", peer_ip)
    if response_headers is not None and integration_config.is_header_tracing_configured:
        _store_headers(span, integration_config, response_headers, RESPONSE)
    if retries_remain is not None:
        span.set_tag(http.RETRIES_REMAIN, str(retries_remain))
    if route is not None:
        span.set_tag(http.ROUTE, route)


def _set_request_header_tags(span, integration_config, headers, case_sensitive):
    for key in USER_AGENT_PATTERNS:
        user_agent = _header(headers, key, case_sensitive)
        if user_agent:
            span.set_tag(http.USER_AGENT, user_agent)
            break
    referrer = _header(headers, http.REFERER_HEADER, case_sensitive)
    if referrer:
        host = _hostname(referrer)
        if host:
            span.set_tag(http.REFERRER_HOSTNAME, host)
    if integration_config.is_header_tracing_configured:
        _store_headers(span, integration_config, headers, REQUEST)


def _header(headers, name, case_sensitive):
    value = headers.get(name)
    if value is not None or not case_sensitive:
        return value
    for key, value in headers.items():
        if key.lower().replace("_", "-") == name:
            return value
    return None


def _store_headers(span, integration_config, headers, request_or_response):
    for name, value in dict(headers).items():
        tag = integration_config._header_tag_name(name)
        if tag is not None:
            span.set_tag(tag or _header_tag(request_or_response, name), value)


def _header_tag(request_or_response, name):
    return "http.%s.headers.%s" % (request_or_response, NORMALIZE_PATTERN.sub("_", name.strip().lower()))


def _hostname(url):
    from urllib.parse import urlsplit

    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _sanitized_url(url):
    """``url`` without the user and password that it may carry."""
    if "@" not in url:
        return url
    from urllib.parse import urlsplit
    from urllib.parse import urlunsplit

    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit((parts.scheme, parts.netloc.split("@", 1)[1], parts.path, parts.query, ""))


def _tagged_url(integration_config, url, query):
    """``url`` with its query string obfuscated, or cut off where it must not be tagged."""
    if not query and "?" not in url:
        return url
    from ._query_string import redact_url
    from ._query_string import strip_query

    if not integration_config.http_tag_query_string:
        return strip_query(url)
    if config._global_query_string_obfuscation_disabled:
        return url
    return redact_url(
        url, config._obfuscation_query_string_pattern, query, config._query_string_obfuscation_preserve_delimiter
    )


def _client_ip(headers, peer_ip, case_sensitive):
    from ._client_ip import client_ip

    return client_ip(headers, peer_ip, case_sensitive, config._client_ip_header)


def extract_netloc_and_query_info_from_url(url: str) -> tuple[str, str]:
    """(host without user and port, query string) of an absolute or relative URL."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    netloc = parts.netloc or urlsplit("//" + url).netloc
    return netloc.split("@", 1)[-1].split(":", 1)[0], parts.query


def set_flattened_tags(
    span: Span,
    items: Iterable[tuple[str, Any]],
    sep: str = ".",
    exclude_policy: Callable[[str], bool] | None = None,
    processor: Callable[[Any], Any] | None = None,
) -> None:
    """Tag each leaf of nested dictionaries under its path, keys joined by ``sep``."""
    pending = list(items)
    while pending:
        path, value = pending.pop()
        if exclude_policy is not None and exclude_policy(path):
            continue
        if isinstance(value, dict):
            pending.extend((sep.join((path, key)) if path else key, inner) for key, inner in value.items())
            continue
        if processor is not None:
            value = processor(value)
        span.set_tag(path, str(value) if isinstance(value, bool) else value)


def set_user(
    tracer: Tracer,
    user_id: str,
    name: str | None = None,
    email: str | None = None,
    scope: str | None = None,
    role: str | None = None,
    session_id: str | None = None,
    propagate: bool = False,
    span: Span | None = None,
    may_block: bool = True,
    mode: str = "sdk",
) -> None:
    """Tag the root span (or ``span``) with the user that the request is for."""
    from ..ext import user

    span = span or tracer.current_root_span()
    if span is None:
        return
    tags = (
        (user.ID, str(user_id) if user_id else None),
        (user.NAME, name),
        (user.EMAIL, email),
        (user.SCOPE, scope),
        (user.ROLE, role),
        (user.SESSION_ID, session_id),
    )
    for key, value in tags:
        if value:
            span.set_tag(key, value)
    if user_id and propagate:
        span.context.dd_user_id = str(user_id)


if not TYPE_CHECKING:  # a type checker must see what is not there

    def __getattr__(name):
        if name in ("with_traced_module", "with_traced_module_async"):  # few integrations use them
            from . import _traced_module

            return getattr(_traced_module, name)
        raise AttributeError("module %r has no attribute %r" % (__name__, name))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
