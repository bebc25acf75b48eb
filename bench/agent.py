"""A `hoofprint serve` of our own for the time of a run."""

import json
import socket
import subprocess
import time
import urllib.request

from side import ROOT


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Agent:
    def __init__(self, scratch):
        self.run_dir = scratch / "run"
        self.run_dir.mkdir(mode=0o700)
        port, ui = free_port(), free_port()
        self.url = "http://127.0.0.1:%d" % port
        self.api = "http://127.0.0.1:%d/api/v1" % ui
        self.process = subprocess.Popen(
            [
                *(str(ROOT / "bin/hoofprint"), "serve", "--listen", "127.0.0.1:%d" % port),
                *(
                    "--ui",
                    "127.0.0.1:%d" % ui,
                    "--data",
                    str(scratch / "data"),
                    "--socket",
                    str(scratch / "apm.socket"),
                ),
            ],
            env={"PATH": "/usr/bin:/bin", "HOME": str(scratch), "HOOFPRINT_RUN_DIR": str(self.run_dir)},
            stdout=subprocess.DEVNULL,
        )
        self.wait_for(lambda: self.spans() >= 0, 20)

    def spans(self):
        try:
            with urllib.request.urlopen(self.api + "/status", timeout=5) as answer:
                return json.load(answer)["storage"]["spans"]
        except OSError:
            return -1

    def wait_for(self, condition, seconds):
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise TimeoutError("the agent did not get there within %d s" % seconds)
            time.sleep(0.05)

    def wait_settled(self):
        """Waits until no more spans arrive; returns how many are stored."""
        last, same = self.spans(), 0
        while same < 8:
            time.sleep(0.25)
            now = self.spans()
            same, last = (same + 1, now) if now == last else (0, now)
        return last

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
