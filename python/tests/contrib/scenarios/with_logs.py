"""What the lines of logging, structlog and loguru say of the trace they are written in."""

import io
import json

from . import scenario


NAMED = {"DD_SERVICE": "shop", "DD_ENV": "prod", "DD_VERSION": "7"}


def written(write, lines):
    """``write()`` outside and within a span -> the lines, ids replaced by what they are."""
    from ddtrace import tracer

    write("outside")
    with tracer.trace("work") as span:
        write("within")
    text = lines()
    for known, name in (
        ("%032x" % span.trace_id, "<128-bit trace>"),
        (str(span.trace_id), "<trace>"),
        (str(span.span_id), "<span>"),
    ):
        text = text.replace(known, name)
    return text.splitlines()


# logging


def standard(template, style="%", extra=None):
    import logging

    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter(template, style=style))
    log = logging.Logger("scenario")
    log.addHandler(handler)
    return written(lambda text: log.warning(text, extra=extra), out.getvalue)


PERCENT = "%(message)s %(dd.trace_id)s %(dd.span_id)s [%(dd.service)s] [%(dd.env)s] [%(dd.version)s]"
BRACES = "{message} {dd.trace_id} {dd.span_id} [{dd.service}] [{dd.env}] [{dd.version}]"


def record_fields():
    import logging

    return sorted(k for k in logging.getLogger().makeRecord("a", 1, "f", 1, "m", (), None).__dict__ if "dd" in k)


def logging_lines():
    return [standard(PERCENT), standard(BRACES, "{"), standard(PERCENT, extra={"dd.service": "mine"}), record_fields()]


@scenario(**NAMED)
def logging_named():
    return logging_lines()


@scenario()
def logging_unnamed():
    return [standard("%(message)s [%(dd.env)s] [%(dd.version)s]"), record_fields()]


@scenario(DD_LOGS_INJECTION="false")
def logging_off():
    return record_fields()


@scenario(DD_LOGS_INJECTION="structured")
def logging_structured():
    return record_fields()


@scenario(DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED="false", **NAMED)
def logging_64_bits():
    return standard(PERCENT)


# structlog


def structured(*processors, **kwargs):
    import structlog

    out = io.StringIO()
    structlog.reset_defaults()
    log = structlog.wrap_logger(
        structlog.PrintLogger(out), processors=[*processors, structlog.processors.KeyValueRenderer(sort_keys=True)]
    )
    return written(lambda text: log.warning(text, **kwargs), out.getvalue)


def structlog_lines():
    import structlog

    def drop(logger, name, event):
        if event["event"] == "outside":
            raise structlog.DropEvent
        return event

    def as_json():
        out = io.StringIO()
        structlog.configure(
            processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer(sort_keys=True)],
            logger_factory=structlog.PrintLoggerFactory(out),
            cache_logger_on_first_use=True,
        )
        log = structlog.get_logger("named").bind(a=1)
        return written(log.info, out.getvalue)

    def seen():
        names = []

        def look(logger, name, event):
            names.append(sorted(k for k in event if k.startswith("dd")))
            return event

        structured(look)
        return names

    def given():
        return structured(**{"dd.service": "mine", "dd.trace_id": 5})

    def no_processors():
        out = io.StringIO()
        log = structlog.wrap_logger(structlog.PrintLogger(out), processors=[])
        try:
            log.warning("text")
        except Exception as error:
            return type(error).__name__
        return out.getvalue()

    def returning_tuple():
        calls = []

        class Sink:
            def msg(self, *args, **kwargs):
                calls.append([args, sorted(kwargs)])

            warning = info = msg

        structlog.wrap_logger(Sink(), processors=[lambda logger, name, event: ((event["event"],), event)]).info("x")
        return calls

    def testing():
        with structlog.testing.capture_logs() as entries:
            structlog.get_logger().info("captured")
        return [sorted(entry) for entry in entries]

    def to_logging():
        import logging

        out = io.StringIO()
        handler = logging.StreamHandler(out)
        handler.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                processor=structlog.processors.KeyValueRenderer(sort_keys=True, drop_missing=True)
            )
        )
        inner = logging.Logger("scenario.inner")
        inner.addHandler(handler)
        log = structlog.wrap_logger(
            inner,
            processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            wrapper_class=structlog.stdlib.BoundLogger,
        )
        return written(log.warning, out.getvalue)

    result = [structured(), structured(drop), as_json(), seen(), given(), no_processors(), returning_tuple(), testing()]
    result.append(to_logging())
    structlog.reset_defaults()
    return result


@scenario(**NAMED)
def structlog_named():
    return structlog_lines()


@scenario(DD_LOGS_INJECTION="false")
def structlog_off():
    return structlog_lines()


@scenario(DD_LOGS_INJECTION="structured", **NAMED)
def structlog_structured():
    return structured()


@scenario(DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED="false", **NAMED)
def structlog_64_bits():
    return structured()


# loguru


def guru(write=None, configure=None, **options):
    from loguru import logger

    out = io.StringIO()
    logger.remove()
    if configure:
        logger.configure(**configure)
    logger.add(out, **options)
    try:
        return written(write or logger.warning, out.getvalue)
    finally:
        logger.remove()
        logger.configure(extra={}, patcher=lambda record: None)


FIELDS = "{extra[dd.trace_id]} {extra[dd.span_id]} [{extra[dd.service]}] [{extra[dd.env]}] [{extra[dd.version]}]"


def loguru_lines():
    from loguru import logger

    def serialized():
        found = []
        for line in guru(serialize=True, format="{message}"):
            record = json.loads(line)
            found.append([record["text"], record["record"]["extra"]])
        return found

    def patched(record):
        record["extra"]["mine"] = sorted(record["extra"])

    return [
        guru(format="{message} {extra}"),
        serialized(),
        guru(format="{message} {extra}", configure={"patcher": patched}),
        guru(format="{message} {extra}", configure={"extra": {"a": 1}}),
        guru(logger.bind(b=2).info, format="{message} {extra}"),
        guru(logger.patch(patched).info, format="{message} {extra}"),
        guru(lambda text: logger.bind(**{"dd.service": "mine"}).info(text), format="{message} {extra}"),
        guru(lambda text: logger.opt(colors=True).info(text + " {}", 5), format="{message} {extra}"),
    ]


@scenario(**NAMED)
def loguru_named():
    return loguru_lines() + [guru(format="{message} " + FIELDS)]


@scenario(DD_LOGS_INJECTION="false")
def loguru_off():
    return loguru_lines()


@scenario(DD_LOGS_INJECTION="structured", **NAMED)
def loguru_structured():
    return guru(format="{message} {extra}")


@scenario(DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED="false", **NAMED)
def loguru_64_bits():
    return guru(format="{message} {extra}")


@scenario(DD_TRACE_STRUCTLOG_ENABLED="false", DD_TRACE_LOGURU_ENABLED="false", DD_TRACE_LOGGING_ENABLED="false")
def integrations_off():
    return [structured(), guru(format="{message} {extra}"), record_fields()]
