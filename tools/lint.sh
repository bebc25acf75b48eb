#!/bin/bash
# Every formatter, linter and type checker; nothing is changed.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/system.sh clang-format shellcheck
tools/venv.sh lint "$(tools/python.sh 3.11 || command -v python3)" tools/requirements-lint.txt

echo "==> gofmt, go vet, staticcheck"
unformatted=$(git ls-files -z '*.go' | xargs -0 gofmt -l)
[ -z "$unformatted" ] || { echo "not formatted, run make fmt: $unformatted" >&2; exit 1; }
go vet ./...
go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

echo "==> ruff, mypy"
.venv/lint/bin/ruff format --check --quiet python bench e2e sample
.venv/lint/bin/ruff check --quiet python bench e2e sample
.venv/lint/bin/mypy --config-file python/mypy.ini

echo "==> mypy and pyright over programs that use the API"
tools/typing.sh

echo "==> clang-format, shellcheck"
clang-format --dry-run --Werror python/native/*.[ch]
shellcheck -S warning tools/*.sh .ci/run

echo "==> prettier, the TypeScript compiler"
(cd ui && npm run --silent lint && npm run --silent check)
