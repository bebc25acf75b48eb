"""The span attribute schema: what operations and services are called, and who is at the other end.

DD_TRACE_SPAN_ATTRIBUTE_SCHEMA=v1 names operations after what they do, not after the
library that does it, gives the spans of integrations the service of the application,
and tells the peer of outgoing spans.
"""

from ._config import config
from ._config import value
from ._config import warn


SERVER_REQUEST = "http.server.request"
CLIENT_REQUEST = "http.client.request"

# What names the peer of an outgoing span, the first that is there.
_PEER_SOURCES = ("messaging.kafka.bootstrap.servers", "db.name", "mongodb.db", "rpc.service", "out.host")
_PEER = "peer.service"
_PEER_SOURCE = "_dd.peer.service.source"
_PEER_REMAPPED_FROM = "_dd.peer.service.remapped_from"
_PEER_MAPPING = value("DD_TRACE_PEER_SERVICE_MAPPING")


def _is_v1():
    version = value("DD_TRACE_SPAN_ATTRIBUTE_SCHEMA").lower()
    if version not in ("v0", "v1"):
        warn("DD_TRACE_SPAN_ATTRIBUTE_SCHEMA=%r is not one of v0, v1, using v0", version)
    return version == "v1"


_V1 = _is_v1()


def tells_peers():
    """Whether outgoing spans name their peer without being told it."""
    return _V1 or value("DD_TRACE_PEER_SERVICE_DEFAULTS_ENABLED")


def operation(v0, v1):
    """The name of an operation that both versions of the schema have."""
    return v1 if _V1 else v0


def default_service(name):
    """The service of an integration that is not given one; the application's, if libraries shall have none."""
    if _V1 or value("DD_TRACE_REMOVE_INTEGRATION_SERVICE_NAMES_ENABLED"):
        return config.service
    return name


def tag_mapped(span, service):
    """Tell of a span that was started with ``service`` that DD_SERVICE_MAPPING has renamed it."""
    mapping = config.service_mapping
    if mapping and service in mapping:
        span._set_attribute("_dd.svc_src", "opt.service_mapping")


def tag_default(span, integration):
    """Tell of a span that was given its service by an integration whether that is only a default."""
    if span.service in config._integration_default_services and not config.is_service_user_provided:
        span._set_attribute("_dd.svc_src", integration)


# The peer.


def tag_peer(span):
    """At the end of a span that goes out: the peer that its tags tell, unless the program has named one."""
    if span.get_tag(_PEER) or span.get_tag("span.kind") not in ("client", "producer"):
        return
    for source in _PEER_SOURCES:
        peer = span.get_tag(source)
        if peer:
            span._remove_attribute(_PEER)
            _set_peer(span, peer, source)
            return


def set_peer(span, peer):
    """The program names the peer of a span."""
    for key in (_PEER_SOURCE, _PEER_REMAPPED_FROM):
        span._remove_attribute(key)
    if peer:
        _set_peer(span, peer, _PEER)
    else:
        span._set_attribute(_PEER, peer)


def _set_peer(span, peer, source):
    renamed = _PEER_MAPPING.get(peer)
    if renamed is not None:
        span._set_attribute(_PEER_REMAPPED_FROM, peer)
    span._set_attribute(_PEER, peer if renamed is None else renamed)
    span._set_attribute(_PEER_SOURCE, source)
