#!/bin/bash
# Builds ui/dist when a source of it is newer.
set -eu
cd "$(dirname "$0")/../ui"
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    echo "==> installing the UI's packages"
    npm ci --silent --no-audit --no-fund
    touch node_modules/.package-lock.json
fi
if [ -f dist/index.html ] && [ -z "$(find src public index.html package-lock.json vite.config.ts -newer dist/index.html -print -quit 2>/dev/null)" ]; then
    exit 0
fi
echo "==> building the UI"
npm run --silent build
