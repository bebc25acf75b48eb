#!/bin/sh
# Makes or refreshes a virtual environment: tools/venv.sh NAME PYTHON REQUIREMENTS...
# It lies in .venv/NAME and is left alone while its requirements files are unchanged.
set -eu
cd "$(dirname "$0")/.."
name=$1 python=$2
shift 2
dir=.venv/$name
stamp=$(cat "$@" | cksum | tr ' ' '-')-$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
[ -f "$dir/.stamp" ] && [ "$(cat "$dir/.stamp")" = "$stamp" ] && exit 0
echo "==> installing $* into $dir ($("$python" -V))"
rm -rf "$dir"
"$python" -m venv "$dir"
"$dir/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade pip setuptools wheel
for file in "$@"; do
    "$dir/bin/python" -m pip install --quiet --disable-pip-version-check -r "$file"
done
echo "$stamp" >"$dir/.stamp"
