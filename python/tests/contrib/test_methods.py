"""DD_TRACE_METHODS: what cannot be traced costs one line, and the application nothing."""

import os
import subprocess
import sys

import pytest
import ring_spans


MODULE = """
class Shop:
    closed = False

    @property
    def size(self):
        return 3

    def items(self):
        got = yield 1
        yield got

async def stream():
    try:
        got = yield 1
        yield got
    except KeyError:
        yield "caught"
"""
PROGRAM = """
import ddtrace.auto
import asyncio, shop
assert shop.Shop().size == 3 and isinstance(shop.Shop(), shop.Shop)
items = shop.Shop().items()
assert (next(items), items.send(2), list(items)) == (1, 2, [])

async def main():
    stream = shop.stream()
    assert (await stream.__anext__(), await stream.asend(5)) == (1, 5)
    await stream.aclose()
    stream = shop.stream()
    await stream.__anext__()
    assert await stream.athrow(KeyError()) == "caught"

asyncio.run(main())
"""


@pytest.fixture
def run(tmp_path):
    def run(methods):
        (tmp_path / "shop.py").write_text(MODULE)
        env = {k: v for k, v in os.environ.items() if not k.startswith("DD_")}
        env.update(HOOFPRINT_RUN_DIR=str(tmp_path / "run"), HOOFPRINT_BIN="/bin/true", DD_TRACE_METHODS=methods)
        env["PYTHONPATH"] = os.pathsep.join([str(tmp_path), env.get("PYTHONPATH", "")])
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return [span["resource"] for span in ring_spans.read(env["HOOFPRINT_RUN_DIR"])], [
            line for line in done.stderr.splitlines() if "METHODS" in line
        ]

    return run


def test_what_cannot_be_traced_is_told_and_left_alone(run):
    traced, log = run("shop:Shop.size,Shop.closed,Shop.nothing,Nothing,Shop,Shop.items,stream")
    assert sorted(set(traced)) == ["Shop", "Shop.items", "stream"]
    assert not any("circular import" in line for line in log)
    assert [line.split("DD_TRACE_METHODS: ")[1].split(" is not traced")[0] for line in log] == [
        "shop:Shop.size",
        "shop:Shop.closed",
        "shop:Shop.nothing",
        "shop:Nothing",
    ]


@pytest.mark.parametrize("methods", ["shop", "shop:", "shop:Shop.size,", "shop:Shop items", ";shop:Shop", "__main__:f"])
def test_a_malformed_value_is_one_line(run, methods):
    traced, log = run(methods)
    assert not traced
    assert len(log) == 1
    assert log[0].startswith("DD_TRACE_METHODS traces nothing: ")
