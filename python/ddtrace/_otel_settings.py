"""What OpenTelemetry's variables say, in the words of our settings.

Imported only where such a variable is set and the setting's own is not.
"""

from ._environment import warn


_STYLES = ("b3", "b3multi", "datadog", "none", "tracecontext")
_SAMPLERS = {
    "parentbased_always_on": "1.0",
    "parentbased_always_off": "0.0",
    "parentbased_traceidratio": None,  # the rate is another variable's
}
# attribute -> tag; of two for one tag the later here counts
_RESOURCE_TAGS = {
    "deployment.environment": "env",
    "deployment.environment.name": "env",
    "service.name": "service",
    "service.version": "version",
}
_RESERVED = ("version", "env", "service")
_MOST_TAGS = 10


def text_for(name, environ):
    """The text that setting ``name`` would have to have, None where the variable says nothing."""
    return _READERS[name](environ)


def warn_about_logs(environ):
    exporter = environ.get("OTEL_LOGS_EXPORTER", "")
    if exporter and exporter.lower() != "none":
        _ignore("OTEL_LOGS_EXPORTER", exporter, "only none is known")


def _ignore(variable, text, why):
    warn("%s=%r is ignored: %s", variable, text, why)


def _service(environ):
    return environ["OTEL_SERVICE_NAME"]


def _debug(environ):
    level = environ["OTEL_LOG_LEVEL"]
    if level.lower() == "debug":
        return "true"
    _ignore("OTEL_LOG_LEVEL", level, "only debug is known")
    return None


def _enabled(environ):
    exporter = environ["OTEL_TRACES_EXPORTER"]
    if exporter.lower() == "none":
        return "false"
    if exporter.lower() != "otlp":
        _ignore("OTEL_TRACES_EXPORTER", exporter, "traces go to the Datadog agent, only none switches them off")
    return None


def _otel_enabled(environ):
    disabled = environ["OTEL_SDK_DISABLED"]
    if disabled.lower() == "true":
        return "false"
    if disabled.lower() == "false":
        return "true"
    _ignore("OTEL_SDK_DISABLED", disabled, "it is neither true nor false")
    return None


def _propagation(environ):
    text = environ["OTEL_PROPAGATORS"]
    styles = []
    for style in text.split(","):
        style = style.strip().lower()
        if style not in _STYLES:
            warn("OTEL_PROPAGATORS=%r: %r is left out, known are: %s", text, style, ", ".join(_STYLES))
        elif style not in styles:
            styles.append(style)
    if not styles:
        _ignore("OTEL_PROPAGATORS", text, "it names no known style")
        return None
    return ",".join(styles)


def _sampling(environ):
    text = environ["OTEL_TRACES_SAMPLER"]
    sampler = text.lower()
    if sampler in ("always_on", "always_off", "traceidratio"):
        sampler = "parentbased_" + sampler
        warn("OTEL_TRACES_SAMPLER=%r: the decision of a parent is kept, as by %s", text, sampler)
    if sampler not in _SAMPLERS:
        _ignore("OTEL_TRACES_SAMPLER", text, "known are: %s" % ", ".join(_SAMPLERS))
        return None
    rate = _SAMPLERS[sampler] or environ.get("OTEL_TRACES_SAMPLER_ARG") or "1"
    return '[{"sample_rate":%s}]' % rate


def _tags(environ):
    text = environ["OTEL_RESOURCE_ATTRIBUTES"]
    attributes = {}
    for pair in text.split(","):
        parts = pair.split("=")
        if len(parts) != 2:
            _ignore("OTEL_RESOURCE_ATTRIBUTES", text, "%r is no key=value" % pair)
            return None
        attributes[parts[0].strip()] = parts[1].strip()
    reserved, others = {}, []
    for key in _RESOURCE_TAGS:
        for given, value in attributes.items():
            if given.lower() == key:
                reserved[_RESOURCE_TAGS[key]] = value
    for key, value in attributes.items():
        if key.lower() not in _RESOURCE_TAGS:
            others.append("%s:%s" % (key, value))
    tags = ["%s:%s" % (tag, reserved[tag]) for tag in _RESERVED if tag in reserved] + others
    if len(tags) > _MOST_TAGS:
        warn(
            "OTEL_RESOURCE_ATTRIBUTES gives %d tags: %d are used, these are not: %s",
            *(len(tags), _MOST_TAGS, ", ".join(tags[_MOST_TAGS:])),
        )
    return ",".join(tags[:_MOST_TAGS])


_READERS = {
    "DD_LOGS_OTEL_ENABLED": _otel_enabled,
    "DD_METRICS_OTEL_ENABLED": _otel_enabled,
    "DD_SERVICE": _service,
    "DD_TAGS": _tags,
    "DD_TRACE_DEBUG": _debug,
    "DD_TRACE_ENABLED": _enabled,
    "DD_TRACE_OTEL_ENABLED": _otel_enabled,
    "DD_TRACE_PROPAGATION_STYLE_EXTRACT": _propagation,
    "DD_TRACE_PROPAGATION_STYLE_INJECT": _propagation,
    "DD_TRACE_SAMPLING_RULES": _sampling,
}
