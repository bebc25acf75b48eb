"""Writes the wheels that hold no Python: hoofprint-server (a binary) and ddtrace (a dependency).

    plain_wheel.py server OUT PLATFORM BINARY     PLATFORM as in a wheel's name: manylinux_2_17_x86_64
    plain_wheel.py ddtrace OUT
"""

import base64
import hashlib
import re
import stat
import sys
import zipfile
from pathlib import Path


ROOT = Path(__file__).resolve().parents[1]
FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # the same bytes from the same input


def version():
    text = (ROOT / "python" / "ddtrace" / "version.py").read_text()
    return re.search(r'__version__[^"]*= *"([^"]+)"', text).group(1)


def metadata(name, summary, requires=()):
    lines = [
        "Metadata-Version: 2.4",
        "Name: " + name,
        "Version: " + version(),
        "Summary: " + summary,
        "License-Expression: Apache-2.0",
        "License-File: LICENSE",
        "Requires-Python: >=3.9",
    ]
    return "\n".join(lines + ["Requires-Dist: " + other for other in requires]) + "\n"


def write(out, distribution, tag, text, files=()):
    """files: (name in the wheel, bytes, whether it is executable)."""
    info = "%s-%s.dist-info" % (distribution, version())
    wheel = "Wheel-Version: 1.0\nGenerator: hoofprint\nRoot-Is-Purelib: %s\nTag: %s\n"
    purelib = "true" if tag.endswith("-any") else "false"
    entries = list(files) + [
        (info + "/METADATA", text.encode(), False),
        (info + "/WHEEL", (wheel % (purelib, tag)).encode(), False),
        (info + "/licenses/LICENSE", (ROOT / "LICENSE").read_bytes(), False),
    ]
    record = []
    for name, data, _ in entries:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record.append("%s,sha256=%s,%d\n" % (name, digest, len(data)))
    record.append(info + "/RECORD,,\n")
    entries.append((info + "/RECORD", "".join(record).encode(), False))
    path = Path(out) / ("%s-%s-%s.whl" % (distribution, version(), tag))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data, executable in entries:
            entry = zipfile.ZipInfo(name, FIRST_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
            archive.writestr(entry, data)
    print(path)


def main(kind, out, *rest):
    if kind == "ddtrace":
        text = metadata(
            "ddtrace", "Stands for ddtrace where hoofprint takes its place", ["hoofprint (==%s)" % version()]
        )
        write(out, "ddtrace", "py3-none-any", text)
    else:
        platform, binary = rest
        text = metadata("hoofprint-server", "Hoofprint's agent, store and web page in one binary")
        command = "hoofprint_server-%s.data/scripts/hoofprint-server" % version()
        write(out, "hoofprint_server", "py3-none-" + platform, text, [(command, Path(binary).read_bytes(), True)])


if __name__ == "__main__":
    main(*sys.argv[1:])
