#!/bin/bash
# Runs the tests of the span core on a free-threaded CPython 3.13, where the pure twin does the work.
# No package has that interpreter: it is built, once, from Debian's source into .cache/python3.13t.
set -euo pipefail
cd "$(dirname "$0")/.."
base=$PWD/.cache/python3.13t
if [ ! -x "$base/bin/python3.13" ]; then
    tools/system.sh gcc make xz-utils libssl-dev libffi-dev zlib1g-dev libsqlite3-dev
    build=$base.build
    rm -rf "$build"
    mkdir -p "$build/lists/partial" "$build/cache/archives/partial"
    mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -m 1 '/debian/$') ||
        { echo "make test-3.13t needs a Debian package mirror among the machine's own" >&2; exit 1; }
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$build/sources.list"
    apt=(apt-get -qq -o Dir::Etc::SourceList="$build/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State::Lists="$build/lists" -o Dir::Cache="$build/cache")
    echo "==> fetching the source of CPython 3.13"
    "${apt[@]}" update
    (cd "$build" && "${apt[@]}" source --download-only python3.13 >/dev/null 2>&1 && tar xf python3.13_*.orig.tar.xz)
    echo "==> building it without the global lock; this takes some minutes"
    (cd "$build"/Python-3.13.* && ./configure --quiet --disable-gil --prefix="$base" && make -s -j"$(nproc)" && make -s install) \
        >"$base.log" 2>&1 || { tail -5 "$base.log" >&2; exit 1; }
    rm -rf "$build"
fi
env=.venv/py3.13t
[ -x $env/bin/python ] || { "$base/bin/python3.13" -m venv $env && $env/bin/pip install -q pytest pytest-randomly; }
echo "==> testing the span core on $($env/bin/python -c 'import sys; print(sys.version.split("(")[0])')"
PYTHONPATH=python $env/bin/python -m pytest -q --no-header python/tests/core
