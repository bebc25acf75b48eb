#!/bin/bash
# Installs the wheels into a clean environment of each CPython named and runs the sample from there.
set -euo pipefail
cd "$(dirname "$0")/.."
dist=$PWD/dist
packed=$(stat -c %s "$dist"/hoofprint-*-cp39-abi3-*.whl)
symbols=$(unzip -p "$dist"/hoofprint-*-cp39-abi3-*.whl ddtrace/_native.abi3.so | strings | grep -o '^GLIBC_[0-9.]*' | sort -Vu | tail -1)
echo "==> the wheel takes $packed bytes and needs $symbols"
[ "$packed" -le 5000000 ] || { echo "the wheel hoofprint is over 5 MB" >&2; exit 1; }
[ "$(printf '%s\nGLIBC_2.17\n' "$symbols" | sort -V | tail -1)" = GLIBC_2.17 ] || { echo "the wheel needs a newer C library than manylinux_2_17 promises" >&2; exit 1; }
base=$(mktemp -d)
trap 'rm -rf "$base"' EXIT
ran=0
for version in "$@"; do
    python=$(tools/python.sh "$version") || { echo "==> CPython $version is not on this machine: left out" >&2; continue; }
    echo "==> installing the wheels into a clean environment of CPython $version and running the sample"
    env=$base/$version
    "$python" -m venv "$env"
    # --no-index first: the product needs nothing but its own wheels.
    "$env/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --find-links "$dist" hoofprint hoofprint-server ddtrace
    "$env/bin/python" -m pip install --quiet --disable-pip-version-check -r sample/requirements.txt
    installed=$(du -sb --exclude=__pycache__ "$env"/lib/python*/site-packages/ddtrace | cut -f1)
    echo "    installed it takes $installed bytes"
    [ "$installed" -le 12000000 ] || { echo "the installed package is over 12 MB" >&2; exit 1; }
    cp -r sample "$base/sample-$version" # away from the checkout, whose package must not be found
    (cd "$base/sample-$version" && env -u PYTHONPATH -u HOOFPRINT_BIN PATH=/usr/bin:/bin SAMPLE_PYTHON="$env/bin/python" \
        "$env/bin/python" run.py --check 60 --launcher "$env/bin/ddtrace-run" --server "$env/bin/hoofprint-server")
    "$env/bin/python" - <<'PY'
import importlib.metadata
import ddtrace._core
assert importlib.metadata.version("ddtrace") == importlib.metadata.version("hoofprint")
assert ddtrace._core.IS_NATIVE, "the wheel did not bring the extension"
PY
    printf 'from ddtrace import tracer\nwith tracer.trace("a") as span:\n    span.set_tag_str("b", "c")\n' >"$base/old.py"
    status=0
    "$env/bin/hoofprint" migrate "$base/old.py" >/dev/null || status=$?
    [ $status = 1 ] || { echo "hoofprint migrate of the wheel ended with $status" >&2; exit 1; }
    ran=$((ran + 1))
done
[ $ran -gt 0 ] || { echo "no CPython of: $* was found" >&2; exit 1; }
python=$(tools/python.sh "$1")
echo "==> the same with the wheel for interpreters that the extension does not fit"
"$python" -m venv "$base/twin"
"$base/twin/bin/python" -m pip install --quiet --disable-pip-version-check --no-index "$dist"/hoofprint-*-py3-none-manylinux*_x86_64.whl
env -u PYTHONPATH HOOFPRINT_RUN_DIR="$base/run" "$base/twin/bin/python" - <<'PY'
import ddtrace._core
from ddtrace.trace import tracer
assert not ddtrace._core.IS_NATIVE
with tracer.trace("twin"):
    pass
assert ddtrace._core.ring_stats()["finished"] == 1
PY
echo "==> the wheels install and run"
