"""structlog and loguru: switched off by code, undone, and configured again."""

import os
import subprocess
import sys


PROGRAM = """
import ddtrace.auto
import io, structlog, loguru
from ddtrace import config
from ddtrace._patch import unpatch_all

out = io.StringIO()
structlog.configure(
    processors=[structlog.processors.KeyValueRenderer()],
    logger_factory=structlog.PrintLoggerFactory(out),
    cache_logger_on_first_use=True,
)
log = structlog.get_logger()
loguru.logger.remove()
loguru.logger.add(out, format="{message} {extra}")


def lines():
    out.seek(0), out.truncate()
    log.info("one")
    loguru.logger.info("two")
    return [line.count("dd.") for line in out.getvalue().splitlines()]


assert lines() == [5, 5], lines()
config._logs_injection = False
assert lines() == [0, 0], lines()
config._logs_injection = True
# Configured again and again, the fields come once.
for _ in range(3):
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(out))
    loguru.logger.configure(patcher=lambda record: None)
assert len(structlog.get_config()["processors"]) == 2
assert lines() == [5, 5], lines()
with structlog.testing.capture_logs() as entries:
    log.info("captured")
assert [entry["event"] for entry in entries] == ["captured"], entries
assert lines() == [5, 5], lines()
unpatch_all()
log = structlog.get_logger()
assert lines() == [0, 0], lines()
assert len(structlog.get_config()["processors"]) == 1
"""


def test_injection_follows_the_settings_of_the_program(tmp_path):
    env = {k: v for k, v in os.environ.items() if not k.startswith("DD_")}
    env.update(HOOFPRINT_RUN_DIR=str(tmp_path / "run"), HOOFPRINT_BIN="/nonexistent")
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
