#!/bin/bash
# Tests the built product from outside, in e2e/.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(tools/python.sh 3.11 || command -v python3)
tools/venv.sh e2e "$python" e2e/requirements.txt
tools/venv.sh peer "$python" bench/requirements-peer.txt
echo "==> building a receiver from the Datadog Agent's own code, and holding our codecs against it"
(cd e2e/oracle && go test ./... && go build -o ../../.cache/oracle-agent ./cmd/oracle-agent)
echo "==> testing the product from outside"
export HOOFPRINT_DDTRACE_PYTHON=$PWD/.venv/peer/bin/python
export HOOFPRINT_ORACLE_AGENT=$PWD/.cache/oracle-agent
.venv/e2e/bin/python -m pytest -q -x -rs --no-header e2e
echo "==> the same for what is finished or lost, with the pure twin"
HOOFPRINT_PURE=1 .venv/e2e/bin/python -m pytest -q -x --no-header e2e/test_durability.py e2e/test_collect.py e2e/test_compatibility.py e2e/test_uses.py
