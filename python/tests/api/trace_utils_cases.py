"""python trace_utils_cases.py: what ddtrace.contrib.trace_utils makes of a table of inputs, as JSON.

Runs under the reference tracer (recapture.py) and under ours (test_trace_utils_cases.py),
once for each environment of ENVIRONMENTS.
"""

# ruff: noqa: B023  each function is called before its loop goes on

import json
import sys


# name -> (environment, the tables that are gone through in it)
ENVIRONMENTS = {
    "default": (
        {},
        "urls statuses headers services others users activations flats smalls wrappings integration_headers",
    ),
    "one": (
        {
            "DD_TRACE_HEADER_TAGS": "X-One:one.tag, X-Two, content-type:, user-agent:agent.tag, x spaced :spaced",
            "DD_TRACE_CLIENT_IP_ENABLED": "true",
            "DD_SERVICE": "shop",
        },
        "ips headers services",
    ),
    "two": (
        {
            "DD_TRACE_CLIENT_IP_ENABLED": "true",
            "DD_TRACE_CLIENT_IP_HEADER": "X-My-Client",
            "DD_HTTP_SERVER_TAG_QUERY_STRING": "false",
            "DD_TRACE_HTTP_SERVER_ERROR_STATUSES": "404, 500-502,599-590",
            "DD_SERVICE": "shop",
            "DD_FALCON_SERVICE": "front",
        },
        "ips urls statuses services",
    ),
    "own pattern": ({"DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP": "secret=[^&]*"}, "urls"),
    "no pattern": ({"DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP": ""}, "urls"),
    "bad pattern": ({"DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP": "(unclosed"}, "urls"),
}

IP_HEADERS = [
    {},
    {"x-forwarded-for": "8.8.8.8"},
    {"X-Forwarded-For": "8.8.8.8"},
    {"X_FORWARDED_FOR": "8.8.8.8"},
    {"x-forwarded-for": "10.0.0.2, 8.8.4.4"},
    {"x-forwarded-for": "8.8.4.4,10.0.0.2"},
    {"x-forwarded-for": "10.0.0.2"},
    {"x-forwarded-for": "10.0.0.2, 192.168.1.1"},
    {"x-forwarded-for": "8.8.8.8:80"},
    {"x-forwarded-for": "[2001:4860:4860::8888]:80"},
    {"x-forwarded-for": "2001:4860:4860::8888"},
    {"x-forwarded-for": "fe80::1"},
    {"x-forwarded-for": "::ffff:8.8.8.8"},
    {"x-forwarded-for": "garbage"},
    {"x-forwarded-for": "garbage, 8.8.8.8"},
    {"x-forwarded-for": ""},
    {"x-forwarded-for": " , ,8.8.8.8"},
    {"x-forwarded-for": "100.64.0.1, 8.8.8.8"},
    {"x-forwarded-for": "10.0.0.1", "x-real-ip": "8.8.8.8"},
    {"x-real-ip": "8.8.4.4", "true-client-ip": "1.1.1.1"},
    {"true-client-ip": "1.1.1.1"},
    {"x-client-ip": "1.1.1.1"},
    {"forwarded": "for=8.8.8.8"},
    {"forwarded": 'for="8.8.8.8";proto=http, for=1.1.1.1'},
    {"forwarded": 'for="[2001:4860:4860::8888]:80"'},
    {"forwarded": "proto=http;for=8.8.8.8:99"},
    {"forwarded": "For=8.8.8.8"},
    {"forwarded": "for=unknown, for=_hidden, for=9.9.9.9"},
    {"forwarded-for": "1.1.1.1"},
    {"x-cluster-client-ip": "1.1.1.1"},
    {"fastly-client-ip": "1.1.1.1"},
    {"cf-connecting-ip": "1.1.1.1"},
    {"cf-connecting-ipv6": "2606:4700::1"},
    {"x-my-client": "8.8.8.8"},
    {"X-My-Client": "8.8.8.8"},
    {"x-my-client": "bad"},
    {"x-my-client": "10.1.1.1"},
    {"x-my-client": "10.1.1.1, 8.8.8.8"},
    {"x-my-client": "bad", "x-forwarded-for": "8.8.8.8"},
]
PEERS = (None, "1.2.3.4", "127.0.0.1", "nonsense")

