#!/bin/sh
# Builds the C extension and puts it in place in one step: a program that has the old one mapped
# goes on with it.
set -eu
cd "$(dirname "$0")/.."
tools/system.sh gcc
tools/venv.sh build "$(command -v "${PYTHON:-python3}")" tools/requirements-build.txt
out=$PWD/.cache/extension
echo "==> building the Python extension (one file for every Python from 3.9)"
(cd python && HOOFPRINT_WERROR=1 ../.venv/build/bin/python setup.py -q build_ext --build-lib "$out/lib" --build-temp "$out/temp")
if ! cmp -s "$out/lib/ddtrace/_native.abi3.so" python/ddtrace/_native.abi3.so; then
    cp "$out/lib/ddtrace/_native.abi3.so" "$out/_native.new"
    mv "$out/_native.new" python/ddtrace/_native.abi3.so
fi
