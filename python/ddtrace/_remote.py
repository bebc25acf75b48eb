"""Remote configuration: settings that users change in the agent while the process runs.

A remote value goes before those of the environment and of code. What it covers is kept in
``config._remote`` and comes back when it goes away; a value that code sets meanwhile waits there.
"""

import json

from . import _core
from ._config import config
from ._config import warn


def apply(remote):
    """Take over the ``lib_config`` of the remote configuration; {} for none. Values of a wrong kind are left out."""
    changes = {
        "_trace_sampling_rules": _sampling_rules(remote),
        "_trace_http_header_tags": _header_tags(remote.get("tracing_header_tags")),
        "tags": _tags(remote.get("tracing_tags")),
        "_logs_injection": _boolean(remote.get("log_injection_enabled")),
        "_tracing_enabled": _boolean(remote.get("tracing_enabled")),
    }
    for attribute, new in changes.items():
        covered = attribute in config._remote
        if new is not None:
            if covered and config.__dict__.get(attribute) == new:
                continue
            if not covered:
                config._remote[attribute] = getattr(config, attribute)
            config.__dict__[attribute] = new
        elif covered:
            config.__dict__[attribute] = config._remote.pop(attribute)
        else:
            continue
        _take_effect(attribute, new is not None)


def _take_effect(attribute, is_remote):
    effect = _EFFECTS.get(attribute)
    try:
        if effect is not None:
            effect(config.__dict__[attribute], is_remote)
    except Exception as error:
        warn("the remote value of %s could not be applied: %s: %s", attribute.lstrip("_"), type(error).__name__, error)
    _tell(attribute, is_remote)


def _use_rules(text, is_remote):
    from . import _sampler

    _sampler.use(text if is_remote else None)


def _use_header_tags(tags, is_remote):
    from ._integration_config import HttpConfig

    if is_remote:
        config._remote.setdefault("_http", config._http)
        config.__dict__["_http"] = HttpConfig(tags)
    else:
        config.__dict__["_http"] = config._remote.pop("_http")


def _use_tags(tags, _is_remote):
    from .trace import tracer

    tracer._tags = dict(tags)
    _core.set_defaults(tags=tracer._tags)


_switched_off = False  # the tracer, from far


def _enable(enabled, is_remote):
    """What the environment or code has switched off is not switched on from far."""
    global _switched_off
    from .trace import tracer

    if is_remote and not enabled:
        _switched_off = _switched_off or tracer.enabled
        tracer.enabled = False
    elif _switched_off:
        _switched_off = False
        tracer.enabled = True


_EFFECTS = {
    "_trace_sampling_rules": _use_rules,
    "_trace_http_header_tags": _use_header_tags,
    "tags": _use_tags,
    "_tracing_enabled": _enable,
}


# From what the agent sends to what the settings hold; None: no value.


def _boolean(value):
    return value if isinstance(value, bool) else None


def _tags(given):
    """``["key:value", ...]``"""
    if not isinstance(given, list):
        return None
    tags = {}
    for pair in given:
        if isinstance(pair, str):
            key, _, value = pair.partition(":")
            if key.strip():
                tags[key.strip()] = value
    return tags or None


def _header_tags(given):
    """``[{"header": name, "tag_name": tag}, ...]``"""
    if not isinstance(given, list):
        return None
    tags = {}
    for entry in given:
        if isinstance(entry, dict) and isinstance(entry.get("header"), str):
            tag = entry.get("tag_name")
            tags[entry["header"]] = tag if isinstance(tag, str) else ""
    return tags or None


def _sampling_rules(remote):
    """The rules, and a last one of the rate for all, as DD_TRACE_SAMPLING_RULES would have them."""
    rules = []
    given = remote.get("tracing_sampling_rules")
    for rule in given if isinstance(given, list) else ():
        if isinstance(rule, dict):
            rule = dict(rule)
            tags = rule.get("tags")
            if isinstance(tags, list):
                rule["tags"] = {
                    tag["key"]: tag["value_glob"]
                    for tag in tags
                    if isinstance(tag, dict)
                    and isinstance(tag.get("key"), str)
                    and isinstance(tag.get("value_glob"), str)
                }
            rules.append(rule)
    rate = remote.get("tracing_sampling_rate")
    if isinstance(rate, (int, float)) and not isinstance(rate, bool):
        rules.append({"sample_rate": rate})
    elif rate is not None:
        warn("the remote tracing_sampling_rate %r is no number from 0 to 1: it is left out", rate)
    return json.dumps(rules) if rules else None


_VARIABLES = {
    "_trace_sampling_rules": "DD_TRACE_SAMPLING_RULES",
    "_trace_http_header_tags": "DD_TRACE_HEADER_TAGS",
    "tags": "DD_TAGS",
    "_logs_injection": "DD_LOGS_INJECTION",
    "_tracing_enabled": "DD_TRACE_ENABLED",
}


def _tell(attribute, is_remote):
    """The collector tells of it in its telemetry."""
    try:
        from . import _notes

        new = config.__dict__[attribute]
        _notes.configured(_VARIABLES[attribute], new, "remote_config" if is_remote else "code")
    except Exception:  # it is only told
        pass