URLS = [
    "http://h/p",
    "http://h/p?",
    "http://h/p?a=1",
    "http://h/p?a=1#frag",
    "http://h/p#frag?x=1",
    "http://me:pw@h/p?a=1",
    "http://me@h:8080/p",
    "http://h/p@x?mail=a@b.c",
    "//h/p?a=1",
    "/p?token=abc",
    "p",
    "",
    "http://h/p?password=x&b=2",
    "http://h/p?secret=1&c=2#f",
    "http://h/p?q=bearer%20abc.def&x=1",
    "http://[::1]:80/p?a=b",
    "http://[broken/p?a=b",
    "http://h/p?a=\u00fc",
    "http://h:port/p",
    "wss://h/p;params?a=1",
]

STATUSES = [200, "200", 404, 499, 500, "500", 502, 503, 592, 599, 600, 0, -1, "", "abc", None, 5.7, "5.7", True, b"500"]

HEADERS = [
    {"X-One": "1", "X-Two": "2", "Content-Type": "text/html", "User-Agent": "curl"},
    {"x-one": "1", "x-two": "2", "content-type": "", "user-agent": ""},
    {"X_ONE": "1", "HTTP_X_TWO": "2", "http-user-agent": "httpish"},
    {"Referer": "http://from.example:80/x", "USER-AGENT": "UPPER"},
    {"referer": "not a url", "user-agent": "agent"},
    {"referer": "http://[broken", " x-one ": "spaced", "x spaced": "yes"},
    {"x-one": ["a", "list"], "x-two": 5, "content-type": None},
    {},
]

QUERIES = [None, "", "a=1", "password=x&a=1", "a=%20b&c", "a" * 20]

FLAT = [
    {"a": 1},
    {"a": {"b": {"c": True}, "d": None}, "e": 1.5},
    {"a": [1, 2, {"b": 3}], "t": (1, 2)},
    {"a": {}, "b": []},
    {"": {"x": 1}},
    {"a": {1: 2}},
    {"secret": "s", "deep": {"secret": "t", "open": "u"}},
]


def jsonable(value):
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    return repr(value)


IGNORED = ("runtime-id", "language", "_dd.", "process_id", "_sampling")


def on_a_span(call, **more):
    """What a call leaves on a span that it is given."""
    from ddtrace.trace import tracer

    with tracer.trace("web.request", service="web") as span:
        try:
            returned = call(span)
        except Exception as error:
            return {"raises": built_in(error)}
        made = {
            key: value
            for key, value in sorted({**span.get_tags(), **span.get_metrics()}.items())
            if not key.startswith(IGNORED)
        }
        if span.error:
            made["(error)"] = span.error
        if returned is not None:
            made["(returned)"] = jsonable(returned)
        return made


