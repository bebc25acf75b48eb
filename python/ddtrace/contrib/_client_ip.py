"""The address of the client behind proxies, from the headers that proxies set."""

import ipaddress

from ._header_names import IP_PATTERNS


def client_ip(headers, peer_ip, case_sensitive, only_header):
    """The first public address in the headers; else a private one there, else the peer's; "" for none.

    ``only_header`` is the one header to believe, or None for the usual ones.
    """
    if not headers:
        return peer_ip if _parse(peer_ip) else ""
    if case_sensitive:
        headers = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    if only_header:
        name = only_header.lower().replace("_", "-") if case_sensitive else only_header
        if not _parse(headers.get(name)):
            return ""
        names = (name,)
    else:
        names = IP_PATTERNS
    value = next((headers[name] for name in names if headers.get(name)), "")
    private = ""
    for text in value.split(","):
        text = _bare(text)
        address = _parse(text)
        if address is None:
            continue
        if address.is_global:
            return text
        private = private or text
    peer = _parse(peer_ip)
    if private and not (peer and peer.is_global):
        return private
    return peer_ip or ""


def _bare(text):
    """The address of an element ``for="1.2.3.4:80"`` or ``for="[::1]:80"`` of Forwarded, or a bare address."""
    for part in text.split(";"):
        key, equals, value = part.strip().partition("=")
        if equals and key.strip().lower() == "for":
            value = value.strip().strip('"')
            return value[1:].partition("]")[0] if value.startswith("[") else value.partition(":")[0]
    return text.strip()


def _parse(text):
    try:
        address = ipaddress.ip_address(str(text))
    except ValueError:
        return None
    # ::ffff:8.8.8.8 is an address of version 4; Python versions disagree on whether it is a public one.
    return getattr(address, "ipv4_mapped", None) or address
