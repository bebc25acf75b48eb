"""Starts Hoofprint, the two sample services under ddtrace-run, and visitors; Ctrl-C stops it all.

    python sample/run.py                 until Ctrl-C
    python sample/run.py --check 20      for at most 20 s, on ports of its own; exit status 0 when
                                         the API shows both services and a trace through all libraries

The services run with the Python of SAMPLE_PYTHON, or this one; it needs sample/requirements.txt.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import traffic


HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

# The operations that one visit of an item runs through, over both services.
JOURNEY = {"flask.request", "jinja2.render", "sqlite.query", "requests.request", "fastapi.request"}


class Failed(Exception):
    """Something a user can do something about."""


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, seconds, condition, processes=()):
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        for process in processes:
            if process.poll() is not None:
                raise Failed("%s ended with status %s before %s" % (process.args[0], process.returncode, what))
        if time.monotonic() > until:
            raise Failed("%s: not within %g s" % (what, seconds))
        time.sleep(0.1)


class Sample:
    def __init__(self, options, scratch):
        self.options = options
        self.scratch = Path(scratch)
        self.processes = []
        self.environment = dict(os.environ)
        self.ui = self.agent = None

    def start(self, name, command, **environment):
        with (self.scratch / (name + ".log")).open("wb") as log:
            process = subprocess.Popen(
                [str(part) for part in command],
                env=dict(self.environment, **environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us, we stop the others in order
            )
        self.processes.append((name, process))
        return process

    def logs(self):
        """The end of what each process printed."""
        out = []
        for name, _ in self.processes:
            text = (self.scratch / (name + ".log")).read_text(errors="replace")
            out += ["--- %s" % name] + text.splitlines()[-15:]
        return "\n".join(out)

    def stop(self):
        for _, process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(12)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def api(self, path, **query):
        return get("%s/api/v1/%s?%s" % (self.ui, path, urllib.parse.urlencode(query)))

    def status(self, ui):
        """The status of a Hoofprint that answers at an address, else None."""
        try:
            status = get(ui + "/api/v1/status")
            return status if "intake" in status else None
        except (OSError, ValueError):
            return None

    def find_or_start_serve(self):
        own = self.options.check or self.options.apart
        if not own:
            status = self.status("http://127.0.0.1:8127")
            http = [a for a in (status or {}).get("intake", {}).get("addresses", []) if a.startswith("http://")]
            if http:
                self.ui, self.agent = "http://127.0.0.1:8127", http[0]
                return
        # Another agent may run on this machine; the sample knows ours by its address.
        intake = 8126 if not own and is_free(8126) else free_port()
        page = 8127 if not own and is_free(8127) else free_port()
        data = self.scratch / "data" if own else ROOT / ".cache" / "sample"
        if own:
            self.environment["HOOFPRINT_RUN_DIR"] = str(self.scratch / "run")
        self.ui, self.agent = "http://127.0.0.1:%d" % page, "http://127.0.0.1:%d" % intake
        serve = self.start(
            "serve",
            [self.options.server, "serve", "--data", data]
            + ["--listen", "127.0.0.1:%d" % intake, "--ui", "127.0.0.1:%d" % page]
            + (["--socket", self.scratch / "apm.socket"] if own else []),
        )
        wait_for("hoofprint serve answers", 20, lambda: self.status(self.ui), [serve])

    def start_services(self):
        python = os.environ.get("SAMPLE_PYTHON") or sys.executable
        launcher = self.options.launcher.split()
        shop, stock = free_port(), free_port()
        shop_url, stock_url = "http://127.0.0.1:%d" % shop, "http://127.0.0.1:%d" % stock
        common = {"DD_TRACE_AGENT_URL": self.agent, "DD_ENV": "sample"}
        services = [
            self.start(
                "stock",
                launcher + [python, HERE / "stock" / "app.py", stock],
                STOCK_DATABASE=str(self.scratch / "stock.db"),
                DD_SERVICE="stock",
                DD_VERSION="2.1",
                **common,
            ),
            self.start(
                "shop",
                launcher + [python, HERE / "shop" / "app.py", shop],
                SHOP_DATABASE=str(self.scratch / "shop.db"),
                STOCK_URL=stock_url,
                DD_SERVICE="shop",
                DD_VERSION="1.4",
                **common,
            ),
        ]
        for url in (shop_url + "/", stock_url + "/stock/1"):
            wait_for(url + " answers", 30, lambda url=url: traffic.visit(url, "GET", "") == 200, services)
        return shop_url, services

    def missing(self):
        """What the API does not show yet; "" when it shows all."""
        services = {s["name"]: s for s in self.api("services")["services"]}
        for name in ("shop", "stock"):
            if not services.get(name, {}).get("requests"):
                return "requests of the service %s" % name
        best = JOURNEY
        for row in self.api("traces", q="service:stock name:fastapi.request", limit=20)["traces"]:
            trace = self.api("trace/" + row["trace_id"])
            lacking = JOURNEY - {s["name"] for s in trace["spans"]}
            if not lacking and not self.reaches_root(trace):
                lacking = {"an unbroken line of parents"}
            if not lacking:
                return ""
            best = min(best, lacking, key=len)
        return "one trace with %s" % ", ".join(sorted(best))

    @staticmethod
    def reaches_root(trace):
        """Whether the stock's request descends from a request of the shop."""
        spans = {s["span_id"]: s for s in trace["spans"]}
        span = next(s for s in trace["spans"] if s["name"] == "fastapi.request")
        while span is not None and span["parent_id"]:
            span = spans.get(span["parent_id"])
        return span is not None and span["service"] == "shop" and span["name"] == "flask.request"

    def check(self, services):
        # Not longer than it takes: the visitors go on until all is seen.
        wait_for_last = [""]

        def complete():
            try:
                wait_for_last[0] = self.missing()
            except urllib.error.HTTPError as error:
                raise Failed("%s: %s %s" % (error.url, error.code, error.read().decode()))
            return not wait_for_last[0]

        try:
            wait_for("the API shows the sample", self.options.check, complete, services)
        except Failed as failed:
            raise Failed("%s; missing: %s" % (failed, wait_for_last[0]))
        print("The API shows both services, and a trace through %s." % ", ".join(sorted(JOURNEY)))

    def run(self):
        self.find_or_start_serve()
        shop, services = self.start_services()
        stop = threading.Event()
        visitors = threading.Thread(
            target=traffic.run, args=(shop, self.options.rate, self.options.duration, self.options.seed, stop)
        )
        visitors.start()
        try:
            if self.options.check:
                self.check(services)
                return
            print("\n  The sample shop is at  %s" % shop)
            print("  Hoofprint is at        %s" % self.ui)
            print("\n  Ctrl-C stops both.\n", flush=True)
            while all(p.poll() is None for _, p in self.processes):
                if self.options.duration and not visitors.is_alive():
                    return
                time.sleep(0.2)
            for name, process in self.processes:
                if process.poll() is not None:
                    raise Failed("%s ended with status %s" % (name, process.returncode))
        finally:
            stop.set()
            visitors.join()