def built_in(error):
    """The nearest class of Python's own that an exception is one of."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")


def value(call):
    try:
        return jsonable(call())
    except Exception as error:
        return {"raises": built_in(error)}


def http_meta(int_config, **arguments):
    from ddtrace.contrib import trace_utils

    return on_a_span(lambda span: trace_utils.set_http_meta(span, int_config, **arguments))


def key_of(*parts):
    return " ".join(json.dumps(part, ensure_ascii=True, default=repr) for part in parts)


def ip_cases(server):
    for headers in IP_HEADERS:
        for peer in PEERS:
            for case_sensitive in (False, True):
                yield (
                    key_of("ip", headers, peer, case_sensitive),
                    http_meta(server, request_headers=headers, peer_ip=peer, headers_are_case_sensitive=case_sensitive),
                )


def url_cases(server):
    for url in URLS:
        for query in (None, "", "password=x&a=1"):
            yield key_of("url", url, query), http_meta(server, url=url, query=query)
            if query:
                server.http.trace_query_string = True
                yield key_of("traced query", url, query), http_meta(server, url=url, query=query)
                server.http.trace_query_string = None
    for query in QUERIES:
        yield key_of("query", query), http_meta(server, query=query)


def status_cases(server):
    for status in STATUSES:
        yield key_of("status", status), http_meta(server, status_code=status)
    for message in ("OK", "", None, 5):
        yield key_of("status message", message), http_meta(server, status_msg=message)


def header_cases(server):
    for headers in HEADERS:
        for case_sensitive in (False, True):
            yield (
                key_of("request headers", headers, case_sensitive),
                http_meta(server, request_headers=headers, headers_are_case_sensitive=case_sensitive),
            )
        yield key_of("response headers", headers), http_meta(server, response_headers=headers)


def other_cases(server):
    for name, given in (
        ("method", "GET"), ("method", ""), ("method", 5), ("target_host", "h"), ("target_host", ""),
        ("server_address", "s"), ("retries_remain", 3), ("retries_remain", "2"), ("retries_remain", 0),
        ("route", "/<x>"), ("route", ""), ("raw_uri", "http://h/raw?x=1"), ("request_cookies", {"a": "b"}),
        ("request_path_params", {"id": 1}), ("request_body", "text"), ("parsed_query", {"a": "b"}),
        ("response_cookies", {"c": "d"}), ("peer_ip", "8.8.8.8"),
    ):  # fmt: skip
        yield key_of(name, given), http_meta(server, **{name: given})


def integration_header_cases(server):
    server.http.trace_headers(["X-Own", "x-second"])
    for headers in ({"X-Own": "1", "x-other": "2"}, {"x-own": "a", "X-Second": "b"}):
        yield (
            key_of("integration headers", headers),
            http_meta(server, request_headers=headers, response_headers=headers),
        )


def service_cases(server, client):
    from ddtrace.contrib import trace_utils

    for name, own in (("server", server), ("client", client)):
        for default in (None, "default"):
            yield key_of("int_service", name, default), value(lambda: trace_utils.int_service(None, own, default))
            yield key_of("ext_service", name, default), value(lambda: trace_utils.ext_service(None, own, default))
            yield (
                key_of("distributed_tracing_enabled", name, default),
                value(lambda: trace_utils.distributed_tracing_enabled(own, bool(default))),
            )
    client.service = "set by code"
    yield (
        key_of("services by code"),
        value(lambda: [trace_utils.int_service(None, client), trace_utils.ext_service(None, client, "d")]),
    )
    client.service = None
    client["service_name"] = "by name"
    yield (
        key_of("services by name"),
        value(lambda: [trace_utils.int_service(None, client), trace_utils.ext_service(None, client, "d")]),
    )
    client.distributed_tracing = False
    yield key_of("distributed tracing off"), value(lambda: trace_utils.distributed_tracing_enabled(client, True))
    client["distributed_tracing_enabled"] = True
    yield key_of("distributed tracing on"), value(lambda: trace_utils.distributed_tracing_enabled(client, False))


def user_cases():
    from ddtrace.contrib import trace_utils
    from ddtrace.trace import tracer

    arguments = [
        dict(user_id="u1"),
        dict(user_id="u1", name="N", email="e@x", scope="s", role="r", session_id="sid"),
        dict(user_id="u1", propagate=True),
        dict(user_id="\u00fc\u20ac", propagate=True),
        dict(user_id="", name="N"),
        dict(user_id=None, email="e"),
        dict(user_id=5, name=6),
        dict(user_id="u1", mode="auto"),
        dict(user_id="u1", name=""),
    ]
    for given in arguments:

        def set_user(span):
            trace_utils.set_user(tracer, **given)
            return [span.context.dd_user_id]

        yield key_of("user", given), on_a_span(set_user)

        def set_user_below(span):
            with tracer.trace("child") as child:
                trace_utils.set_user(tracer, **given)
                return [key for key in sorted(child.get_tags()) if key.startswith("usr.")]

        yield key_of("user of the root", given), on_a_span(set_user_below)

        def set_user_here(span):
            with tracer.trace("child") as child:
                trace_utils.set_user(tracer, span=child, **given)
                return [[key, text] for key, text in sorted(child.get_tags().items()) if key.startswith("usr.")]

        yield key_of("user of a span", given), on_a_span(set_user_here)
    yield key_of("user of no span"), value(lambda: trace_utils.set_user(tracer, "u1", name="n"))


def activation_cases(client):
    from ddtrace.contrib import trace_utils
    from ddtrace.trace import Context
    from ddtrace.trace import tracer

    datadog = {"x-datadog-trace-id": "11", "x-datadog-parent-id": "22", "x-datadog-sampling-priority": "2"}
    settings = {"on": client, "off": client.copy(), "unset": {}}
    settings["off"].distributed_tracing = False
    for headers in (datadog, {}, None, {"baggage": "k=v"}, {"x-datadog-trace-id": "bad"}, {"x-datadog-trace-id": "11"}):
        for override in (None, True, False):
            for name, own in settings.items():
                for active in (None, 11, 12):

                    def activate():
                        before = Context(trace_id=active, span_id=5) if active else None
                        tracer.context_provider.activate(before)
                        try:
                            trace_utils.activate_distributed_headers(
                                tracer, int_config=own, request_headers=headers, override=override
                            )
                            now = tracer.context_provider.active()
                            if now is before:
                                return "as it was"
                            return [now.trace_id, now.span_id, now.sampling_priority, now.get_all_baggage_items()]
                        finally:
                            tracer.context_provider.activate(None)

                    yield key_of("activate", headers, override, name, active), value(activate)

    def without_settings():
        trace_utils.activate_distributed_headers(tracer, request_headers=datadog)
        return tracer.context_provider.active() is None

    yield key_of("activate without settings"), value(without_settings)


def flat_cases():
    from ddtrace.contrib import trace_utils

    for items in FLAT:
        for name, arguments in (
            ("plain", {}),
            ("sep", {"sep": "/"}),
            ("exclude", {"exclude_policy": lambda path: "secret" in path}),
            ("process", {"processor": lambda item: "<%s>" % (item,)}),
        ):
            yield (
                key_of("flattened", items, name),
                on_a_span(lambda span: trace_utils.set_flattened_tags(span, items.items(), **arguments)),
            )


def small_cases():
    from ddtrace.contrib import trace_utils

    for url in [*URLS, "host/p?q=1", "me:pw@host:80/p?q", "host:80", "http://h?x=1&y"]:
        yield key_of("netloc", url), value(lambda: trace_utils.extract_netloc_and_query_info_from_url(url))
    for command in ("GET", "MGET", "LRANGE", "SET", "get", "HGETALL", "RPOP", "HMGET", ""):
        for result in (None, [], [1, 2], [None, 1], [None], {}, {"a": 1}, "", "x", "xyz", 5, 0):
            yield key_of("rows", command, result), value(lambda: trace_utils.determine_row_count(command, result))
    for text in ("X-One", "a b", "\u00dcber", "a:b/c-d_e", "a.b", ""):
        yield key_of("normalised", text), value(lambda: trace_utils.NORMALIZE_PATTERN.sub("_", text.lower()))


def wrapping_cases():
    import types

    from ddtrace.contrib import trace_utils
    from ddtrace.trace import tracer

    module = types.ModuleType("wrapped_module")

    class Thing:
        kind = 5

        def method(self, a, b=2):
            return ["method", a, b]

        @staticmethod
        def static(a):
            return ["static", a]

        @classmethod
        def of_class(cls, a):
            return [cls.__name__, a]

    class Callable:
        kind = 6

        def __call__(self, a):
            return ["called", a]

    def function(a, b=2):
        return ["function", a, b]

    module.function, module.Thing = function, Thing
    sys.modules["wrapped_module"] = module
    seen = []

    def around(wrapped, instance, args, kwargs):
        seen.append([type(instance).__name__, list(args), kwargs])
        return ["around", wrapped(*args, **kwargs)]

    def around_as_is(wrapped, instance, args, kwargs):
        seen.append([type(instance).__name__, list(args), kwargs])
        return wrapped(*args, **kwargs)

    for target, name, call in (
        ("wrapped_module", "function", lambda: module.function(1, b=3)),
        (module, "function", lambda: module.function(1)),
        (module, "Thing.method", lambda: Thing().method(1)),
        ("wrapped_module", "Thing.static", lambda: Thing.static(1)),
        (Thing, "static", lambda: Thing().static(1)),
        (Thing, "of_class", lambda: Thing.of_class(1)),
    ):
        owner = Thing if "Thing" in name or target is Thing else module
        attribute = name.rpartition(".")[2]

        def once():
            del seen[:]
            given = trace_utils.wrap(target, name, around)
            first = [call(), trace_utils.iswrapped(owner, attribute), trace_utils.iswrapped(getattr(owner, attribute))]
            name_kept = getattr(given, "__name__", None) == attribute
            trace_utils.unwrap(owner, attribute)
            return [*first, list(seen), name_kept, call(), trace_utils.iswrapped(owner, attribute)]

        yield key_of("wrap", str(target)[:8], name), value(once)
    import functools

    thing = Thing()
    module.partial, module.callable, module.length = functools.partial(function, 1), Callable(), len
    for target, name, call in (
        (thing, "method", lambda: [thing.method(1), Thing().method(1)]),
        (module, "partial", lambda: module.partial(b=5)),
        (module, "callable", lambda: [module.callable(1), module.callable.kind]),
        (module, "length", lambda: module.length([1])),
        (
            module,
            "Thing",
            lambda: [
                type(module.Thing()) is Thing,
                isinstance(Thing(), module.Thing),
                isinstance(5, module.Thing),
                issubclass(Thing, module.Thing),
                module.Thing.kind,
                module.Thing.__name__,
                module.Thing.of_class(1),
            ],
        ),
    ):

        def object_once():
            del seen[:]
            trace_utils.wrap(target, name, around_as_is)
            made = [call(), trace_utils.iswrapped(target, name), list(seen)]
            trace_utils.unwrap(target, name)
            return [*made, call(), trace_utils.iswrapped(target, name), len(seen) - len(made[2])]

        yield key_of("wrap an object", name), value(object_once)

    def subclass():
        trace_utils.wrap(module, "Thing", around_as_is)

        class Derived(module.Thing):
            pass

        trace_utils.unwrap(module, "Thing")
        return [Derived.__mro__[1] is Thing, Derived().method(1)]

    yield key_of("subclass of a wrapped class"), value(subclass)
    yield key_of("wrap what is not there"), value(lambda: trace_utils.wrap(module, "nothing", around))
    yield key_of("wrap in no module"), value(lambda: trace_utils.wrap("no_such_module_here", "nothing", around))
    yield (
        key_of("iswrapped"),
        value(
            lambda: [
                trace_utils.iswrapped(module, "nothing"),
                trace_utils.iswrapped(5),
                trace_utils.iswrapped(function),
            ]
        ),
    )
    yield key_of("unwrap what is not there"), value(lambda: trace_utils.unwrap(module, "nothing"))

    from ddtrace.contrib.dbapi import Pin

    @trace_utils.with_traced_module
    def traced(owner, pin, wrapped, instance, args, kwargs):
        return ["traced", owner is module, type(pin).__name__, pin.service, wrapped(*args, **kwargs)]

    def with_module(pinned, enabled=True):
        if pinned:
            Pin(service="pinned").onto(module)
        trace_utils.wrap(module, "function", traced(module))
        tracer.enabled = enabled
        try:
            return module.function(7)
        finally:
            tracer.enabled = True
            trace_utils.unwrap(module, "function")

    yield key_of("with_traced_module, no pin"), value(lambda: with_module(False))
    yield key_of("with_traced_module"), value(lambda: with_module(True))
    yield key_of("with_traced_module, disabled"), value(lambda: with_module(True, False))

    async def coroutine(a):
        return ["coroutine", a]

    module.coroutine = coroutine

    @trace_utils.with_traced_module_async
    async def traced_async(owner, pin, wrapped, instance, args, kwargs):
        return ["traced", owner is module, pin.service, await wrapped(*args, **kwargs)]

    def with_module_async():
        import asyncio

        trace_utils.wrap(module, "coroutine", traced_async(module))
        try:
            return asyncio.run(module.coroutine(7))
        finally:
            trace_utils.unwrap(module, "coroutine")

    yield key_of("with_traced_module_async"), value(with_module_async)


def made_up(name):
    """The settings of an integration, as the integration registers them; its library is not needed."""
    from ddtrace import config

    config._add(name, {"_default_service": name, "distributed_tracing": True})
    return getattr(config, name)


def cases(name):
    server, client = made_up("falcon"), made_up("pyramid")
    tables = {
        "ips": lambda: ip_cases(server),
        "urls": lambda: url_cases(server),
        "statuses": lambda: status_cases(server),
        "headers": lambda: header_cases(server),
        "services": lambda: service_cases(server, client.copy()),
        "others": lambda: other_cases(server),
        "users": user_cases,
        "activations": lambda: activation_cases(client),
        "flats": flat_cases,
        "smalls": small_cases,
        "wrappings": wrapping_cases,
        "integration_headers": lambda: integration_header_cases(server),
    }
    for table in ENVIRONMENTS[name][1].split():
        yield from tables[table]()


if __name__ == "__main__":
    json.dump(dict(cases(sys.argv[1])), sys.stdout)
