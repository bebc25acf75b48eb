#!/bin/bash
# Type-checks programs that use the public API, the package being where an installation has it.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/venv.sh typing "$(tools/python.sh 3.11 || command -v python3)" tools/requirements-typing.txt
venv=$PWD/.venv/typing
ln -sfn "$PWD/python/ddtrace" "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/ddtrace"
cd python/tests/typing
"$venv/bin/mypy" --config-file mypy.ini --python-executable "$venv/bin/python" .
"$venv/bin/pyright" --pythonpath "$venv/bin/python" --warnings
