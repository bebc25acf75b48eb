#!/bin/bash
# Builds the wheels into dist/: hoofprint (with the slim binary; for this machine's CPython with the
# extension, and without it for other interpreters and for aarch64), hoofprint-server, ddtrace.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/system.sh gcc
tools/venv.sh build "$(command -v "${PYTHON:-python3}")" tools/requirements-build.txt
python=$PWD/.venv/build/bin/python
stage=$PWD/.cache/wheel
out=$PWD/dist
version=${VERSION:-dev}
rm -rf "$stage" "$out"
mkdir -p "$stage" "$out"
export SOURCE_DATE_EPOCH=315532800 # the same bytes from the same input
export PYTHONWARNINGS=ignore

binary() { # GOARCH, tags, where to
    CGO_ENABLED=0 GOARCH=$1 go build -trimpath -tags "$2" -ldflags "-s -w -X main.version=$version" -o "$3" ./cmd/hoofprint
}

package() { # name of the copy, binary: the package as it is to be installed
    mkdir -p "$stage/$1"
    tar -C python --exclude=tests --exclude=__pycache__ --exclude='*.so' --exclude=build --exclude='*.egg-info' -cf - . |
        tar -C "$stage/$1" -xf -
    cp LICENSE "$stage/$1"
    mkdir -p "$stage/$1/ddtrace/bin"
    cp "$2" "$stage/$1/ddtrace/bin/hoofprint"
}

wheel() { # name of the copy, platform
    (cd "$stage/$1" && "$python" setup.py -q bdist_wheel --plat-name "$2" --dist-dir "$out")
}

for arch in amd64 arm64; do
    [ $arch = amd64 ] && platform=manylinux_2_17_x86_64 || platform=manylinux_2_17_aarch64
    echo "==> building the binaries for $platform"
    binary $arch slim "$stage/hoofprint-$arch"
    binary $arch "" "$stage/server-$arch"
    echo "==> building the wheels for $platform"
    package "twin-$arch" "$stage/hoofprint-$arch"
    HOOFPRINT_TWIN=1 wheel "twin-$arch" $platform
    "$python" tools/plain_wheel.py server "$out" $platform "$stage/server-$arch" >/dev/null
done
if [ "$(uname -m)" = x86_64 ]; then
    package native "$stage/hoofprint-amd64"
    HOOFPRINT_WERROR=1 LDFLAGS=-Wl,-s wheel native manylinux_2_17_x86_64
fi
"$python" tools/plain_wheel.py ddtrace "$out" >/dev/null
ls -l "$out"
