"""What comes back from the collector to a running process, against the reference (recapture_remote.py)."""

import json
import mmap
import os
import subprocess
import sys
from pathlib import Path

import pytest
from processes import environment
from processes import output
from remote_steps import SCENARIOS


HERE = Path(__file__).parent
EXPECTED = json.loads((HERE / "remote_expected.json").read_text())
# The whole suite runs with the extension and with the pure twin.
PURE = os.environ.get("HOOFPRINT_PURE", "0")
CONTROL_WORD = 388

# What code gives as config.tags goes to spans at once here; there, only when remote configuration changes.
LATER = {"tags and code": [0, 3]}


class Program:
    """A program with a ring, and the collector's hand on it."""

    def __init__(self, run_dir, code, **variables):
        self.run_dir = Path(run_dir)
        self.process = subprocess.Popen(
            [sys.executable, *code],
            env=environment(run_dir, **variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.process.stdin.close()
        self.process.wait(30)
        self.errors = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()

    def ask(self, line="look"):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def control(self, content):
        """Write the control file and raise the word, as the collector does."""
        (ring,) = self.run_dir.glob("*.ring")
        new = Path(str(ring) + ".control.new")
        new.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        os.replace(new, str(ring) + ".control")
        with open(ring, "r+b") as file, mmap.mmap(file.fileno(), 4096) as header:
            word = int.from_bytes(header[CONTROL_WORD : CONTROL_WORD + 4], "little") + 1
            header[CONTROL_WORD : CONTROL_WORD + 4] = word.to_bytes(4, "little")


@pytest.mark.parametrize("name,variables,steps", SCENARIOS, ids=[scenario[0] for scenario in SCENARIOS])
def test_remote_configuration_is_applied_and_taken_back(tmp_path, name, variables, steps):
    with Program(tmp_path, [str(HERE / "remote_program.py")], HOOFPRINT_PURE=PURE, **variables) as program:
        program.ask()  # the ring is there from the first span on
        for number, ((config, line), expected) in enumerate(zip(steps, EXPECTED[name])):
            if config is not None:
                program.control({"remote": config})
            found = program.ask(line)
            assert found == expected or number in LATER.get(name, ()), (config, line)
    assert program.errors == ""


LOOK = """
import json, sys
from ddtrace.trace import tracer
for line in sys.stdin:
    with tracer.trace("web.request", service=line.strip()) as span:
        pass
    modules = [m for m in ("ddtrace._control", "ddtrace._remote", "json.decoder") if m in sys.modules]
    numbers = span.get_metrics()
    print(json.dumps([span.context._meta["_dd.p.dm"], numbers.get("_dd.agent_psr"), modules]), flush=True)
"""


def test_the_agents_rates_are_used_and_replaced(tmp_path):
    with Program(tmp_path, ["-c", LOOK], HOOFPRINT_PURE=PURE, DD_ENV="prod") as program:
        assert program.ask("web")[:2] == ["-0", None]
        program.control({"rates": {"service:,env:": 1, "service:web,env:prod": 0.25}})
        assert program.ask("web")[:2] == ["-1", 0.25]
        assert program.ask("db")[:2] == ["-0", None]
        program.control({"rates": {"service:db,env:prod": 0.5}})
        assert program.ask("web")[:2] == ["-0", None]
        assert program.ask("db")[:2] == ["-1", 0.5]
    assert program.errors == ""


def test_a_file_that_cannot_be_read_changes_nothing(tmp_path):
    with Program(tmp_path, ["-c", LOOK], HOOFPRINT_PURE=PURE, DD_ENV="prod") as program:
        program.ask("web")
        program.control({"rates": {"service:web,env:prod": 0.25}})
        assert program.ask("web")[1] == 0.25
        bad = [b"", b"{", b"[1]", b"null", b"\xff", b"[" * 100_000, b'{"rates": 1, "remote": [1]}', b'{"remote": null}']
        too_long = json.dumps({"rates": {}, "x": "x" * (1 << 20)}).encode()
        for content in [*bad, too_long, b'{"rates": {"service:web,env:prod": "x"}, "remote": 5}'[:-1]]:
            program.control(content)
            assert program.ask("web")[1] == 0.25, content[:40]
        for path in tmp_path.glob("*.control"):
            path.unlink()
            path.mkdir()
        (ring,) = tmp_path.glob("*.ring")
        with open(ring, "r+b") as file:
            file.seek(CONTROL_WORD)
            file.write(b"\xff")
        assert program.ask("web")[1] == 0.25
    assert program.errors == ""


ODD = [
    {"tracing_sampling_rate": "x"}, {"tracing_sampling_rate": True}, {"tracing_sampling_rate": [1]},
    {"tracing_sampling_rules": 5}, {"tracing_sampling_rules": [5, None, []]}, {"tracing_tags": "a:b"},
    {"tracing_tags": [1, None, ":x"]}, {"tracing_header_tags": {"a": 1}},
    {"tracing_header_tags": [1, {}, {"header": 1}]}, {"log_injection_enabled": "1"},
    {"tracing_enabled": "no"}, {"tracing_enabled": 0},
    {"unknown": {"a": 1}},
]  # fmt: skip


def test_values_of_a_wrong_kind_are_left_out(tmp_path):
    with Program(tmp_path, [str(HERE / "remote_program.py")], HOOFPRINT_PURE=PURE) as program:
        before = program.ask()
        for config in ODD:
            program.control({"remote": config})
            assert program.ask() == before, config
    assert all("tracing_sampling_rate" in line for line in program.errors.splitlines())


def test_a_bad_remote_rule_costs_one_line_and_leaves_the_others(tmp_path):
    rules = [{"sample_rate": 0.5, "colour": 1}, {"name": "x"}, {"sample_rate": 0.25, "name": "web.*", "tags": 3}]
    good = {"sample_rate": 0.75, "name": "web.*"}
    with Program(tmp_path, [str(HERE / "remote_program.py")], HOOFPRINT_PURE=PURE) as program:
        program.ask()
        program.control({"remote": {"tracing_sampling_rules": [*rules, good]}})
        assert program.ask()["GET /x"]["rate"] == 0.75
    assert len(program.errors.splitlines()) == 3


def test_a_rate_that_is_no_number_is_said(tmp_path):
    with Program(tmp_path, [str(HERE / "remote_program.py")], HOOFPRINT_PURE=PURE) as program:
        program.ask()
        program.control({"remote": {"tracing_sampling_rate": "x"}})
        assert program.ask()["GET /x"]["rate"] is None
    [line] = program.errors.splitlines()
    assert "tracing_sampling_rate 'x' is no number" in line


def test_tracing_that_was_switched_off_is_switched_on_again(tmp_path):
    with Program(tmp_path, [str(HERE / "remote_program.py")], HOOFPRINT_PURE=PURE) as program:
        program.ask()
        program.control({"remote": {"tracing_enabled": False}})
        assert program.ask()["enabled"] is False
        program.control({"remote": {"tracing_enabled": True}})
        assert program.ask()["enabled"] is True
    assert program.errors == ""


SWITCHED_OFF = """
import json, sys
from ddtrace.trace import tracer
tracer.trace("first").finish()
tracer.enabled = False
for line in sys.stdin:
    tracer.trace("x").finish()
    print(json.dumps(tracer.enabled), flush=True)
"""


def test_what_code_has_switched_off_is_not_switched_on_from_far(tmp_path):
    with Program(tmp_path, ["-c", SWITCHED_OFF], HOOFPRINT_PURE=PURE) as program:
        program.ask()
        for config in ({"tracing_enabled": True}, {"tracing_enabled": False}, {}):
            program.control({"remote": config})
            assert program.ask() is False


def test_nothing_is_imported_before_something_changes(tmp_path):
    with Program(tmp_path, ["-c", LOOK], HOOFPRINT_PURE=PURE) as program:
        assert program.ask("web")[2] == ["json.decoder"]
        program.control({"rates": {}, "remote": {}})
        assert program.ask("web")[2] == ["ddtrace._control", "json.decoder"]


def test_the_settings_say_what_is_remote(tmp_path):
    code = """
from ddtrace import _control, config
from ddtrace.trace import tracer
_control.apply({"remote": {"tracing_tags": ["a:b"], "log_injection_enabled": False}})
print(sorted(config._remote), config.tags, config._logs_injection)
config.tags = {"c": "d"}
print(config.tags)
_control.apply({"remote": {}})
print(sorted(config._remote), config.tags, config._logs_injection)
"""
    said = output(tmp_path, "-c", code).splitlines()
    assert said[0] == "['_logs_injection', 'tags'] {'a': 'b'} False"
    assert said[1] == "{'a': 'b'}"
    assert said[2] == "[] {'c': 'd'} True"