def main():
    parser = argparse.ArgumentParser(description="Hoofprint with a sample of two services and visitors.")
    parser.add_argument("--check", type=float, metavar="SECONDS", help="verify through the API, then exit 0 or 1")
    parser.add_argument("--apart", action="store_true", help="on ports and data of its own, as --check is")
    parser.add_argument("--rate", type=float, default=5, help="visits per second (default 5)")
    parser.add_argument("--duration", type=float, default=0, help="seconds of traffic; 0 until Ctrl-C (default)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same visits (default 1)")
    parser.add_argument("--launcher", default=str(ROOT / "bin" / "ddtrace-run"), help="another ddtrace-run")
    parser.add_argument("--server", default=str(ROOT / "bin" / "hoofprint"), help="another binary for serve")
    options = parser.parse_args()
    if not 0 < options.rate <= 1000:
        parser.error("--rate must be above 0 and at most 1000")

    def interrupted(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupted)
    scratch = tempfile.mkdtemp(prefix="hoofprint-sample-")
    sample = Sample(options, scratch)
    status = 0
    try:
        if not os.path.exists(options.server):
            raise Failed("%s is not built; run make build" % options.server)
        sample.run()
    except KeyboardInterrupt:
        print()
    except Failed as failed:
        print("%s\nsample: %s" % (sample.logs(), failed), file=sys.stderr)
        status = 1
    finally:
        # A second signal must not leave anything running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sample.stop()
        shutil.rmtree(scratch, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
