"""What the environment says, as `ddtrace.config` and the tracer understand it."""

import copy
import json
import os
import pickle

import pytest
from ddtrace import DDTraceDeprecationWarning
from ddtrace import _config
from ddtrace import _description
from ddtrace import config
from ddtrace.trace import tracer
from processes import output
from processes import python


@pytest.fixture
def fresh(monkeypatch):
    """Makes a config that has read nothing yet, in an environment of exactly these settings."""

    def make(**variables):
        for name in list(os.environ):
            if name.startswith(("DD_", "HOOFPRINT_")):
                monkeypatch.delenv(name)
        for name, text in variables.items():
            monkeypatch.setenv(name, text)
        return _config.Config()

    return make


def test_names(fresh):
    made = fresh(DD_SERVICE="web", DD_ENV="prod", DD_VERSION="1", DD_TAGS="a:b,c:d:e,f, :x,g: h ")
    assert (made.service, made.env, made.version) == ("web", "prod", "1")
    assert made.tags == {"a": "b", "c": "d:e", "f": "", "g": "h"}
    assert made.is_service_user_provided


def test_names_from_tags(fresh):
    made = fresh(DD_TAGS="env:prod service:web version:1 team:a")
    assert (made.service, made.env, made.version) == ("web", "prod", "1")
    assert made.tags == {"env": "prod", "team": "a"}, "as ddtrace: env stays a tag"


def test_variables_win_over_tags(fresh):
    made = fresh(DD_TAGS="env:prod,service:web,version:1", DD_SERVICE="shop", DD_ENV="dev", DD_VERSION="2")
    assert (made.service, made.env, made.version) == ("shop", "dev", "2")


def test_nothing_set(fresh):
    made = fresh()
    assert (made.env, made.version, made.tags, made.service_mapping) == (None, None, {}, {})
    assert not made.is_service_user_provided
    made.service = "set by code"
    assert made.is_service_user_provided


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("1", True), ("TRUE", True), ("false", False), ("0", False), ("yes", False), ("", False)],
)
def test_booleans_as_ddtrace_reads_them(fresh, text, expected):
    assert fresh(DD_TRACE_REPORT_HOSTNAME=text)._report_hostname is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("structured", True), ("1", True), ("false", False), ("0", False), ("no", False)],
)
def test_logs_injection(fresh, text, expected):
    assert fresh(DD_LOGS_INJECTION=text)._logs_injection is expected


def test_a_bad_value_is_one_line_and_the_default(fresh, caplog):
    made = fresh(DD_TRACE_SPAN_TRACEBACK_MAX_SIZE="many")
    assert made._span_traceback_max_size == 30
    assert made._span_traceback_max_size == 30
    [record] = caplog.records
    assert record.getMessage() == "DD_TRACE_SPAN_TRACEBACK_MAX_SIZE='many' is not a whole number: 30 is used"


def test_propagation_styles(fresh, caplog):
    assert fresh()._propagation_style_extract == ["datadog", "tracecontext", "baggage"]
    both = fresh(DD_TRACE_PROPAGATION_STYLE="B3, none ,b3multi", DD_TRACE_PROPAGATION_STYLE_INJECT="datadog")
    assert both._propagation_style_extract == ["b3", "b3multi"]
    assert both._propagation_style_inject == ["datadog"]
    assert caplog.records == []
    assert fresh(DD_TRACE_PROPAGATION_STYLE="zipkin,b3")._propagation_style_extract == ["b3"]
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "http://localhost:8126"),
        ({"DD_TRACE_AGENT_URL": "unix:///x.sock", "DD_AGENT_HOST": "h"}, "unix:///x.sock"),
        ({"DD_AGENT_HOST": "h"}, "http://h:8126"),
        ({"DD_AGENT_HOST": "h", "DD_TRACE_AGENT_HOSTNAME": "i", "DD_TRACE_AGENT_PORT": "9"}, "http://i:9"),
        ({"DD_AGENT_PORT": "7"}, "http://localhost:7"),
        ({"DD_AGENT_PORT": "7", "DD_TRACE_AGENT_PORT": "9"}, "http://localhost:9"),
        ({"DD_AGENT_HOST": "fe80::1"}, "http://[fe80::1]:8126"),
        ({"DD_TRACE_AGENT_PORT": "port", "DD_AGENT_PORT": "7"}, "http://localhost:7"),
    ],
)
def test_agent_url(fresh, monkeypatch, variables, expected):
    fresh(**variables)
    monkeypatch.setattr(_description, "_DEFAULT_AGENT_SOCKET", "/nowhere")
    assert _description.agent_url() == expected


