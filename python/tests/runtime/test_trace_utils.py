"""The helpers of the integrations: wrapping in place, services, HTTP tags."""

import asyncio
import inspect
import json
import pickle
import re
import types

import pytest
from ddtrace import config
from ddtrace.contrib import trace_utils
from ddtrace.contrib._client_ip import client_ip
from ddtrace.contrib._query_string import DEFAULT_PATTERN
from ddtrace.contrib._query_string import redact_url
from ddtrace.contrib._query_string import strip_query
from ddtrace.trace import tracer
from processes import output


class Base:
    def inherited(self):
        return "inherited"


class Thing(Base):
    """A library's class."""

    def method(self, a, b=2):
        """The method's own words."""
        return (a, b)

    @staticmethod
    def static(a):
        return a

    @classmethod
    def of_class(cls, a):
        return cls.__name__, a

    async def coroutine(self, a):
        return a


def spy(calls):
    def wrapper(wrapped, instance, args, kwargs):
        calls.append((instance, args, kwargs))
        return wrapped(*args, **kwargs)

    return wrapper


@pytest.mark.parametrize(
    ("name", "call", "result", "instance"),
    [
        ("method", lambda t: t.method(1, b=3), (1, 3), "self"),
        ("static", lambda t: t.static(1), 1, None),
        ("of_class", lambda t: t.of_class(1), ("Thing", 1), "class"),
        ("inherited", lambda t: t.inherited(), "inherited", "self"),
    ],
)
def test_wrap_and_unwrap(name, call, result, instance):
    before = dict(Thing.__dict__)
    calls = []
    trace_utils.wrap(Thing, name, spy(calls))
    try:
        thing = Thing()
        assert call(thing) == result
        assert calls[0][0] is {"self": thing, "class": Thing, None: None}[instance]
        assert trace_utils.iswrapped(Thing, name)
        assert type(Thing.__dict__[name]) is type(Base.__dict__.get(name, before.get(name)))
        assert (
            Thing.__dict__[name].__doc__ == inspect.getattr_static(Base if name == "inherited" else Thing, name).__doc__
        )
        assert "inherited" == Base().inherited()
    finally:
        trace_utils.unwrap(Thing, name)
    assert dict(Thing.__dict__) == before
    assert not trace_utils.iswrapped(Thing, name)
    trace_utils.unwrap(Thing, name)  # nothing to undo
    assert dict(Thing.__dict__) == before


def test_a_replacement_is_a_function_like_the_original():
    original = Thing.method
    trace_utils.wrap(Thing, "method", spy([]))
    try:
        assert type(Thing.method) is types.FunctionType
        assert Thing.method.__name__ == "method" and Thing.method.__doc__ == original.__doc__
        assert inspect.signature(Thing.method) == inspect.signature(original)
        assert isinstance(pickle.loads(pickle.dumps(Thing())), Thing)
        assert pickle.loads(pickle.dumps(Thing.method)) is Thing.method
    finally:
        trace_utils.unwrap(Thing, "method")


def test_coroutine_functions_stay_ones():
    calls = []
    trace_utils.wrap(Thing, "coroutine", spy(calls))
    try:
        assert inspect.iscoroutinefunction(Thing.coroutine)
        assert asyncio.run(Thing().coroutine(5)) == 5
        assert len(calls) == 1
    finally:
        trace_utils.unwrap(Thing, "coroutine")


def test_wrapping_twice_unwraps_twice():
    first, second = [], []
    trace_utils.wrap(Thing, "method", spy(first))
    trace_utils.wrap(Thing, "method", spy(second))
    Thing().method(1)
    assert (len(first), len(second)) == (1, 1)
    trace_utils.unwrap(Thing, "method")
    Thing().method(1)
    assert (len(first), len(second)) == (2, 1)
    trace_utils.unwrap(Thing, "method")
    assert not trace_utils.iswrapped(Thing.method)


def test_modules_and_dotted_names():
    calls = []
    trace_utils.wrap("json", "JSONDecoder.decode", spy(calls))
    trace_utils.wrap(json, "dumps", spy(calls))
    try:
        assert json.loads("[1]") == [1] and json.dumps([1]) == "[1]"
        assert len(calls) == 2
    finally:
        trace_utils.unwrap(json.JSONDecoder, "decode")
        trace_utils.unwrap("json", "dumps")
    json.loads("[1]")
    assert len(calls) == 2


