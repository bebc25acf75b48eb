"""The settings that the ring's header tells the collector."""

import json
import os
import re

import pytest
from ddtrace import _description


GO = os.path.join(os.path.dirname(__file__), "..", "..", "..", "internal", "ring", "describe.go")


@pytest.fixture
def environment(monkeypatch):
    for name in _description._COLLECTOR_SETTINGS:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def told():
    encoded = _description.encode("0" * 32, "host")
    assert len(encoded) <= 3644
    return json.loads(encoded)


def test_both_sides_know_the_same_settings():
    with open(GO) as file:
        listed = file.read().partition("func CollectorSettings()")[2].partition("\n}\n")[0]
    assert set(re.findall(r'"(\w+)"', listed)) == set(_description._COLLECTOR_SETTINGS)


def test_only_what_is_set_is_told(environment):
    assert "settings" not in told()
    environment.setenv("DD_TRACE_WRITER_INTERVAL_SECONDS", "3.5")
    environment.setenv("DD_TAGS", 'a:"b"\n')
    environment.setenv("DD_DOGSTATSD_URL", "")
    assert told()["settings"] == {"DD_TRACE_WRITER_INTERVAL_SECONDS": "3.5", "DD_TAGS": 'a:"b"\n'}


def test_a_value_without_room_is_left_out(environment):
    environment.setenv("DD_TRACE_AGENT_URL", "http://agent:8126")
    environment.setenv("DD_TAGS", "a:" + "b" * 4000)
    environment.setenv("DD_RUNTIME_METRICS_ENABLED", "true")
    assert told()["settings"] == {"DD_RUNTIME_METRICS_ENABLED": "true"}
    assert told()["agent_url"] == "http://agent:8126"
