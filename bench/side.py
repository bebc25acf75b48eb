"""The sides of a comparison: how each runs the same program."""

import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path


ROOT = Path(__file__).resolve().parent.parent


def children_cpu():
    """CPU seconds of the children that have ended, to the microsecond."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@dataclass
class Side:
    name: str
    python: Path
    launcher: "list[str]" = field(default_factory=list)
    env: "dict[str, str]" = field(default_factory=dict)

    def environment(self):
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("DD_", "HOOFPRINT_", "PYTHON"))}
        return {**keep, **self.env}

    def run(self, *arguments, launch=False):
        """Runs python to its end; returns (stdout, CPU seconds of the process tree)."""
        before = children_cpu()
        done = subprocess.run(
            [*(self.launcher if launch else []), str(self.python), *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=600,
        )
        if done.returncode != 0:
            sys.exit("%s failed on %s:\n%s" % (arguments, self.name, done.stderr[-2000:]))
        return done.stdout, children_cpu() - before

    def start(self, *arguments):
        return subprocess.Popen(
            [*self.launcher, str(self.python), *arguments],
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT / "bench",
        )


def sides(agent_url, run_dir):
    """bare Python, Hoofprint and the peer, all sending to the same agent."""
    common = {"DD_TRACE_AGENT_URL": agent_url, "DD_SERVICE": "bench", "DD_ENV": "bench"}
    plain = ROOT / ".venv/bench/bin/python"
    peer = ROOT / ".venv/peer/bin/python"
    ours = {**common, "PYTHONPATH": str(ROOT / "python"), "HOOFPRINT_RUN_DIR": str(run_dir)}
    return (
        Side("bare", plain),
        Side("hoofprint", plain, [str(ROOT / "bin/ddtrace-run")], ours),
        Side("ddtrace", peer, [str(peer.parent / "ddtrace-run")], common),
    )
