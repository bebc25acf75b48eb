#!/bin/bash
# Type-checks programs that use the public API, the package being where an installation has it, and
# the stub of the extension.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/venv.sh typing "$(tools/python.sh 3.11 || command -v python3)" tools/requirements-typing.txt
venv=$PWD/.venv/typing
ln -sfn "$PWD/python/ddtrace" "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/ddtrace"
cd python/tests/typing
"$venv/bin/mypy" --config-file mypy.ini --python-executable "$venv/bin/python" .
"$venv/bin/pyright" --pythonpath "$venv/bin/python" --warnings

# The stub of the extension against the extension, which gets some of its methods from ddtrace._core.
cd ../../..
[ -e python/ddtrace/_native.abi3.so ] || tools/extension.sh
HOOFPRINT_PURE=0 "$venv/bin/python" -c 'import sys, ddtrace._core; from mypy.stubtest import main; sys.exit(main())' \
    ddtrace._native --concise --ignore-missing-stub
