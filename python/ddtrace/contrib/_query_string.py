"""Query strings on spans: what looks like a secret becomes ``<redacted>``."""

_SPACE = r"(?:\s|%20)"
_QUOTE = r'(?:"|%22)'

# Parameters whose values are secrets.
_SECRET_KEYS = "|".join(
    (
        r"(?:(?:old|new)[-_]?)?p(?:ass)?w(?:or)?d[12]?",
        r"pass(?:[-_]?phrase)?",
        r"secret",
        r"(?:(?:api|private|public|access|secret|app(?:lication)?)[-_]?)key(?:[-_]?id)?",
        r"token",
        r"consumer[-_]?(?:id|key|secret)",
        r"sign(?:ed|ature)?",
        r"auth(?:entication|orization)?",
    )
)
# key=value up to the next parameter, or a JSON member "key": "value".
_FORM_VALUE = _SPACE + r"*(?:=|%3D)[^&]+"
_JSON_VALUE = (
    _QUOTE + _SPACE + r"*(?::|%3A)" + _SPACE + "*" + _QUOTE + r'(?:%2[^2]|%[^2]|[^"%])+' + _QUOTE
)  # fmt: skip

# Texts that are secrets wherever they stand. Group 1 is what stands before a JSON web token.
_JWT_PART = r"ey[I-L][\w-]+(?:=|%3D)*"
_SECRETS = "|".join(
    (
        r"bearer" + _SPACE + r"+[a-z0-9._\-]+",
        r"token(?::|%3A)[a-z0-9]{13}",
        r"gh[opsu]_[0-9a-z]{36}",
        r"(^|[^\w%-]|%[0-9a-f]{2})" + _JWT_PART + r"\." + _JWT_PART + r"(?:\.(?:[\w.+/=-]|%3D|%2F|%2B)+)?",
        r"-{5}BEGIN(?:[a-z\s]|%20)+PRIVATE"
        + _SPACE
        + r"KEY-{5}[^\-]+-{5}END(?:[a-z\s]|%20)+PRIVATE"
        + _SPACE
        + r"KEY(?:-{5})?(?:\n|%0A)?",
        r"(?:ssh-(?:rsa|dss)|ecdsa-[a-z0-9]+-[a-z0-9]+)(?:\s|%20|%09)+"
        r"(?:[a-z0-9/.+]|%2F|%5C|%2B){100,}(?:=|%3D)*(?:(?:\s|%20|%09)+[a-z0-9._-]+)?",
    )
)

DEFAULT_PATTERN = (
    r"(?ia)" + _QUOTE + r"?(?:" + _SECRET_KEYS + r")(?:" + _FORM_VALUE + "|" + _JSON_VALUE + r")|(?:" + _SECRETS + ")"
)


def redact_url(url, pattern, query=None, preserve_delimiter=False):
    """``url`` with ``query``, or else its own query string, redacted by ``pattern``."""
    rest, hash_sign, fragment = url.partition("#")
    path, _, own = rest.partition("?")
    query = query or own
    if not query:
        return url
    if isinstance(query, bytes):
        query = query.decode("latin-1")
    if preserve_delimiter:
        redacted = pattern.sub(_keep_delimiter, query)
    else:
        redacted = pattern.sub("<redacted>", query)
    return "%s?%s%s%s" % (path, redacted, hash_sign, fragment)


def strip_query(url):
    """``url`` without its query string; a fragment stays."""
    rest, hash_sign, fragment = url.partition("#")
    path = rest.partition("?")[0]
    return path + hash_sign + fragment if fragment else path


def _keep_delimiter(match):
    return (match.group(1) or "") + "<redacted>"
