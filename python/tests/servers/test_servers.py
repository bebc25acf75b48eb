"""Forking, threaded and greenlet servers: every request's spans arrive, with the right parents."""

import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
import ring_spans


HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(os.path.dirname(HERE))


REQUESTS = 200
CLIENTS = 8

pytest.importorskip("gunicorn", reason="the servers are driven on one version, see python/tests/requirements.txt")
pytest.importorskip("gevent")

GUNICORN = [sys.executable, "-m", "gunicorn", "shop:app", "--bind", "127.0.0.1:{port}", "--log-level", "warning"]
UWSGI = [
    os.path.join(os.path.dirname(sys.executable), "uwsgi"),
    *("--http-socket", "127.0.0.1:{port}", "--module", "shop:app", "--home", sys.prefix, "--chdir", HERE),
    *("--master", "--die-on-term", "--disable-logging"),
]
SERVERS = {
    "gunicorn sync": GUNICORN + ["--workers", "2"],
    "gunicorn sync preload": GUNICORN + ["--workers", "2", "--preload"],
    "gunicorn gthread": GUNICORN + ["--workers", "2", "--worker-class", "gthread", "--threads", "4"],
    "gunicorn gthread preload": GUNICORN + ["--workers", "2", "-k", "gthread", "--threads", "4", "--preload"],
    "gunicorn gevent": GUNICORN + ["--workers", "2", "--worker-class", "gevent"],
    "gunicorn gevent preload": GUNICORN + ["--workers", "2", "--worker-class", "gevent", "--preload"],
    "uwsgi": UWSGI + ["--processes", "2"],
    "uwsgi lazy": UWSGI + ["--processes", "2", "--lazy-apps"],
    "uwsgi threads": UWSGI + ["--processes", "2", "--enable-threads", "--threads", "4"],
}


def environment(run_dir):
    env = {k: v for k, v in os.environ.items() if not k.startswith("DD_")}
    bootstrap = os.path.join(PACKAGE, "ddtrace", "bootstrap")
    env.update(
        PYTHONPATH=os.pathsep.join([bootstrap, PACKAGE, HERE]),
        HOOFPRINT_RUN_DIR=str(run_dir),
        HOOFPRINT_BIN="/nonexistent",  # nobody empties the rings
        DD_SERVICE="shop",
        DD_TRACE_RING_SIZE=str(4 << 20),
    )
    return env


def free_port():
    """One that no client gets from the kernel in the meantime."""
    while True:
        with socket.socket() as sock, contextlib.suppress(OSError):
            port = random.SystemRandom().randrange(15000, 32000)
            sock.bind(("127.0.0.1", port))
            return port


def fetch(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def wait_until_up(port, server):
    for _ in range(400):
        assert server.poll() is None, "the server has ended"
        try:
            return fetch(port, "/missing")
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer")


def wait_until_idle(run_dir):
    """A request ends a little after its client has the answer; SIGTERM must not come in between."""
    for _ in range(100):
        names = [span["name"] for span in ring_spans.read(str(run_dir))]
        if names.count("flask.request") >= REQUESTS + 1:
            return
        time.sleep(0.05)


def drive(port):
    """REQUESTS requests of CLIENTS threads -> what went wrong."""
    wrong = []
    numbers = iter(range(REQUESTS))
    lock = threading.Lock()

    def client():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                answer = fetch(port, "/order/%d" % number)
            except Exception as error:
                answer = error
            if answer != (200, str(number)):
                wrong.append((number, answer))

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


@pytest.mark.parametrize("name", SERVERS)
def test_every_request_is_one_whole_trace(name, tmp_path):
    if name.startswith("uwsgi") and not os.path.exists(UWSGI[0]):
        pytest.skip("uwsgi is not installed")
    port = free_port()
    command = [part.format(port=port) for part in SERVERS[name]]
    with open(tmp_path / "log", "w+") as log:
        server = subprocess.Popen(command, env=environment(tmp_path / "run"), cwd=HERE, stdout=log, stderr=log)
        try:
            wait_until_up(port, server)
            assert drive(port) == []
            wait_until_idle(tmp_path / "run")
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(30)
            finally:
                server.kill()
        log.seek(0)
        assert "without this span" not in log.read()
    check(ring_spans.read(str(tmp_path / "run")), server.pid, workers=2)


def check(spans, master_pid, workers):
    from shop import SPANS

    traces = {}
    for span in spans:
        traces.setdefault(span["trace_id"], []).append(span)
    orders = {}
    for trace in traces.values():
        for span in trace:
            if span["name"] == "work":
                orders.setdefault(int(span["resource"]), []).append(trace)
    assert sorted(orders) == list(range(REQUESTS))
    pids = set()
    for number, found in orders.items():
        assert len(found) == 1, number
        (trace,) = found
        by_id = {span["span_id"]: span for span in trace}
        assert len(by_id) == len(trace)
        shape = [(s["name"], by_id[s["parent_id"]]["name"] if s["parent_id"] else None) for s in trace]
        assert sorted(shape, key=str) == sorted(SPANS, key=str)
        (root,) = [span for span in trace if not span["parent_id"]]
        assert root["meta"]["http.url"].endswith("/order/%d" % number)
        assert {span["pid"] for span in trace} == {root["pid"]}
        assert root["metrics"]["process_id"] == root["pid"]
        pids.add(root["pid"])
    assert master_pid not in pids
    assert len(pids) <= workers
    # What is left are the requests that asked whether the server is up.
    others = [t for t in traces.values() if not any(s["name"] == "work" for s in t)]
    assert all(any(s["name"] == "flask.request" and s["resource"] == "GET 404" for s in t) for t in others)
