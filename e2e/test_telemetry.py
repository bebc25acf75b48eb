"""What the collector tells the agent of traced programs, and what it has from there, beside ddtrace 4.16's facts."""

import json
import os
import signal
import subprocess
import sys

import pytest
from fake_agent import CONFIG
from fake_agent import TELEMETRY
from fake_agent import FakeAgent
from product import BINARY
from product import DDTRACE_RUN
from product import wait_for
from telemetry_scenario import FACTS
from telemetry_scenario import STEPS
from telemetry_scenario import Program
from telemetry_scenario import clean_environment
from telemetry_scenario import configuration
from telemetry_scenario import metrics
from telemetry_scenario import same
from telemetry_scenario import shape


EXPECTED = json.loads(FACTS.read_text())
RUN = [str(DDTRACE_RUN), sys.executable]


@pytest.fixture
def collecting(tmp_path):
    """Environments of programs whose spans go through a collector of their own, and through nobody else."""
    run_dir = tmp_path / "run"
    run_dir.mkdir(mode=0o700)
    twin = {name: os.environ[name] for name in ("HOOFPRINT_PURE",) if name in os.environ}
    state = {**twin, "HOOFPRINT_RUN_DIR": str(run_dir), "XDG_STATE_HOME": str(tmp_path / "state")}
    log = (tmp_path / "collect.log").open("wb")
    collector = subprocess.Popen([str(BINARY), "collect", "--run-dir", str(run_dir)], env=state, stderr=log)
    wait_for((run_dir / "collector.sock").exists, "a collector")

    def environment(agent, **more):
        return clean_environment(agent, **state, **more)

    environment.run_dir = run_dir
    environment.collector = collector
    yield environment
    if collector.poll() is None:
        collector.send_signal(signal.SIGTERM)
        collector.wait(20)
    log.close()


def test_same_as_the_reference(collecting, tmp_path):
    """A running program follows its remote configuration; what is told of it has ddtrace's shape and values."""
    with FakeAgent() as agent:
        program = Program(RUN, collecting(agent), tmp_path)
        assert same(program.settle(EXPECTED["before"]), EXPECTED["before"])
        for name, configs in STEPS.items():
            want = dict(EXPECTED["remote"][name])
            if name == "header tags":  # there a header that was seen keeps its tag
                want.update(who=None, a="me")
            agent.set_configs(configs)
            assert same(got := program.settle(want), want), (name, got, want)
        wait_for(lambda: metrics(agent.datagrams)[0] == EXPECTED["runtime metrics"]["types"], "all runtime metrics")
        wait_for(lambda: len(changes(agent)) >= len(EXPECTED["changes"]) - 1, "all changes of the configuration")
        program.end()
        wait_for(lambda: "app-closing" in kinds(agent), "the end is told")

        assert metrics(agent.datagrams)[1] == EXPECTED["runtime metrics"]["tags"]
        (started,) = agent.payloads("app-started")
        told = configuration(started)
        for name, (value, origin) in told.items():
            if name in EXPECTED["configuration"] and name not in DIFFERENT:
                if str(value).startswith(("http://127", "udp://127")):
                    value = "an address"
                assert [value, origin] == EXPECTED["configuration"][name], name
        assert len(told.keys() & EXPECTED["configuration"].keys()) > 50
        own = {kind: shape(payload) for kind, _, payload in reversed(agent.events())}
        for kind, payload in own.items():
            want = EXPECTED["kinds"][kind]
            if kind == "app-started":
                payload, want = dict(payload, products={}), dict(want, products={})
            if kind in ("app-started", "app-client-configuration-change"):  # of the first one, which may be null
                payload = dict(payload, configuration=[dict(payload["configuration"][0], value="")])
                want = dict(want, configuration=[dict(want["configuration"][0], value="")])
            if kind == "app-integrations-change":
                payload["integrations"][0]["version"] = want["integrations"][0]["version"] = ""
            if kind == "generate-metrics":
                payload["series"][0]["points"] = want["series"][0]["points"] = []
            assert payload == want, kind
        assert own.keys() == EXPECTED["kinds"].keys() - {"app-endpoints", "sketches"}
        body = agent.bodies(TELEMETRY)[0]
        del body["payload"]
        assert shape(body) == EXPECTED["message"]
        headers = next(headers for path, headers, _ in agent.requests if path.startswith(TELEMETRY))
        assert sorted(name for name in headers if name.startswith("dd-")) == EXPECTED["headers"]
        dependencies = {
            one["name"] for payload in agent.payloads("app-dependencies-loaded") for one in payload["dependencies"]
        }
        assert dependencies - OURS_ONLY == set(EXPECTED["dependencies"]) - THEIR_OWN
        integrations = {
            one["name"]: one["version"] is not None
            for payload in agent.payloads("app-integrations-change")
            for one in payload["integrations"]
        }
        assert integrations == {k: v for k, v in EXPECTED["integrations"].items() if k not in ("asyncio", "subprocess")}
        assert changes(agent) >= {tuple(one) for one in EXPECTED["changes"] if one[1] != "true"}
        request = agent.bodies(CONFIG)[0]
        del request["client"]["id"]
        assert shape(request) == EXPECTED["remote request"]
        assert (
            sum(series_sum(agent, "spans_finished").values()) == sum(series_sum(agent, "spans_created").values()) > 10
        )


