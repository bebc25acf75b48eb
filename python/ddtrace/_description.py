"""What the ring's header tells about its process, and where its traces go."""

import os
import sys

from . import _argv
from . import _collector
from . import _core
from ._config import config
from ._config import given
from ._config import value
from ._config import warn
from .version import __version__


# The header has room for 3,644 bytes; a character may take 6 of them when it is escaped.
_MAX_BYTES = 3644
_MAX_TEXT = 100
_MAX_URL = 512

# What the collector acts on for this process: the list of internal/ring/describe.go.
_COLLECTOR_SETTINGS = (
    "DD_TRACE_NATIVE_SPAN_EVENTS",
    "DD_TRACE_PARTIAL_FLUSH_ENABLED",
    "DD_TRACE_PARTIAL_FLUSH_MIN_SPANS",
    "DD_TRACE_STATS_ADDITIONAL_TAGS",
    "DD_TRACE_STATS_ADDITIONAL_TAGS_CARDINALITY_LIMIT",
    "DD_TRACE_STATS_CARDINALITY_LIMIT",
    "DD_TRACE_STATS_COMPUTATION_ENABLED",
    "DD_TRACE_STATS_HTTP_ENDPOINT_CARDINALITY_LIMIT",
    "DD_TRACE_STATS_PEER_TAGS_CARDINALITY_LIMIT",
    "DD_TRACE_STATS_RESOURCE_CARDINALITY_LIMIT",
    "DD_TRACE_WRITER_INTERVAL_SECONDS",
    "DD_TRACE_WRITER_MAX_PAYLOAD_SIZE_BYTES",
    "DD_INSTRUMENTATION_TELEMETRY_ENABLED",
    "DD_TELEMETRY_DEPENDENCY_COLLECTION_ENABLED",
    "DD_TELEMETRY_HEARTBEAT_INTERVAL",
    "DD_TELEMETRY_METRICS_ENABLED",
    "_DD_TELEMETRY_EXTENDED_HEARTBEAT_INTERVAL",
    "DD_REMOTE_CONFIGURATION_ENABLED",
    "DD_REMOTECONFIG_POLL_SECONDS",
    "DD_REMOTE_CONFIG_POLL_INTERVAL_SECONDS",
    "DD_AGENT_HOST",
    "DD_DOGSTATSD_DISABLE",
    "DD_DOGSTATSD_HOST",
    "DD_DOGSTATSD_PORT",
    "DD_DOGSTATSD_URL",
    "DD_RUNTIME_METRICS_ENABLED",
    "DD_RUNTIME_METRICS_RUNTIME_ID_ENABLED",
    "DD_TAGS",
    "DD_TRACE_EXPERIMENTAL_FEATURES_ENABLED",
    "DD_TRACE_EXPERIMENTAL_RUNTIME_ID_ENABLED",
)

_DEFAULT_AGENT_SOCKET = "/var/run/datadog/apm.socket"


def encode(runtime_id, hostname):
    """The process description as UTF-8 JSON."""
    implementation = sys.implementation.name
    fields = {
        "service": _cut(config.service),
        "env": _cut(config.env),
        "version": _cut(config.version),
        "runtime_id": runtime_id,
        "lang_version": sys.version.split()[0],
        "interpreter": {"cpython": "CPython", "pypy": "PyPy"}.get(implementation, implementation),
        "tracer_version": __version__,
        "hostname": _cut(hostname),
        "agent_url": agent_url()[:_MAX_URL],
        "api_version": _api_version(),
        "container_id": container_id(),
        "command": _cut(" ".join(_argv)),
        "pid_namespace": str(_collector.pid_namespace() or ""),
    }
    settings = _settings()
    root_tags = dict(_core.get_defaults()["root_tags"] or {})
    encoded = _json(fields, settings, root_tags)
    if len(encoded) > _MAX_BYTES:
        fields.update(command="", hostname="")
        encoded = _json(fields, settings, root_tags)
    while len(encoded) > _MAX_BYTES and (settings or root_tags):
        # Half a value says another thing: it is left out.
        longest = max((settings, root_tags), key=lambda texts: max(map(len, texts.values()), default=0))
        del longest[max(longest, key=lambda name: len(longest[name]))]
        encoded = _json(fields, settings, root_tags)
    if len(encoded) > _MAX_BYTES:
        fields.update(agent_url="")
        encoded = _json(fields, settings, root_tags)
    return encoded


