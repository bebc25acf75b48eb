"""The built product, run as a user would: `hoofprint serve` and programs under `ddtrace-run`."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from ports import free_port


ROOT = Path(__file__).resolve().parent.parent
BINARY = ROOT / "bin/hoofprint"
DDTRACE_RUN = ROOT / "bin/ddtrace-run"


def wait_for(condition, what, seconds=60.0):
    """Calls condition until it is true and returns its value."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError("not within %g s: %s" % (seconds, what))
        time.sleep(0.05)


class Product:
    """A `hoofprint serve` with a run dir, a data dir and ports of its own."""

    def __init__(self, scratch):
        self.scratch = Path(scratch)
        self.run_dir = self.scratch / "run"
        self.run_dir.mkdir(mode=0o700)
        self.port, self.ui_port = free_port(), free_port()
        self.agent_url = "http://127.0.0.1:%d" % self.port
        self.ui = "http://127.0.0.1:%d" % self.ui_port
        self.log = self.scratch / "serve.log"
        self.process = None

    def environment(self, **more):
        """For a traced program: nothing of the tester's own Datadog settings."""
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("DD_", "HOOFPRINT_", "PYTHON"))}
        keep.update(
            DD_TRACE_AGENT_URL=self.agent_url,
            HOOFPRINT_RUN_DIR=str(self.run_dir),
            XDG_STATE_HOME=str(self.scratch / "state"),
        )
        if os.environ.get("HOOFPRINT_PURE"):
            keep["HOOFPRINT_PURE"] = os.environ["HOOFPRINT_PURE"]
        keep.update(more)
        return keep

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(str(BINARY), "serve", "--listen", "127.0.0.1:%d" % self.port),
                    *("--ui", "127.0.0.1:%d" % self.ui_port, "--data", str(self.scratch / "data")),
                    *("--socket", str(self.scratch / "apm.socket")),
                ],
                env=self.environment(HOME=str(self.scratch)),
                stdout=log,
                stderr=log,
            )
        try:
            wait_for(self._answers, "serve answers")
        except AssertionError as error:
            raise AssertionError("%s; its log: %s" % (error, self.log.read_text())) from None
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError("serve ended with status %s" % self.process.returncode)
        try:
            return self.api("/status")
        except (OSError, urllib.error.HTTPError):
            return None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("serve did not stop within 20 s of SIGTERM")

    def api(self, path, **query):
        url = self.ui + "/api/v1" + path
        if query:
            url += "?" + urllib.parse.urlencode(query)
        with urllib.request.urlopen(url, timeout=20) as answer:
            return json.load(answer)

    def stored(self):
        return self.api("/status")["storage"]["spans"]

    def spans(self, q="", **query):
        return self.api("/spans", q=q, limit=query.pop("limit", 1000), **query)

    def trace(self, trace_id):
        return self.api("/trace/" + trace_id)

    def run(self, *command, **env):
        """A traced program, run to its end."""
        return subprocess.run(
            [str(DDTRACE_RUN), *map(str, command)],
            env=self.environment(**env),
            cwd=self.scratch,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def serve_traced(self, *command, launcher=(str(DDTRACE_RUN),), cwd=None, **env):
        """A traced server; the caller stops it."""
        return TracedServer([*launcher, *map(str, command)], self.environment(**env), cwd or self.scratch)


class TracedServer:
    def __init__(self, command, env, cwd):
        self.log = Path(cwd) / ("server-%d.log" % time.monotonic_ns())
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=env, cwd=cwd, stdout=log, stderr=log, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def get(self, url, patience=60.0):
        """GET once the server listens; returns (status, body)."""
        until = time.monotonic() + patience
        while True:
            try:
                with urllib.request.urlopen(url, timeout=20) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as error:
                return error.code, error.read()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    sys.stderr.write(self.log.read_text()[-3000:])
                    raise
                time.sleep(0.1)
