#!/bin/bash
# Runs python/tests on each CPython named, with the extension and with the pure twin.
set -euo pipefail
cd "$(dirname "$0")/.."
ran=0
for version in "$@"; do
    if ! python=$(tools/python.sh "$version"); then
        echo "==> CPython $version is not on this machine: its tests are left out" >&2
        continue
    fi
    tools/venv.sh "py$version" "$python" python/tests/requirements.txt
    for pure in 0 1; do
        [ $pure = 0 ] && twin=extension || twin="pure twin"
        echo "==> testing the Python package on CPython $version, $twin"
        HOOFPRINT_PURE=$pure PYTHONPATH=python ".venv/py$version/bin/python" -m pytest -q -x -rs --no-header python/tests
        ran=$((ran + 1))
    done
done
[ $ran -gt 0 ] || { echo "no CPython of: $* was found" >&2; exit 1; }