def _settings():
    """The variables of _COLLECTOR_SETTINGS that are set."""
    texts = ((name, given(name)[0]) for name in _COLLECTOR_SETTINGS)
    return {name: text for name, text in texts if text}


def agent_url():
    """The agent that the settings name: ``http://host:port`` or ``unix:///path``."""
    url = value("DD_TRACE_AGENT_URL")
    if url:
        _check(url)
        return url
    host = value("DD_TRACE_AGENT_HOSTNAME") or value("DD_AGENT_HOST")
    port = _port()
    if not host and not port and os.path.exists(_DEFAULT_AGENT_SOCKET):
        return "unix://" + _DEFAULT_AGENT_SOCKET
    host = host or "localhost"
    if ":" in host and not host.startswith("["):
        host = "[%s]" % host  # IPv6
    return "http://%s:%d" % (host, port or 8126)


def _check(url):
    """Say what is wrong with an address; the collector keeps the spans of its process."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https", "unix"):
        wrong = "begins with none of http://, https://, unix://"
    elif not rest.strip("/"):
        wrong = "has no host" if scheme != "unix" else "has no path"
    elif scheme != "unix" and not _port_is_right(rest):
        wrong = "has no port number"
    else:
        return
    warn("DD_TRACE_AGENT_URL=%r %s: traces go to the default agent", url, wrong)


def _port_is_right(rest):
    host = rest.partition("/")[0].rpartition("@")[2]
    port = host.rpartition("]")[2] if "]" in host else host
    _, colon, number = port.rpartition(":")
    return not colon or number.isdigit()


def _port():
    from ._config import setting

    for name in ("DD_TRACE_AGENT_PORT", "DD_AGENT_PORT"):
        port, is_set = setting(name)
        if is_set:
            return port
    return None


def _api_version():
    if value("DD_TRACE_NATIVE_SPAN_EVENTS"):
        return "v0.4"  # the other has no place for events
    wanted = config._trace_api  # which says what is wrong with another
    return wanted if wanted in ("v0.4", "v0.5") else ""


def container_id(cgroup="/proc/self/cgroup"):
    """The id of the container that this process runs in, as its control groups tell it; else ""."""
    try:
        with open(cgroup) as lines:
            for line in lines:
                for part in line.rstrip("\n").replace(":", "/").split("/"):
                    found = _id_in(part)
                    if found:
                        return found
    except (OSError, UnicodeDecodeError):
        pass
    return ""


def _id_in(part):
    """``docker-<64 hex>.scope``, a bare id, a UUID, or an ECS task's ``<32 hex>-<digits>``; else None."""
    if part.endswith(".scope"):
        part = part[: -len(".scope")]
    candidate = part.rpartition("-")[2]
    if len(candidate) == 64 and _is_hex(candidate):
        return candidate
    groups = part.split("-")
    if [len(group) for group in groups[-5:]] == [8, 4, 4, 4, 12] and all(map(_is_hex, groups[-5:])):
        return "-".join(groups[-5:])
    if len(groups) == 2 and len(groups[0]) == 32 and _is_hex(groups[0]) and groups[1].isdigit():
        return part
    return None


def _is_hex(text):
    return all(character in "0123456789abcdefABCDEF" for character in text)


def _cut(text):
    return (text or "")[:_MAX_TEXT]


def _json(fields, settings, root_tags):
    # The json package costs milliseconds to import; its escaper alone does not.
    try:
        from _json import encode_basestring_ascii as quote
    except ImportError:
        from json.encoder import py_encode_basestring_ascii as quote

    def members(texts):
        return ["%s: %s" % (quote(key), quote(text)) for key, text in texts.items()]

    parts = members(fields)
    for name, texts in (("root_tags", root_tags), ("settings", settings)):
        if texts:
            parts.append('"%s": {%s}' % (name, ", ".join(members(texts))))
    return ("{%s}" % ", ".join(parts)).encode("ascii")