# What ddtrace needs for itself, and imports into every process.
THEIR_OWN = {"wrapt", "envier", "bytecode", "typing-extensions", "opentelemetry-api", "setuptools"}
OURS_ONLY = {"setuptools"}
# See docs/compatibility.md.
DIFFERENT = {"DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP"}


def kinds(agent):
    return [kind for kind, _, _ in agent.events()]


def changes(agent):
    return {
        (one["name"], one["value"], one["origin"])
        for payload in agent.payloads("app-client-configuration-change")
        for one in payload["configuration"]
        if one["name"].startswith(("DD_TRACE_", "DD_TAGS", "DD_LOGS"))
    }


def series_sum(agent, metric):
    sums = {}
    for payload in agent.payloads("generate-metrics"):
        for series in payload["series"]:
            if series["metric"] == metric:
                for _, value in series["points"]:
                    sums[str(series["tags"])] = sums.get(str(series["tags"]), 0) + value
    return sums


FORKING = """
import os, sys
from ddtrace.trace import tracer
with tracer.trace("parent"):
    pass
pid = os.fork()
with tracer.trace("child" if pid == 0 else "again"):
    import xml.dom.minidom
if pid == 0:
    if os.fork() == 0:
        with tracer.trace("grandchild"):
            pass
    else:
        os.wait()
    sys.exit(0)
os.waitpid(pid, 0)
"""


def test_short_programs_and_forked_children(collecting, tmp_path):
    with FakeAgent() as agent:
        subprocess.run([*RUN, "-c", FORKING], env=collecting(agent), cwd=tmp_path, check=True, timeout=60)
        wait_for(lambda: "app-closing" in kinds(agent) and len(sessions(agent)) == 3, "three processes have told")
        root, child, grandchild = sorted(sessions(agent), key=lambda one: (one[1] is not None, one[1] != one[2]))
        assert root[1:] == (None, None)
        assert child[1:] == (root[0], root[0])
        assert grandchild[1:] == (root[0], child[0])
        started = [body["runtime_id"] for kind, body, _ in agent.events() if kind == "app-started"]
        closing = [body["runtime_id"] for kind, body, _ in agent.events() if kind == "app-closing"]
        assert started == closing == [root[0]]
        wait_for(lambda: series_sum(agent, "trace_chunks_sent") == {"[]": 4}, "the chunks of all three are counted")
        assert (
            sum(series_sum(agent, "trace_api.requests").values())
            == series_sum(agent, "trace_api.responses")["['status_code:200']"]
        )


def sessions(agent):
    with agent.lock:
        return {
            (h["dd-session-id"], h.get("dd-root-session-id"), h.get("dd-parent-session-id"))
            for path, h, _ in agent.requests
            if path.startswith(TELEMETRY)
        }


def test_off_means_off(collecting, tmp_path):
    with FakeAgent() as agent:
        env = collecting(
            agent,
            DD_INSTRUMENTATION_TELEMETRY_ENABLED="false",
            DD_REMOTE_CONFIGURATION_ENABLED="false",
            DD_RUNTIME_METRICS_ENABLED="false",
        )
        program = Program(RUN, env, tmp_path)
        program.ask()
        program.end()
        wait_for(lambda: any(path.endswith("/traces") for path, _, _ in agent.requests), "the spans came")
        wait_for(lambda: not list(collecting.run_dir.glob("*.ring")), "the process is done with")
        assert {path for path, _, _ in agent.requests if not path.endswith("/traces")} <= {"/info", "/v0.6/stats"}
        assert not agent.datagrams


def test_an_agent_that_serves_neither_is_not_bothered(collecting, tmp_path):
    with FakeAgent(endpoints=("/v0.5/traces",)) as agent:
        program = Program(RUN, collecting(agent), tmp_path)
        program.ask()
        program.end()
        wait_for(lambda: not list(collecting.run_dir.glob("*.ring")), "the process is done with")
        assert {path for path, _, _ in agent.requests} <= {"/info", "/v0.5/traces"}


BY_CODE = """
import sys
import ddtrace
from ddtrace.runtime import RuntimeMetrics
from ddtrace.trace import tracer
with tracer.trace("first"):
    pass
ddtrace.config.service = "renamed"
ddtrace.config.tags = {"x": "y"}
RuntimeMetrics.enable(dogstatsd_url=sys.argv[1])
for line in sys.stdin:
    with tracer.trace("again"):
        pass
    print(line, flush=True)
"""


def test_what_code_sets(collecting, tmp_path):
    with FakeAgent() as agent:
        env = collecting(agent, DD_DOGSTATSD_URL="udp://127.0.0.1:9", DD_RUNTIME_METRICS_ENABLED="false")
        command = [*RUN, "-c", BY_CODE, agent.dogstatsd_url]
        process = subprocess.Popen(
            command, env=env, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        wait_for(lambda: {("DD_TAGS", "x:y", "code")} <= changes(agent), "the tags that code has set")
        said = [
            (one["name"], one["value"], one["origin"])
            for payload in agent.payloads("app-client-configuration-change")
            for one in payload["configuration"]
        ]
        assert ("DD_SERVICE", "renamed", "code") in said
        wait_for(lambda: agent.datagrams, "runtime metrics where code wants them")
        process.communicate("x\n", timeout=30)