def test_the_agents_usual_socket(fresh, monkeypatch, tmp_path):
    usual = tmp_path / "apm.socket"
    usual.touch()
    monkeypatch.setattr(_description, "_DEFAULT_AGENT_SOCKET", str(usual))
    fresh()
    assert _description.agent_url() == "unix://%s" % usual
    fresh(DD_AGENT_HOST="h")
    assert _description.agent_url() == "http://h:8126"


HEX64 = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("13:name=systemd:/docker/" + HEX64, HEX64),
        ("0::/system.slice/docker-%s.scope" % HEX64, HEX64),
        ("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-%s.scope" % HEX64, HEX64),
        ("1:name=systemd:/ecs/432624d2150b349fe35ba397284dea78-34438421", "432624d2150b349fe35ba397284dea78-34438421"),
        ("1:name=systemd:/uaf862e3-9b2b/34dc0b5e-626f-2c5c-4c51-70e34b10e765", "34dc0b5e-626f-2c5c-4c51-70e34b10e765"),
        ("0::/user.slice/user-1000.slice/session-1.scope", ""),
        ("0::/", ""),
    ],
)
def test_container_id(tmp_path, line, expected):
    cgroup = tmp_path / "cgroup"
    cgroup.write_text("11:devices:/\n%s\n" % line)
    assert _description.container_id(str(cgroup)) == expected


def test_container_id_of_no_file(tmp_path):
    assert _description.container_id(str(tmp_path / "none")) == ""


def test_integration_settings(fresh):
    made = fresh(DD_FLASK_SERVICE="front")
    made.flask["distributed_tracing"] = False
    made._add("flask", {"_default_service": "flask", "distributed_tracing": True, "nested": {"a": 1}})
    assert made.flask.service == made.flask["service"] == "front"
    assert made.flask.distributed_tracing is False, "what code has set stays"
    assert made.flask.nested == {"a": 1}
    made.flask.service = "back"
    assert made.flask["service"] == "back"
    with pytest.raises(AttributeError, match="config.flask has no setting 'nothing'"):
        _ = made.flask.nothing
    assert made._integration_default_services == {"flask"}


def test_unknown_names(fresh, caplog):
    made = fresh()
    for name in ("nothing", "_nothing", "http", "trace_headers", "global_tags"):
        with pytest.raises(AttributeError, match=name):
            getattr(made, name)
    assert not hasattr(made, "analytics_enabled")
    made._add("nothing", {"a": 1})
    assert [record.getMessage() for record in caplog.records] == [
        "config._add: there is no integration 'nothing', its settings are ignored: a"
    ]
    made.nothing = 3
    assert made.nothing == 3


def test_integration_settings_as_dicts(fresh):
    made = fresh(DD_AIOPG_SERVICE_NAME="pg")
    assert dict(made.aiopg) == {
        "analytics_enabled": False, "analytics_sample_rate": 1.0, "service": "pg", "service_name": "pg",
    }  # fmt: skip
    made._add("aiopg", {"a": 1, "b": None, "_default_service": "one"})
    made.aiopg.http.trace_headers("Accept")
    made._add("aiopg", {"a": 2, "b": 3})
    assert (made.aiopg.a, made.aiopg.b) == (1, 3), "the first counts, None does not"
    assert made.aiopg.header_is_traced("accept")
    made._add("aiopg", {"a": 2, "_default_service": "two"}, merge=False)
    assert made.aiopg.a == 2 and "b" not in made.aiopg and not made.aiopg.header_is_traced("accept")
    assert made._integration_default_services == {"two"}
    del made.aiopg["a"]
    assert not hasattr(made.aiopg, "a") and made.aiopg.get("a", 5) == 5
    copies = (made.aiopg.copy(), copy.copy(made.aiopg), copy.deepcopy(made.aiopg))
    for each in copies:
        each["z"] = 1
        assert (each.integration_name, each.global_config) == ("aiopg", made)
    assert "z" not in made.aiopg
    assert copy.copy(config) is config and copy.deepcopy(config) is config


def test_global_headers(fresh):
    made = fresh()
    assert made._http.trace_headers(["X"]) is made._http
    assert made._http.trace_headers([]) is None
    assert made.requests.header_is_traced("x") and made.requests.is_header_tracing_configured
    made._http.trace_query_string = True
    assert made.requests.trace_query_string is True
    made.requests.http.trace_query_string = False
    assert made.requests.trace_query_string is False


