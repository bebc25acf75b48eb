#!/bin/bash
# Tests the Go packages with the race detector. Some tests want a foreign program to agree with:
# the unmodified ddtrace as a client, pyarrow as a reader of our files.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/system.sh gcc libc6-dev
python=$(tools/python.sh 3.11 || command -v python3)
tools/venv.sh peer "$python" bench/requirements-peer.txt
tools/venv.sh parquet "$python" tools/requirements-parquet.txt
export HOOFPRINT_DDTRACE_PYTHON=$PWD/.venv/peer/bin/python
export HOOFPRINT_PYARROW_PYTHON=$PWD/.venv/parquet/bin/python
tools/cpython-3.14.sh || echo "==> going without CPython 3.14"
echo "==> testing the Go packages, with the race detector"
go test -race ./...
echo "==> comparing our trees of CPython's libraries with CPython's"
go test -run StandardLibrary ./internal/migrate/syntax