def test_exceptions_of_the_wrapped_pass():
    def failing():
        raise KeyError("mine")

    module = types.ModuleType("module")
    module.failing = failing
    trace_utils.wrap(module, "failing", spy([]))
    with pytest.raises(KeyError, match="mine"):
        module.failing()


@pytest.fixture
def integration():
    config._add("falcon", {"_default_service": "library"})
    yield config.falcon
    del config.__dict__["falcon"]


def test_services(integration, monkeypatch):
    monkeypatch.setitem(config.__dict__, "_is_user_provided_service", True)
    monkeypatch.setitem(config.__dict__, "service", "web")
    assert trace_utils.int_service(None, integration) == "web"
    assert trace_utils.ext_service(None, integration) == "library"
    integration.service = "mine"
    assert trace_utils.int_service(None, integration) == trace_utils.ext_service(None, integration) == "mine"


def test_services_where_none_was_given(integration, monkeypatch):
    monkeypatch.setitem(config.__dict__, "_is_user_provided_service", False)
    monkeypatch.setitem(config.__dict__, "_inferred_base_service", "guessed")
    monkeypatch.setitem(config.__dict__, "service", "guessed")
    assert trace_utils.int_service(None, integration) == "library"
    del integration["_default_service"]
    assert trace_utils.int_service(None, integration) == "guessed"
    assert trace_utils.int_service(None, integration, "default") == "default"
    assert trace_utils.ext_service(None, integration, "default") == "default"


def test_http_meta(integration):
    with tracer.start_span("web.request") as span:
        trace_utils.set_http_meta(
            span,
            integration,
            method="GET",
            url="http://me:secret@host/path?a=1&token=abc",
            status_code="503",
            status_msg="gone",
            request_headers={"User-Agent": "curl", "Referer": "http://from.example/x"},
            headers_are_case_sensitive=True,
            retries_remain=2,
            route="/<path>",
            target_host="host",
        )
        tags = span.get_tags()
    assert {key: tags[key] for key in tags if key.startswith(("http.", "out."))} == {
        "http.method": "GET",
        "http.url": "http://host/path?a=1&<redacted>",
        "http.status_code": "503",
        "http.status_msg": "gone",
        "http.useragent": "curl",
        "http.referrer_hostname": "from.example",
        "http.retries_remain": "2",
        "http.route": "/<path>",
        "out.host": "host",
    }
    assert span.error == 1


def test_http_meta_of_odd_values(integration):
    integration.http.trace_headers(["X-One", "Content-Type"])
    with tracer.start_span("web.request") as span:
        trace_utils.set_http_meta(
            span,
            integration,
            status_code="not a number",
            request_headers={"X-One": "1", "X-Two": "2", "referer": "http://[broken"},
            response_headers={"Content-Type": "text/html"},
        )
        tags = span.get_tags()
    assert tags["http.request.headers.x-one"] == "1"
    assert tags["http.response.headers.content-type"] == "text/html"
    assert not {"http.status_code", "http.referrer_hostname", "http.request.headers.x-two"} & set(tags)
    assert span.error == 0


REDACTED = [
    ("a=1&password=x&b=2", "a=1&<redacted>&b=2"),
    ("apikey_id=2", "<redacted>"),
    ('json={"secret":"x","y":1}', 'json={<redacted>,"y":1}'),
    ("q=bearer%20abc.def&x=1", "q=<redacted>&x=1"),
    ("q=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "q=<redacted>"),
    ("plain=1&tok=2", "plain=1&tok=2"),
]


@pytest.mark.parametrize(("query", "expected"), REDACTED)
def test_query_strings(query, expected):
    assert redact_url("http://h/p?" + query, re.compile(DEFAULT_PATTERN), None, True) == "http://h/p?" + expected


def test_query_string_edges():
    pattern = re.compile(DEFAULT_PATTERN)
    assert redact_url("http://h/p", pattern) == "http://h/p"
    assert redact_url("http://h/p", pattern, "pwd=1") == "http://h/p?<redacted>"
    assert redact_url("http://h/p#f", pattern, b"pwd=1") == "http://h/p?<redacted>#f"
    assert strip_query("http://h/p?a=1#f") == "http://h/p#f"
    assert strip_query("http://h/p?a=1") == "http://h/p"


URL = (
    "from ddtrace import config\nfrom ddtrace.contrib import trace_utils\nfrom ddtrace.trace import tracer\n"
    "with tracer.trace('x') as span: trace_utils.set_http_meta(span, config.flask, url='http://h/p?pwd=1&x=2')\n"
    "print(span.get_tag('http.url'))"
)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "http://h/p?<redacted>&x=2"),
        ({"DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP": "x=."}, "http://h/p?pwd=1&<redacted>"),
        ({"DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP": ""}, "http://h/p?pwd=1&x=2"),
        ({"DD_HTTP_SERVER_TAG_QUERY_STRING": "false"}, "http://h/p"),
    ],
)
def test_query_string_settings(tmp_path, variables, expected):
    assert output(tmp_path, "-c", URL, **variables) == expected


