#!/bin/bash
# Tests the Python package on CPython 3.14, which comes from Debian's unstable suite into
# .cache/sid (debootstrap); the repository is mounted there in a mount namespace of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "make test-3.14 needs root, for debootstrap and chroot" >&2; exit 1; }
tools/system.sh debootstrap
sid=$PWD/.cache/sid
if [ ! -f "$sid/.ready" ]; then
    echo "==> fetching CPython 3.14 from Debian's unstable suite"
    rm -rf "$sid"
    mkdir -p "$sid"
    debootstrap --variant=minbase --include=python3.14,python3.14-venv,python3.14-dev,gcc,libc6-dev,ca-certificates sid "$sid" >"$sid.log" ||
        { tail -5 "$sid.log" >&2; exit 1; }
    # The host may trust more than Debian does.
    cp /etc/ssl/certs/ca-certificates.crt "$sid/etc/ssl/certs/"
    touch "$sid/.ready"
fi
cp /etc/resolv.conf "$sid/etc/resolv.conf"
mkdir -p "$sid/repo"
cat >"$sid/inside.sh" <<'INSIDE'
set -eu
cd /repo
if ! cmp -s python/tests/requirements.txt /venv/requirements.txt; then
    python3.14 -m venv --clear /venv
    /venv/bin/python -m pip install --quiet -r python/tests/requirements.txt
    cp python/tests/requirements.txt /venv/
fi
for pure in 0 1; do
    echo "==> testing the Python package on $(/venv/bin/python -V), HOOFPRINT_PURE=$pure"
    HOOFPRINT_PURE=$pure PYTHONPATH=python PYTHONDONTWRITEBYTECODE=1 /venv/bin/python -m pytest -q -x --no-header -p no:cacheprovider python/tests
done
INSIDE
unshare --mount bash -c "
    mount --bind '$PWD' '$sid/repo'
    mount -t proc proc '$sid/proc'
    mkdir -p '$sid/dev/shm' && mount -t tmpfs tmpfs '$sid/dev/shm'
    exec chroot '$sid' /bin/sh /inside.sh"
