"""The ``baggage`` style: the W3C header."""

from .._config import config
from ._headers import names
from ._headers import read
from ._headers import warn


HEADER = "baggage"
_NAMES = names(HEADER)
OPENTRACING = "ot-baggage-"
_OPENTRACING_NAMES = names(OPENTRACING)

# What W3C has every platform carry; what is beyond them is dropped.
MAX_ITEMS = 64
MAX_BYTES = 8192

_TAG_PREFIX = "baggage."
_SAFE = "!#$&'*+-.^_`|~"  # beside letters and digits
_SAFE_IN_VALUES = _SAFE + "()/:<>?@[]{}"


class _Received(str):
    """A value that was written otherwise than it would be here, with properties for example: it goes on as it came."""

    __slots__ = ("raw",)


def extract(headers):
    """The items of the header; none unless every one of them is well-formed."""
    items = {}
    text = read(headers, _NAMES)
    if not text:
        return items
    size = 0
    for index, item in enumerate(text.split(",")):
        if index >= MAX_ITEMS:
            warn("the baggage header has more than %d items, the others are dropped", MAX_ITEMS)
            break
        key, equals, value = item.partition("=")
        if not equals:
            return {}
        size += len(item.encode("utf-8", "replace")) + (1 if items else 0)
        if size > MAX_BYTES:
            warn("the baggage header has more than %d bytes, the others are dropped", MAX_BYTES)
            break
        key, value = _unquote(key.strip()), _value(value.strip())
        if not key:
            return {}
        items[key] = value
    return items


def inject(context, headers):
    baggage = context.get_all_baggage_items()
    if not baggage:
        return
    from urllib.parse import quote

    encoded = []
    size = -1
    for key, value in list(baggage.items())[:MAX_ITEMS]:
        written = (
            value.raw if type(value) is _Received else quote(str(value).strip(), _SAFE_IN_VALUES, errors="replace")
        )
        item = "%s=%s" % (quote(str(key).strip(), _SAFE, errors="replace"), written)
        size += len(item) + 1
        if size > MAX_BYTES:
            warn("the baggage is longer than %d bytes, items are dropped", MAX_BYTES)
            break
        encoded.append(item)
    if len(baggage) > MAX_ITEMS:
        warn("the baggage has more than %d items, items are dropped", MAX_ITEMS)
    headers[HEADER] = ",".join(encoded)


def extract_opentracing(headers):
    """The items of OpenTracing's headers, one header each."""
    items = {}
    for name, value in headers.items():
        for prefix in _OPENTRACING_NAMES:
            if name.startswith(prefix):
                items[name[len(prefix) :]] = value
    return items


def inject_opentracing(context, headers):
    for key, value in list(context.get_all_baggage_items().items()):
        key, value = str(key), str(value)
        if (
            key.isascii() and key.isprintable() and value.isascii() and value.isprintable()
        ):  # else no header can hold it
            headers[OPENTRACING + key] = value


def tags(baggage):
    """The items that become span tags, under the names that they have there."""
    keys = [key.strip() for key in config._baggage_tag_keys]
    if "*" in keys:
        keys = list(baggage)
    return {_TAG_PREFIX + key: str(baggage[key]) for key in keys if key in baggage}


def _value(text):
    if "%" not in text and ";" not in text:
        return text
    value = _unquote(text)
    first, *properties = text.split(";")
    raw = first.strip()
    for item in properties:
        raw += ";" + "=".join(part.strip() for part in item.split("=", 1))
    if raw.isascii() and raw.isprintable() and not any(character in raw for character in ' "\\'):
        value = _Received(value)
        value.raw = raw
    return value


def _unquote(text):
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)