CLIENTS = [
    ({}, "1.2.3.4", None, "1.2.3.4"),
    ({}, "nonsense", None, ""),
    ({"x-forwarded-for": "10.0.0.2, 8.8.4.4"}, "10.0.0.1", None, "8.8.4.4"),
    ({"x-forwarded-for": "10.0.0.2"}, "8.8.8.8", None, "8.8.8.8"),
    ({"x-forwarded-for": "10.0.0.2"}, "10.0.0.1", None, "10.0.0.2"),
    ({"x-forwarded-for": "8.8.8.8:80"}, "10.0.0.1", None, "10.0.0.1"),
    ({"forwarded": 'for="8.8.8.8";proto=http'}, "10.0.0.1", None, "8.8.8.8"),
    ({"forwarded": 'for="[2001:4860:4860::8888]:80"'}, "10.0.0.1", None, "2001:4860:4860::8888"),
    ({"forwarded": "proto=http;for=8.8.8.8:99"}, "10.0.0.1", None, "8.8.8.8"),
    ({"x-forwarded-for": "garbage, 8.8.8.8"}, "10.0.0.1", None, "8.8.8.8"),
    ({"my-ip": "8.8.8.8", "x-real-ip": "1.1.1.1"}, "10.0.0.1", "my-ip", "8.8.8.8"),
    ({"my-ip": "bad"}, "10.0.0.1", "my-ip", ""),
    ({"other": "x"}, None, None, ""),
]


@pytest.mark.parametrize(("headers", "peer", "only", "expected"), CLIENTS)
def test_client_ip(headers, peer, only, expected):
    assert client_ip(headers, peer, False, only) == expected
    assert client_ip({name.title(): value for name, value in headers.items()}, peer, True, only) == expected


def test_distributed_headers(integration):
    headers = {"x-datadog-trace-id": "11", "x-datadog-parent-id": "22"}
    active = tracer.context_provider.active
    try:
        trace_utils.activate_distributed_headers(tracer, integration, headers)
        assert active() is None, "the integration has not said that it wants them"
        trace_utils.activate_distributed_headers(tracer, integration, headers, override=True)
        first = active()
        assert first.trace_id == 11
        trace_utils.activate_distributed_headers(tracer, integration, dict(headers), override=True)
        assert active() is first, "the same trace is not activated again"
        integration.distributed_tracing = True
        trace_utils.activate_distributed_headers(tracer, integration, {"x-datadog-trace-id": "12"})
        assert active().trace_id == 12
        trace_utils.activate_distributed_headers(tracer, integration, {"x-datadog-trace-id": "13"}, override=False)
        assert active().trace_id == 12
    finally:
        tracer.context_provider.activate(None)


def test_flattened_tags():
    with tracer.start_span("x") as span:
        trace_utils.set_flattened_tags(
            span, [("a", {"b": {"c": True}, "d": 1}), ("e", "f")], exclude_policy="a.d".__eq__
        )
        tags, metrics = span.get_tags(), span.get_metrics()
    assert tags["a.b.c"] == "True" and tags["e"] == "f"
    assert "a.d" not in tags and "a.d" not in metrics


def test_netloc_and_query():
    split = trace_utils.extract_netloc_and_query_info_from_url
    assert split("http://me:x@host:80/p?q=1") == ("host", "q=1")
    assert split("host/p") == ("host", "")
