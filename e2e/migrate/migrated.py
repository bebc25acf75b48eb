"""Runs `hoofprint migrate` on trees and repositories that tests make."""

import os
import subprocess
from pathlib import Path

from product import BINARY


PROGRAM = """\
from ddtrace import tracer


with tracer.trace("cart") as span:
    span.set_tag_str("route", "/cart")
"""
DOCKERFILE = "FROM python:3.12\nENV DD_TRACE_ANALYTICS_ENABLED=true\nCMD python app.py\n"


def put(root, files):
    """Writes files of text or bytes below a folder."""
    for name, content in files.items():
        path = Path(root) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Path(root)


def migrate(*arguments, cwd=None, input=None, env=None):
    done = subprocess.run(
        [str(migrate.binary), "migrate", *map(str, arguments)],
        cwd=cwd,
        input=None if input is None else input.encode(),
        env=dict(os.environ, **(env or {})),
        capture_output=True,
        timeout=60,
    )
    # Not as text=True does, which would take \r away.
    done.stdout = done.stdout.decode(errors="surrogateescape")
    done.stderr = done.stderr.decode(errors="surrogateescape")
    return done


migrate.binary = os.environ.get("HOOFPRINT_MIGRATE_BINARY", str(BINARY))


def findings(report):
    return [(f["path"], f["line"], f["column"], f["rule"], f["certainty"]) for f in report["findings"]]


class Repository:
    """A git repository with everything committed."""

    def __init__(self, root, files):
        self.root = put(root, files)
        self.git("init", "-q", "-b", "main")
        self.commit()

    def git(self, *arguments, input=None):
        environment = dict(os.environ, GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_SYSTEM=os.devnull)
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false")
        done = subprocess.run(
            ["git", *who, *arguments], cwd=self.root, env=environment, input=input, capture_output=True, check=True
        )
        return done.stdout

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-qm", "as it is")

    def changed_lines(self):
        """Lines taken out and put in, as git sees it."""
        lines = self.git("diff", "--unified=0").decode(errors="surrogateescape").split("\n")
        return [line for line in lines if line[:1] in ("+", "-") and not line.startswith(("+++ ", "--- "))]
