"""Just enough msgpack to write a structured tag."""

from __future__ import annotations

import struct


TYPE_CHECKING = False  # typing itself costs milliseconds to import
if TYPE_CHECKING:
    from typing import Any

MAX_DEPTH = 32


def pack(value: Any, depth: int = 0) -> bytes:
    """Packs None, bool, int, float, str, bytes, and lists and dicts of them; others as their str()."""
    if depth > MAX_DEPTH:
        value = "..."
    if value is None:
        return b"\xc0"
    if value is True:
        return b"\xc3"
    if value is False:
        return b"\xc2"
    if isinstance(value, int):
        return _int(value)
    if isinstance(value, float):
        return struct.pack(">Bd", 0xCB, value)
    if isinstance(value, (bytes, bytearray)):
        return _head(len(value), None, 0xC4, 0xC5, 0xC6) + bytes(value)
    if isinstance(value, dict):
        parts = [_head(len(value), (0x80, 16), None, 0xDE, 0xDF)]
        for key, item in value.items():
            parts.append(pack(str(key), depth + 1))
            parts.append(pack(item, depth + 1))
        return b"".join(parts)
    if isinstance(value, (list, tuple)):
        parts = [_head(len(value), (0x90, 16), None, 0xDC, 0xDD)]
        parts.extend(pack(item, depth + 1) for item in value)
        return b"".join(parts)
    try:
        data = str(value).encode("utf-8", "replace")
    except Exception:
        data = b"?"
    return _head(len(data), (0xA0, 32), 0xD9, 0xDA, 0xDB) + data


def _int(value: int) -> bytes:
    if 0 <= value < 128:
        return bytes((value,))
    if -32 <= value < 0:
        return bytes((256 + value,))
    if 0 <= value < 1 << 64:
        return struct.pack(">BQ", 0xCF, value)
    if -(1 << 63) <= value < 0:
        return struct.pack(">Bq", 0xD3, value)
    return pack(str(value))


def _head(size: int, fix: Any, one: Any, two: int, four: int) -> bytes:
    if fix is not None and size < fix[1]:
        return bytes((fix[0] | size,))
    if one is not None and size < 1 << 8:
        return bytes((one, size))
    if size < 1 << 16:
        return struct.pack(">BH", two, size)
    return struct.pack(">BI", four, size)
