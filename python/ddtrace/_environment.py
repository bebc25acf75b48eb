"""Reads settings from the environment: the one place where their text becomes a value.

A setting's own variable counts first, then its aliases, then the OpenTelemetry
variable that stands for it. What cannot be taken as it is written is said in one
line: the variable, its text, and what is used instead.
"""

import os

from ._settings import CHOICES
from ._settings import LIMITS
from ._settings import SETTINGS


_said = set()  # a forked child, which reads its settings again, does not say it again

# setting -> the OpenTelemetry variable that stands for it where nothing else is set
OTEL = {
    "DD_LOGS_OTEL_ENABLED": "OTEL_SDK_DISABLED",
    "DD_METRICS_OTEL_ENABLED": "OTEL_SDK_DISABLED",
    "DD_SERVICE": "OTEL_SERVICE_NAME",
    "DD_TAGS": "OTEL_RESOURCE_ATTRIBUTES",
    "DD_TRACE_DEBUG": "OTEL_LOG_LEVEL",
    "DD_TRACE_ENABLED": "OTEL_TRACES_EXPORTER",
    "DD_TRACE_OTEL_ENABLED": "OTEL_SDK_DISABLED",
    "DD_TRACE_PROPAGATION_STYLE_EXTRACT": "OTEL_PROPAGATORS",
    "DD_TRACE_PROPAGATION_STYLE_INJECT": "OTEL_PROPAGATORS",
    "DD_TRACE_SAMPLING_RULES": "OTEL_TRACES_SAMPLER",
}
# These are switched off by the one variable even where they are switched on by their own.
_OTEL_METRICS = ("DD_RUNTIME_METRICS_ENABLED", "DD_METRICS_OTEL_ENABLED")


def warn(message, *args):
    """One line in the application's log; ``logging`` is imported only when there is one."""
    line = message % args
    if line in _said:
        return
    _said.add(line)
    import logging

    logging.getLogger("ddtrace").warning("%s", line)


def asbool(text):
    """``true`` and ``1`` are true, in any case; everything else is false."""
    if isinstance(text, str):
        return text.strip().lower() in ("true", "1")
    return bool(text)


def flag(variable, default):
    """A switch that is in no table, such as one of an integration."""
    text = os.environ.get(variable)
    return default if text is None else _boolean(text, variable)


def parse_tags(text):
    """``a:b,c:d`` as a dict; without a comma, spaces part the pairs; no colon: an empty value."""
    tags = {}
    for pair in text.split("," if "," in text else " "):
        key, _, value = pair.strip().partition(":")
        key = key.strip()
        if key:
            tags[key] = value.strip()
    return tags


def _boolean(text, variable):
    lowered = text.lower()
    if lowered not in ("true", "1", "false", "0"):
        warn("%s=%r is neither true nor false: false is used", variable, text)
    return lowered in ("true", "1")


def _pairs(text, variable):
    if variable in ("DD_TAGS", "DD_SERVICE_MAPPING"):
        for pair in text.split("," if "," in text else " "):
            key, colon, _ = pair.strip().partition(":")
            if colon and not key:
                warn("%s=%r: %r has no key and is ignored", variable, text, pair)
            elif key and not colon:
                warn("%s=%r: %r is no key:value, it gets an empty value", variable, text, pair.strip())
    return parse_tags(text)


def _number(convert):
    def parse(text, variable):
        return convert(text.strip())

    return parse


_PARSERS = {
    "string": lambda text, variable: text,
    "boolean": _boolean,
    "int": _number(int),
    "decimal": _number(float),
    "array": lambda text, variable: [item.strip() for item in text.split(",") if item.strip()],
    "map": _pairs,
    "json": lambda text, variable: text,
}
_KINDS = {"int": "a whole number", "decimal": "a number"}


def given(name):
    """(text, variable) of what the environment says about a setting; (None, None): nothing."""
    environ = os.environ
    if name in _OTEL_METRICS and environ.get("OTEL_METRICS_EXPORTER", "").lower() == "none":
        return "false", "OTEL_METRICS_EXPORTER"
    known = SETTINGS.get(name)
    for variable in (name,) + (known[2] if known else ()):
        text = environ.get(variable)
        if text is not None:
            return text, variable
    stand_in = OTEL.get(name)
    if stand_in is not None and environ.get(stand_in):
        from ._otel_settings import text_for

        text = text_for(name, environ)
        if text is not None:
            return text, stand_in
    return None, None


def setting(name):
    """(value, whether a variable gave it) of a registered setting; a bad text is logged once."""
    kind, default, _ = SETTINGS[name]
    parse = _PARSERS[kind]
    text, variable = given(name)
    if text is not None:
        try:
            value = parse(text, variable)
            if _acceptable(name, value):
                return value, True
            wrong = _limits(name)
        except ValueError:
            wrong = "is not " + _KINDS.get(kind, kind)
        warn("%s=%r %s: %s is used", variable, text, wrong, "nothing" if default is None else default)
    return (None if default is None else parse(default, name)), False


def value(name):
    return setting(name)[0]


def _acceptable(name, value):
    choices = CHOICES.get(name)
    if choices is not None:
        return value in choices
    least, most = LIMITS.get(name, (None, None))
    # What is not a number is neither.
    return (least is None or value >= least) and (most is None or value <= most)


def _limits(name):
    choices = CHOICES.get(name)
    if choices is not None:
        return "is not one of %s" % ", ".join(choices)
    least, most = LIMITS[name]
    return "is not %s or more" % least if most is None else "is not from %s to %s" % (least, most)
