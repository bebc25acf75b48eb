#!/bin/bash
# Tests the built product from outside, in e2e/.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(tools/python.sh 3.11 || command -v python3)
tools/venv.sh e2e "$python" e2e/requirements.txt
tools/venv.sh peer "$python" bench/requirements-peer.txt
echo "==> testing the product from outside"
HOOFPRINT_DDTRACE_PYTHON=$PWD/.venv/peer/bin/python .venv/e2e/bin/python -m pytest -q -x --no-header e2e