def test_the_query_string_of_urls(fresh):
    assert fresh().flask.http_tag_query_string is True
    assert fresh(DD_HTTP_SERVER_TAG_QUERY_STRING="false").flask.http_tag_query_string is False
    assert fresh(DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP="(").flask.http_tag_query_string is False
    made = fresh()
    made._add("requests", {"default_http_tag_query_string": "false"})
    assert made.requests.http_tag_query_string is False
    made.requests.http_tag_query_string = True
    assert made.requests.http_tag_query_string is True
    assert "http_tag_query_string" not in made.requests


def test_hooks_are_there_and_do_nothing(fresh):
    hooks = fresh().flask.hooks
    with pytest.warns(DDTraceDeprecationWarning, match="hooks.on is deprecated"):

        @hooks.on("request")
        def handler(span):
            """Stays the function that it is."""

    assert handler.__doc__
    with pytest.warns(DDTraceDeprecationWarning):
        hooks.register("request", handler)
        hooks.emit("request", None)
        hooks.deregister("request", handler)


def test_header_tags(fresh):
    made = fresh(DD_TRACE_HEADER_TAGS="X-Request-Id:request_id,X-Other")
    assert made.flask.is_header_tracing_configured
    assert made.flask._header_tag_name("x-request-ID") == "request_id"
    assert made.flask._header_tag_name("x-other") == ""
    assert made.flask._header_tag_name("accept") is None
    made.flask.http.trace_headers(["Accept"])
    assert made.flask.header_is_traced("accept") and not made.requests.header_is_traced("accept")


def test_error_statuses(fresh, caplog):
    made = fresh(DD_TRACE_HTTP_SERVER_ERROR_STATUSES="404,410-400,oops,500-599")._http_server
    assert [made.is_error_code(code) for code in (200, 400, 404, 405, 411, 500, 599, 600)] == [
        False, True, True, True, False, True, True, False,
    ]  # fmt: skip
    assert len(caplog.records) == 1
    made.error_statuses = "200"
    assert made.is_error_code(200) and not made.is_error_code(500)


def test_the_config_pickles_to_itself():
    assert pickle.loads(pickle.dumps(config)) is config


SPAN = (
    "import json\nfrom ddtrace import config\nfrom ddtrace.trace import tracer\n%s\n"
    "with tracer.trace('one') as s:\n"
    "    print(json.dumps([s.service, s.get_tag('env'), s.get_tag('version'), s.get_tag('team')]))\n"
)


def test_settings_reach_the_spans(tmp_path):
    seen = json.loads(
        output(tmp_path, "-c", SPAN % "", DD_SERVICE="web", DD_ENV="prod", DD_VERSION="3", DD_TAGS="team:a")
    )
    assert seen == ["web", "prod", "3", "a"]


def test_settings_made_by_code_reach_the_spans(tmp_path):
    code = "config.service = 'shop'; config.env = 'dev'; config.version = '4'"
    assert json.loads(output(tmp_path, "-c", SPAN % code, DD_SERVICE="web")) == ["shop", "dev", "4", None]


def test_services_are_mapped(tmp_path):
    assert json.loads(output(tmp_path, "-c", SPAN % "", DD_SERVICE="web", DD_SERVICE_MAPPING="web:shop"))[0] == "shop"


@pytest.mark.parametrize(("text", "bits"), [("true", 128), ("false", 64)])
def test_trace_id_size(tmp_path, text, bits):
    program = "from ddtrace.trace import tracer\nwith tracer.trace('one') as s: print(s.trace_id.bit_length() > 64)\n"
    variables = {"DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED": text, "PYTHONWARNINGS": "ignore"}
    assert output(tmp_path, "-c", program, **variables) == str(bits == 128)


def test_a_bad_setting_never_stops_the_program(tmp_path):
    done = python(
        *(tmp_path, "-c", "import ddtrace.auto\n" + SPAN % ""),
        DD_TRACE_AGENT_PORT="x",
        DD_TRACE_SPAN_TRACEBACK_MAX_SIZE="x",
        DD_TRACE_HTTP_SERVER_ERROR_STATUSES="x",
        DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP="(",
        DD_TRACE_PROPAGATION_STYLE="x",
        DD_TRACE_X_DATADOG_TAGS_MAX_LENGTH="-1",
        DD_TRACE_API_VERSION="v9",
        DD_SERVICE_MAPPING=":,:",
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("asked", "expected"), [(True, "test_config.Inner.method"), (False, "test_config.method")])
def test_names_of_wrapped_methods(monkeypatch, asked, expected):
    monkeypatch.setattr(config, "_trace_wrap_span_name_include_class", asked)

    class Inner:
        @tracer.wrap()
        def method(self):
            return tracer.current_span().name

    assert Inner().method() == expected
