"""Uses of removed names: from a program under DD_V3_BRIDGE over collector and agent to the API and the command."""

import json
import os
import signal
import socket
import subprocess
import sys

import pytest
from fake_agent import FakeAgent
from product import BINARY
from product import DDTRACE_RUN
from product import wait_for


PROGRAM = """\
import sys

from ddtrace import tracer


def tag(span):
    span.set_tag_str("user.tier", "trade")  # line 7


def other(span):
    span.set_tag_str("user.id", "1")  # line 11


print("ready", flush=True)
for line in sys.stdin:
    what, count = line.split()
    with tracer.trace("request") as span:
        for _ in range(int(count)):
            {"tag": tag, "other": other, "nothing": id}[what](span)
    print(what, flush=True)
"""


class Program:
    """A traced program that uses removed names when it is told to."""

    def __init__(self, path, env):
        path.write_text(PROGRAM)
        self.path = path
        env = {"DD_V3_BRIDGE": "true", "DD_SERVICE": "shop", "DD_ENV": "prod", "DD_VERSION": "1.2", **env}
        self.process = subprocess.Popen(
            [str(DDTRACE_RUN), sys.executable, "-W", "ignore", str(path)],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n"

    def use(self, what, count=1):
        self.process.stdin.write("%s %d\n" % (what, count))
        self.process.stdin.flush()
        assert self.process.stdout.readline() == what + "\n"

    def end(self):
        self.process.stdin.close()
        assert self.process.wait(60) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def runtime(env, *arguments, status):
    """`hoofprint migrate --runtime --format json`: its report, or what is wrong."""
    ran = subprocess.run(
        [str(BINARY), "migrate", "--runtime", "--format", "json", *map(str, arguments)],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == status, (ran.returncode, ran.stdout, ran.stderr)
    return ran.stderr if status == 2 else json.loads(ran.stdout)


def counts(uses):
    """line -> count, of the rows of the API or of the command."""
    out = {}
    for use in uses:
        out[use["line"]] = out.get(use["line"], 0) + use["count"]
    return out


def kept(env):
    """line -> count, as the command knows by now."""
    command = [str(BINARY), "migrate", "--runtime", "--format", "json"]
    ran = subprocess.run(command, env=env, capture_output=True, timeout=60)
    return counts(json.loads(ran.stdout)["uses"]) if ran.returncode == 1 else {}


def test_from_a_program_to_the_page_and_the_command(product, tmp_path):
    code = tmp_path / "code"
    code.mkdir()
    (code / "unused.py").write_text("from ddtrace import tracer\n\ntracer.current_span().set_tag_str('a', 'b')\n")

    def used():
        return counts(product.api("/uses")["uses"])

    with Program(code / "program.py", product.environment()) as program:
        program.use("nothing")
        wait_for(lambda: product.api("/uses")["services"], "the service is known to run with the bridge")
        (service,) = product.api("/uses")["services"]
        assert (service["service"], service["state"]) == ("shop", "watching")
        program.use("tag", 12)
        wait_for(lambda: used() == {7: 10}, "what was told when the count was ten")
        product.kill()
        program.use("tag", 30)
        program.use("other")
        product.start()
        wait_for(lambda: used() == {7: 10, 11: 1}, "what was used while nobody listened, by the ring")
        program.use("tag", 100)
        wait_for(lambda: used() == {7: 100, 11: 1}, "the next power of ten")
        program.end()
    wait_for(lambda: used() == {7: 142, 11: 1}, "the whole counts, told at the exit")
    product.kill()
    product.start()
    assert used() == {7: 142, 11: 1}
    answer = product.api("/uses", service="shop", env="prod", version="1.2")
    (service,) = answer["services"]
    assert (service["state"], service["blocking"], service["bridge"]["processes"]) == ("uses", 2, 1)
    (use,) = [u for u in answer["uses"] if u["line"] == 7]
    assert use["file"] == str(code / "program.py")
    assert (use["change"], use["name"], use["function"]) == ("span-set-tag-str", "Span.set_tag_str", "tag")
    assert use["instead"]

    env = product.environment()
    report = runtime(env, status=1)
    assert counts(report["uses"]) == {7: 142, 11: 1} and product.agent_url in report["source"]
    report = runtime(product.environment(DD_TRACE_AGENT_URL="unix://%s" % (tmp_path / "apm.socket")), code, status=1)
    assert {u["line"]: (u["finding"]["path"], u["finding"]["line"]) for u in report["uses"]} == {
        7: ("program.py", 7),
        11: ("program.py", 11),
    }
    assert [(p["path"], p["line"]) for p in report["unseen"]] == [("unused.py", 3)]
    assert "no process ran" in runtime(env, "--agent", product.ui, "--service", "nobody", status=2)
    text = subprocess.run([str(BINARY), "migrate", "--runtime"], env=env, capture_output=True, text=True, timeout=60)
    assert "%s:7 in tag  142 times" % (code / "program.py") in text.stdout


def test_growing_counts_are_told_when_the_collector_asks(product, tmp_path):
    """Else a place that is used now and then would seem to be used no more."""
    env = product.environment(DD_TELEMETRY_HEARTBEAT_INTERVAL="0.2")
    env["DD_TRACE_AGENT_URL"] = product.agent_url
    with Program(tmp_path / "program.py", env) as program:

        def told():
            program.use("tag")
            return any(c not in (1, 10, 100, 1000) for c in counts(product.api("/uses")["uses"]).values())

        wait_for(told, "a count between powers of ten")
        program.end()


@pytest.fixture
def alone(tmp_path):
    """A collector of its own; called to start one, killed and stopped by the test."""
    run_dir = tmp_path / "collector"
    run_dir.mkdir(mode=0o700)
    twin = {name: os.environ[name] for name in ("HOOFPRINT_PURE",) if name in os.environ}
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("DD_", "HOOFPRINT_", "PYTHON"))}
    env = {**keep, **twin, "HOOFPRINT_RUN_DIR": str(run_dir), "XDG_STATE_HOME": str(tmp_path / "state")}
    running = []

    def answers(pid):
        """Whether it has taken over the socket, which a killed one leaves behind."""
        with socket.socket(socket.AF_UNIX) as way:
            try:
                way.connect(str(run_dir / "collector.sock"))
                way.sendall(b"ping\n")
                return way.recv(100) == b"ok %d\n" % pid
            except OSError:
                return False

    class Alone:
        environment = env

        @staticmethod
        def start():
            process = subprocess.Popen([str(BINARY), "collect"], env=env, stderr=subprocess.DEVNULL)
            running.append(process)
            wait_for(lambda: answers(process.pid), "a collector")
            return process

    yield Alone
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def test_agent_that_knows_no_uses(alone, tmp_path):
    """A team that stays with another agent reads the file of the host; kill -9 of the collector costs nothing."""
    collector = alone.start()
    with FakeAgent() as agent:
        env = {**alone.environment, "DD_TRACE_AGENT_URL": agent.url}

        with Program(tmp_path / "program.py", env) as program:
            program.use("tag", 12)
            wait_for(lambda: kept(env) == {7: 10}, "the first uses are in the file")
            collector.kill()
            collector.wait()
            program.use("tag", 5)
            program.use("other", 3)
            alone.start()
            wait_for(lambda: kept(env).get(11) == 1, "the next collector goes on")
            program.end()
        wait_for(lambda: kept(env) == {7: 17, 11: 3}, "the whole counts")
        report = runtime(env, status=1)
        assert "uses-0.log" in report["source"]
        assert "does not keep" in runtime(env, "--agent", agent.url, status=2)
        assert not [path for path, _, _ in agent.requests if path == "/hoofprint/v1/uses"]


def test_uses_of_an_outage(alone, idle_product, tmp_path):
    """The agent is away for the whole life of the program and of its collector."""
    collector = alone.start()
    env = {**alone.environment, "DD_TRACE_AGENT_URL": idle_product.agent_url}
    with Program(tmp_path / "program.py", env) as program:
        program.use("tag", 12)
        program.end()
    wait_for(lambda: kept(env) == {7: 12}, "the uses are in the file")
    collector.kill()
    collector.wait()
    idle_product.start()
    alone.start()
    with Program(tmp_path / "program.py", env) as program:
        program.use("nothing")
        wait_for(lambda: counts(idle_product.api("/uses")["uses"]) == {7: 12}, "what the first collector left")
        program.end()
    wait_for(lambda: idle_product.api("/uses")["services"][0]["bridge"]["processes"] == 2, "both processes are known")
