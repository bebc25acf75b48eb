"""The same spans carry the same as with ddtrace 4.16."""

import json
import os
import subprocess
import sys

import observed
import pytest


@pytest.mark.parametrize("settings", sorted(observed.SETTINGS))
def test_what_ddtrace_sends(settings, tmp_path):
    path = str(tmp_path / "out.json")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DD_", "OTEL_"))}
    subprocess.run([sys.executable, observed.__file__, settings, path], env=environment, check=True)
    with open(path) as f:
        found = json.load(f)
    with open(os.path.join(observed.HERE, "expected", f"observed_{settings}.json")) as f:
        expected = json.load(f)
    assert set(found) == set(expected)
    for name in expected:
        assert found[name] == expected[name], name
