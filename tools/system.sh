#!/bin/sh
# Installs the Debian packages a target needs: tools/system.sh PACKAGE...
# Does nothing when they are there; without root it says what to install.
set -eu
missing=
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "tools/system.sh: needed and not found:$missing. Install them with your package manager." >&2
    exit 0 # the step that needs them fails with its own words
fi
sudo=
if [ "$(id -u)" != 0 ]; then
    sudo=sudo
    command -v sudo >/dev/null 2>&1 || { echo "tools/system.sh: run as root: apt-get install$missing" >&2; exit 1; }
fi
echo "==> installing Debian packages:$missing"
$sudo apt-get update -qq >/dev/null
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
