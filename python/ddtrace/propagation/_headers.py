"""Reading headers that may be a framework's or a WSGI environment's, text or bytes."""

HEX = "0123456789abcdef"
MAX_64 = (1 << 64) - 1
MAX_128 = (1 << 128) - 1
KNUTH_FACTOR = 1111111111111111111  # by which every Datadog tracer turns an id into a random number


def names(header):
    """The header's own lower-case name and the one that it has in a WSGI environment."""
    return header, "http_" + header.replace("-", "_")


def read(headers, header_names, default=None):
    """The value of a header in lower-cased ``headers``, as text."""
    value = headers.get(header_names[0])
    if value is None:
        value = headers.get(header_names[1])
        if value is None:
            return default
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


def span_id(number):
    """``number`` if it can be a span id, else None."""
    return number if 0 < number <= MAX_64 else None


def trace_id(number):
    """``number`` if it can be a trace id, else None."""
    return number if 0 < number <= MAX_128 else None


def keeps(number, rate):
    """Whether a trace or span id is among the share that a rate keeps."""
    if rate == 1:
        return True
    return rate != 0 and number * KNUTH_FACTOR % (MAX_64 + 1) <= rate * (MAX_64 + 1)


def log():
    import logging

    return logging.getLogger("ddtrace.propagation.http")


_PATIENCE = 60  # s, between two lines of a kind: a caller that sends nonsense sends much of it
_warned = {}


def warn(message, *args):
    import time

    now = time.monotonic()
    if now - _warned.get(message, -_PATIENCE) >= _PATIENCE:
        _warned[message] = now
        log().warning(message, *args)
