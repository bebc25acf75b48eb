"""Both writers make the same bytes, and they are the ones that the Go reader is tested on."""

import gzip
import json
import os
import sys

import golden
import pytest


@pytest.mark.skipif("t" in sys.abiflags, reason="the extension is not for a free-threaded interpreter")
@pytest.mark.parametrize("name", sorted(golden.RINGS))
def test_both_writers_make_the_same_bytes(name, tmp_path):
    paths = {}
    for pure in (False, True):
        paths[pure] = tmp_path / f"{name}.{pure}"
        golden.run(name, str(paths[pure]), pure)
    native, pure = paths[False].read_bytes(), paths[True].read_bytes()
    assert len(native) == len(pure)
    if native != pure:
        at = next(i for i, (a, b) in enumerate(zip(native, pure)) if a != b)
        raise AssertionError(f"the first difference of {name} is at byte {at}")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="hash(str) was another function before 3.11")
@pytest.mark.parametrize("name", sorted(golden.RINGS))
def test_the_committed_bytes(name, tmp_path):
    path = tmp_path / name
    golden.run(name, str(path), os.environ.get("HOOFPRINT_PURE") == "1")
    with gzip.open(os.path.join(golden.TESTDATA, name + ".ring.gz")) as f:
        assert f.read() == path.read_bytes(), "run golden.py --commit if the format was meant to change"


@pytest.mark.parametrize("name", sorted(golden.RINGS))
def test_the_committed_spans(name, tmp_path):
    path = tmp_path / name
    with gzip.open(os.path.join(golden.TESTDATA, name + ".ring.gz")) as f:
        path.write_bytes(f.read())
    with open(os.path.join(golden.TESTDATA, name + ".json")) as f:
        assert json.load(f) == golden.expected(str(path))
