"""DD_TRACE_RESOURCE_RENAMING_ENABLED: ``http.endpoint``, a path without what differs from request to request.

It stands for the route of requests whose framework has told none.
"""

import re

from ._config import value


_MOST_SEGMENTS = 8
# What a segment of a path is replaced by, the first that matches the whole of it.
_KINDS = (
    ("{param:int}", re.compile(r"[1-9][0-9]+")),
    ("{param:int_id}", re.compile(r"(?=.*[0-9])[0-9._-]{3,}")),
    ("{param:hex}", re.compile(r"(?=.*[0-9])[A-Fa-f0-9]{6,}")),
    ("{param:hex_id}", re.compile(r"(?=.*[0-9])[A-Fa-f0-9._-]{6,}")),
    ("{param:str}", re.compile(r".{20,}|.*[%&'()*+,:=@].*", re.DOTALL)),
)
_BEFORE_PATH = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*")

_always = value("DD_TRACE_RESOURCE_RENAMING_ALWAYS_SIMPLIFIED_ENDPOINT")


def tag_endpoint(span):
    """At the end of the first span of a process in a trace."""
    if span._local_root is not span or span.span_type not in ("web", "http"):
        return
    if span.get_tag("http.status_code") == "404" or (span.get_tag("http.route") and not _always):
        return
    span._set_attribute("http.endpoint", endpoint(span.get_tag("http.url") or ""))


def endpoint(url):
    """``/users/123/orders?page=2`` of any host -> ``/users/{param:int}/orders``."""
    path = _BEFORE_PATH.sub("", url, count=1).partition("#")[0].partition("?")[0]
    segments = [segment for segment in path.split("/") if segment][:_MOST_SEGMENTS]
    return "/" + "/".join(map(_simplified, segments))


def _simplified(segment):
    for name, pattern in _KINDS:
        if pattern.fullmatch(segment):
            return name
    return segment
