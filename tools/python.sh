#!/bin/sh
# Prints the path of a CPython interpreter: tools/python.sh 3.11
# Looks at PATH and at pyenv's folder; prints nothing and exits 1 when there is none.
set -u
want=$1
for candidate in "python$want" "$HOME"/.pyenv/versions/"$want".*/bin/python /usr/local/bin/"python$want"; do
    path=$(command -v "$candidate" 2>/dev/null) || continue
    # A pyenv shim exists for versions that are not selected: ask it, don't trust it.
    real=$("$path" -c 'import sys; print(sys.executable if sys.implementation.name == "cpython" and sys.argv[1] == "%d.%d" % sys.version_info[:2] else "")' "$want" 2>/dev/null) || continue
    [ -n "$real" ] && { echo "$real"; exit 0; }
done
exit 1
