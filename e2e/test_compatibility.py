"""The programs of compat/, on our tracer and through our collector, against what ddtrace 4.16 sent."""

import json
import os
import sys

import pytest
from compat import differences
from compat import normal
from compat import receiver
from compat import running
from product import BINARY
from product import ROOT
from product import wait_for


def expected():
    return {
        name: chunks
        for theme in running.THEMES
        for name, chunks in json.loads((running.HERE / "expected" / (theme + ".json")).read_text()).items()
    }


EXPECTED = expected()


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """What our programs had an agent receive, in the normal form."""
    scratch = tmp_path_factory.mktemp("compat")
    (scratch / "run").mkdir(mode=0o700)
    agent = receiver.Receiver()
    environment = running.clean_environment()
    environment.update(
        PYTHONPATH=str(ROOT / "python"),
        HOOFPRINT_BIN=str(BINARY),
        HOOFPRINT_RUN_DIR=str(scratch / "run"),
        XDG_STATE_HOME=str(scratch / "state"),
    )
    if os.environ.get("HOOFPRINT_PURE"):
        environment["HOOFPRINT_PURE"] = os.environ["HOOFPRINT_PURE"]
    failed = running.run_all(sys.executable, environment, agent.url)
    assert not failed, "\n".join("%s: %s" % item for item in failed.items())

    def complete():
        with agent.lock:
            counts = {name: sum(map(len, chunks)) for name, chunks in agent.chunks.items()}
        return all(counts.get(name, 0) >= sum(map(len, chunks)) for name, chunks in EXPECTED.items())

    try:
        wait_for(complete, "all spans of the programs arrive")
    except AssertionError:
        pass  # each program that lacks some fails on its own
    agent.close()
    yield {name: normal.normal(chunks) for name, chunks in agent.chunks.items()}


def test_there_are_programs_enough():
    assert len(EXPECTED) >= 60


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_is_sent_is_what_ddtrace_sends(sent, name):
    allowed = differences.of(name)
    ours = differences.apply(allowed, sent.get(name, []))
    theirs = differences.apply(allowed, EXPECTED[name])
    assert not (lines := normal.compare(ours, theirs)), "\n" + "\n".join(lines)
    # Order counts too: which span leads a chunk.
    assert [[span["span"] for span in chunk] for chunk in ours] == [
        [span["span"] for span in chunk] for chunk in theirs
    ]
