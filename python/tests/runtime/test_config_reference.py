"""`ddtrace.config` in hundreds of environments, against what the reference makes of each."""

import json
import logging
import os
from pathlib import Path

import pytest
from config_cases import environments
from config_observer import observe
from ddtrace import _config
from ddtrace import _description
from ddtrace import _environment
from ddtrace._environment import value


EXPECTED = json.loads(Path(__file__).with_name("config_expected.json").read_text(encoding="utf-8"))
ENVIRONMENTS = environments()

# Where ours differs: the facts that are not compared, and why.
NO_NUMBER = "an interval or size that is no number, negative or no port is not taken"
DIFFERENT = {
    "DD_TRACE_AGENT_PORT=-3": (["agent url"], NO_NUMBER),
    "DD_TRACE_EXPERIMENTAL_FEATURES_ENABLED= a ,,B": (["_experimental_features_enabled"], "spaces do not count"),
}
for setting, attribute in (
    ("DD_REMOTE_CONFIG_POLL_INTERVAL_SECONDS", "_remote_config_poll_interval"),
    ("DD_TELEMETRY_HEARTBEAT_INTERVAL", "_telemetry_heartbeat_interval"),
    ("DD_TRACE_AGENT_TIMEOUT_SECONDS", "_agent_timeout_seconds"),
    ("DD_TRACE_WRITER_INTERVAL_SECONDS", "_trace_writer_interval_seconds"),
    ("DD_TRACE_EXPERIMENTAL_LONG_RUNNING_FLUSH_INTERVAL", "_long_running_flush_interval"),
):
    for text in ("-3", "nan"):
        DIFFERENT["%s=%s" % (setting, text)] = ([attribute], NO_NUMBER)


@pytest.fixture
def resolve(monkeypatch, caplog):
    """(facts, logged lines) of ours in an environment of exactly these settings."""

    def run(variables):
        for name in list(os.environ):
            if name.startswith(("DD_", "_DD_", "OTEL_", "DATADOG_", "HOOFPRINT_")):
                monkeypatch.delenv(name)
        for name, text in variables.items():
            monkeypatch.setenv(name, text)
        monkeypatch.setattr("ddtrace._argv", ["/srv/shop/app.py"])
        monkeypatch.setattr(_description, "_DEFAULT_AGENT_SOCKET", "/nowhere")
        monkeypatch.setattr(_environment, "_said", set())
        with caplog.at_level(logging.WARNING):
            seen = observe(_config.Config())
            seen["agent url"] = _description.agent_url()
            schema = seen["schema"] = value("DD_TRACE_SPAN_ATTRIBUTE_SCHEMA")
            by_default = value("DD_TRACE_PEER_SERVICE_DEFAULTS_ENABLED")
            seen["peer service"] = [by_default or schema == "v1", value("DD_TRACE_PEER_SERVICE_MAPPING")]
        return json.loads(json.dumps(seen)), [record.getMessage() for record in caplog.records]

    return run


def test_every_environment_was_captured():
    assert EXPECTED.keys() == ENVIRONMENTS.keys()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_like_the_reference(resolve, name):
    seen, logged = resolve(ENVIRONMENTS[name])
    facts = EXPECTED[name]
    expected = {**EXPECTED[""]["seen"], **facts["seen"]}
    if "raises" in expected:
        if name.startswith(LOGGED_ELSEWHERE):
            return
        # The application starts all the same: with the default, and a line that names the variable.
        assert any(variable in line for variable in ENVIRONMENTS[name] for line in logged), logged
        return
    for key in DIFFERENT.get(name, ([], ""))[0]:
        expected[key] = seen[key]
    assert {key: seen[key] for key in expected} == expected
    if facts.get("logs") and not name.startswith(LOGGED_ELSEWHERE):
        assert logged, "the reference says something about it"


# The sampler reads the rules, not the config; its tests are test_sampling_rules.py. The line about a rate limit
# without rules is not about a bad value. A host is looked up by the collector. Of a variable of OpenTelemetry that
# counts for nothing nothing is said.
LOGGED_ELSEWHERE = (
    "DD_TRACE_SAMPLING_RULES",
    "DD_SPAN_SAMPLING_RULES",
    "DD_TRACE_RATE_LIMIT",
    "DD_AGENT_HOST=h h",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_TRACES_SAMPLER=always_off|DD_",
    "OTEL_LOGS_EXPORTER",
)


@pytest.mark.parametrize("name", [n for n, f in EXPECTED.items() if f.get("logs") is False])
def test_one_line_for_one_bad_text(resolve, name):
    """What the reference takes in silence may be said here, but once."""
    _, logged = resolve(ENVIRONMENTS[name])
    assert len(logged) == len(set(logged))
    assert not any("\n" in line for line in logged)
