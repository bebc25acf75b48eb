"""Interned strings of a ring, and the bytes of a string that is not interned."""

import re
import struct


MAX_STRINGS = 65536
MAX_INTERNED_VALUE = 128
MAX_BYTES = 25000
SEEN_WORDS = 4096

# What a lookup gives for a string that stands inline in its record.
INLINE = 0xFFFFFFFF

_LONE_SURROGATE = re.compile(rb"\xed[\xa0-\xbf].", re.DOTALL)
_U32 = struct.Struct("<I")


def utf8(text: str) -> bytes:
    """UTF-8 with lone surrogates replaced, cut at a character boundary beyond MAX_BYTES."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        data = _LONE_SURROGATE.sub(b"\xef\xbf\xbd", text.encode("utf-8", "surrogatepass"))
    if len(data) > MAX_BYTES:
        cut = MAX_BYTES - 3
        while data[cut] & 0xC0 == 0x80:
            cut -= 1
        data = data[:cut] + b"..."
    return data


class Strings:
    """The writer's side of the strings region; its memory belongs to the ring."""

    def __init__(self, view: memoryview, set_head) -> None:
        self.view = view
        self._set_head = set_head
        self._used = 4
        # None, for a field that is not set, is written like "".
        self.ids: dict = {"": 0, None: 0}
        self.value_ids: dict = {
            "": 0,
            None: 0,
        }  # those of them that are short enough for a value
        self._count = 1
        self._seen = [0] * SEEN_WORDS

    def intern(self, text: str) -> int:
        """The id of a key, name, service or type; INLINE when there is no room."""
        ident = self.ids.get(text)
        return self._append(text) if ident is None else ident

    def value(self, text: str) -> int:
        """The id of a value that was seen before and is short, else INLINE."""
        if len(text) > MAX_INTERNED_VALUE:
            return INLINE
        ident = self.value_ids.get(text)
        if ident is not None:
            return ident
        digest = hash(text) & 0xFFFFFFFFFFFFFFFF
        word = digest & (SEEN_WORDS - 1)
        if self._seen[word] != digest:
            self._seen[word] = digest
            return INLINE
        if len(utf8(text)) > MAX_INTERNED_VALUE:
            return INLINE
        return self._append(text)

    def _append(self, text: str) -> int:
        data = utf8(text)
        size = 4 + (len(data) + 3 & ~3)
        ident = self._count
        if ident >= MAX_STRINGS or self._used + size > len(self.view):
            return INLINE
        _U32.pack_into(self.view, self._used, len(data))
        self.view[self._used + 4 : self._used + 4 + len(data)] = data
        self._used += size
        self._set_head(self._used)
        self._count = ident + 1
        self.ids[text] = ident
        if len(text) <= MAX_INTERNED_VALUE:
            self.value_ids[text] = ident
        return ident
