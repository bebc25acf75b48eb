#!/bin/bash
# Runs python/tests on each CPython named, with the extension and with the pure twin, side by side:
# the tests wait for other processes most of their time.
set -euo pipefail
cd "$(dirname "$0")/.."
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
ran=0
for version in "$@"; do
    if ! python=$(tools/python.sh "$version"); then
        echo "==> CPython $version is not on this machine: its tests are left out" >&2
        continue
    fi
    tools/venv.sh "py$version" "$python" python/tests/requirements.txt
    echo "==> testing the Python package on CPython $version, with the extension and with the pure twin"
    run() {
        HOOFPRINT_PURE=$1 PYTHONPATH=python ".venv/py$version/bin/python" -m pytest -q -x -rs --no-header \
            -p no:cacheprovider python/tests >"$logs/$1" 2>&1
    }
    run 1 &
    twin=$!
    failed=0
    run 0 || failed=1
    wait $twin || failed=1
    echo "--- extension"
    cat "$logs/0"
    echo "--- pure twin"
    cat "$logs/1"
    [ $failed = 0 ] || exit 1
    ran=$((ran + 1))
done
[ $ran -gt 0 ] || { echo "no CPython of: $* was found" >&2; exit 1; }
