#!/bin/bash
# Fetches CPython 3.14 with its library and test suite from Debian's unstable suite into
# .cache/cpython-3.14, for .cache/cpython-3.14/python to run, with a C library of its own.
# Needs neither root nor an installation; does nothing when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
home=$PWD/.cache/cpython-3.14
[ -f "$home/.ready" ] && exit 0
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    echo "tools/cpython-3.14.sh needs apt-get and dpkg-deb" >&2
    exit 1
fi
echo "==> fetching CPython 3.14 from Debian's unstable suite"
rm -rf "$home"
mkdir -p "$home"/apt/{lists/partial,cache/archives/partial,debs} "$home/root"
touch "$home/apt/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian sid main" >"$home/apt/sources.list"
options=(-qq -o "Dir::Etc::sourcelist=$home/apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State=$home/apt"
    -o "Dir::State::lists=$home/apt/lists" -o "Dir::State::status=$home/apt/status" -o "Dir::Cache=$home/apt/cache"
    -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o APT::Sandbox::User=)
apt-get "${options[@]}" update
(cd "$home/apt/debs" && apt-get "${options[@]}" download \
    python3.14-minimal libpython3.14-minimal libpython3.14-stdlib libpython3.14-testsuite libc6 libexpat1 zlib1g)
for deb in "$home"/apt/debs/*.deb; do
    dpkg-deb -x "$deb" "$home/root"
done
rm -rf "$home/apt"
loader=$(find "$home/root" -name 'ld-linux*.so.*' | head -1)
libraries=$(dirname "$(find "$home/root" -name 'libc.so.6' | head -1)")
cat >"$home/python" <<RUN
#!/bin/sh
exec "$loader" --library-path "$libraries" "$home/root/usr/bin/python3.14" "\$@"
RUN
chmod +x "$home/python"
"$home/python" -c 'import ast, sys; assert sys.version_info[:2] == (3, 14)'
touch "$home/.ready"
