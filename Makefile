# `make` alone lists the targets. Everything a target needs it installs: Debian
# packages when it may, everything else below .venv/ and ui/node_modules/.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/bin:$(PATH)
PYTHON ?= python3
PYTHONS ?= 3.9 3.10 3.11 3.12 3.13
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
SAY := @echo "==>"

help: ## list the targets
	@grep -hE '^[a-z0-9.-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

build: bin/hoofprint extension ## build the UI, the binary (bin/hoofprint) and the Python extension

.PHONY: bin/hoofprint extension ui
ui:
	@tools/ui.sh

bin/hoofprint: ui
	$(SAY) building bin/hoofprint and bin/ddtrace-run
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/hoofprint ./cmd/hoofprint
	ln -sf hoofprint bin/ddtrace-run

extension:
	@PYTHON="$(PYTHON)" tools/extension.sh

run: build ## start the product and a sample application with traffic, print the address
	@tools/venv.sh sample "$$(command -v $(PYTHON))" sample/requirements.txt
	SAMPLE_PYTHON=$(CURDIR)/.venv/sample/bin/python .venv/sample/bin/python sample/run.py $(RUN_ARGS)

test: lint test-go test-python test-ui test-e2e test-wheel ## run every check and every test
	$(SAY) all tests passed

test-go: ui ## test the Go packages
	@tools/test-go.sh

test-python: extension ## test the Python package: extension and pure twin, on each CPython of PYTHONS
	@tools/test-python.sh $(PYTHONS)

wheel: ui ## build the wheels of every platform into dist/
	@VERSION=$(VERSION) tools/wheel.sh

test-wheel: wheel ## install the wheels in a clean environment of each CPython of PYTHONS, run the sample
	@tools/system.sh unzip binutils
	tools/test-wheel.sh $(PYTHONS)

test-3.14: extension ## the same on CPython 3.14 from Debian's unstable suite (needs root)
	@tools/python-3.14.sh

test-sanitized: ## test the extension under AddressSanitizer, UndefinedBehaviorSanitizer and CPython's checks
	@tools/sanitize.sh

test-3.13t: ## the span core on a free-threaded CPython 3.13, built from Debian's source (minutes)
	@tools/free-threaded.sh

test-ui: build ## test the UI: its units, and in Chromium against the real binary
	@tools/system.sh chromium
	tools/venv.sh sample "$$(command -v $(PYTHON))" sample/requirements.txt
	cd ui
	echo "==> testing the units of the UI"
	npm run --silent test
	echo "==> testing the UI in Chromium"
	npm run --silent e2e

test-e2e: build ## test the product from outside: real servers, real clients, real kills
	@tools/test-e2e.sh

soak: build ## print what an agent that is away for 60 s of 120 costs a program
	@tools/venv.sh e2e "$$(tools/python.sh 3.11 || command -v python3)" e2e/requirements.txt
	@HOOFPRINT_OUTAGE=120 .venv/e2e/bin/python -m pytest -q -s --no-header e2e/test_outage.py -k mid_run

lint: ui extension ## formatters, linters and type checkers of every language
	@tools/lint.sh

fmt: ## format everything
	gofmt -w $$(git ls-files '*.go')
	.venv/lint/bin/ruff format python bench e2e sample && .venv/lint/bin/ruff check --fix python bench e2e sample
	clang-format -i python/native/*.[ch]
	cd ui && npx prettier --log-level warn --write .

generate: ## regenerate the tables of settings and of changes, and their pages
	go run ./settings/generate
	go run ./migration/generate

bench: build ## measure against ddtrace 4.16 in the same run, write docs/benchmarks.md
	@tools/venv.sh bench "$$(tools/python.sh 3.11)" bench/requirements.txt
	tools/venv.sh peer "$$(tools/python.sh 3.11)" bench/requirements-peer.txt
	.venv/bench/bin/python bench/bench.py $(BENCH_ARGS)

bench-memory: build ## print the memory of a process and its collector over 50 million spans
	@tools/venv.sh bench "$$(tools/python.sh 3.11)" bench/requirements.txt
	.venv/bench/bin/python bench/memory.py $(BENCH_ARGS)

bench-migrate: build ## print the CPU time of hoofprint migrate, beside ruff's and that of CPython's parser
	@tools/venv.sh lint "$$(tools/python.sh 3.11 || command -v python3)" tools/requirements-lint.txt
	tools/venv.sh peer "$$(tools/python.sh 3.11)" bench/requirements-peer.txt
	"$$(tools/python.sh 3.11)" bench/migrate.py

clean: ## remove everything that was built or installed here
	rm -rf bin dist .venv .cache ui/node_modules ui/dist/assets ui/dist/index.html python/ddtrace/*.so python/build

.PHONY: help build run test test-go test-python test-3.14 test-sanitized test-ui test-e2e soak lint fmt generate bench bench-memory bench-migrate clean
