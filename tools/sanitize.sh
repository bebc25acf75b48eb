#!/bin/bash
# Runs python/tests with the C extension under AddressSanitizer and UndefinedBehaviorSanitizer, then
# the ordinary extension under CPython's own checks (PYTHONMALLOC=debug, -X dev). Any report fails.
# Arguments go to pytest; without any, all of python/tests is run.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(tools/python.sh 3.11 || command -v python3)
tools/system.sh gcc
tools/venv.sh py3.11 "$python" python/tests/requirements.txt
tools/venv.sh build "$(command -v "${PYTHON:-python3}")" tools/requirements-build.txt
python=$PWD/.venv/py3.11/bin/python
[ $# -gt 0 ] || set -- python/tests

# A copy of the repository's shape, because tests find the package by their own place in it.
tree=$PWD/.cache/sanitized
reports=$tree/reports
rm -rf "$tree"
mkdir -p "$tree/tree" "$reports"
for entry in *; do
    [ "$entry" = python ] || ln -s "$PWD/$entry" "$tree/tree/$entry"
done
cp -r python "$tree/tree/python"
rm -f "$tree"/tree/python/ddtrace/*.so

echo "==> building the extension with -fsanitize=address,undefined"
(
    cd "$tree/tree/python"
    CC=gcc HOOFPRINT_WERROR=1 LDFLAGS="-fsanitize=address,undefined" \
        CFLAGS="-g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all" \
        "$OLDPWD/.venv/build/bin/python" setup.py -q build_ext --inplace --build-temp "$tree/temp"
)
cd "$tree/tree"

echo "==> testing it on $("$python" -V)"
# CPython frees its own memory only in part at its end, hence detect_leaks=0: test_leaks.py counts
# instead. PYTHONMALLOC=malloc shows every object of Python to the sanitizer.
failed=0
env LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)" \
    ASAN_OPTIONS="detect_leaks=0:abort_on_error=1:strict_string_checks=1:log_path=$reports/address" \
    UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1:log_path=$reports/undefined" \
    PYTHONMALLOC=malloc HOOFPRINT_PURE=0 PYTHONPATH=python \
    "$python" -m pytest -q -rs --no-header -p no:cacheprovider "$@" || failed=1
if [ -n "$(ls "$reports")" ]; then
    cat "$reports"/*
    echo "==> the sanitizers reported the above" >&2
    failed=1
fi
[ $failed = 0 ] || exit 1
cd ../../..

for checks in "PYTHONMALLOC=debug" "PYTHONDEVMODE=1"; do
    echo "==> testing the ordinary extension with $checks"
    env "$checks" PYTHONFAULTHANDLER=1 HOOFPRINT_PURE=0 PYTHONPATH=python \
        "$python" -m pytest -q -rs --no-header "$@"
done
