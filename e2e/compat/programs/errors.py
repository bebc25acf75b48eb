"""Exceptions, error tags, recorded exceptions."""

import sys

from ddtrace.trace import tracer


class Broken(Exception):
    pass


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def raised():
    try:
        with tracer.trace("root"):
            with tracer.trace("child"):
                raise Broken("it broke")
    except Broken:
        pass


def caught_inside():
    with tracer.trace("root"):
        try:
            with tracer.trace("child"):
                raise ValueError("bad value: \u00e9\U0001f40e")
        except ValueError:
            pass


def chained():
    try:
        with tracer.trace("root"):
            try:
                raise KeyError("inner")
            except KeyError as error:
                raise Broken("outer") from error
    except Broken:
        pass


def exc_info():
    span = tracer.trace("root")
    try:
        raise Broken("kept")
    except Broken:
        span.set_exc_info(*sys.exc_info())
    span.finish()


def traceback():
    with tracer.trace("root") as span:
        try:
            raise Broken("handled")
        except Broken:
            span.set_traceback()


def manual_error():
    with tracer.trace("root") as span:
        span.error = 1
        span.set_tag("error.message", "said by hand")
        span.set_tag("error.type", "manual.Type")


def error_tag():
    with tracer.trace("root") as span:
        span.set_tag("error", True)
    with tracer.trace("root2") as span:
        span.set_tag("error", 0)


def record_exception():
    with tracer.trace("root") as span:
        try:
            raise Broken("recorded")
        except Broken as error:
            span.record_exception(error, attributes={"where": "here", "tries": 3, "ok": False, "list": [1, 2]})


def unprintable():
    try:
        with tracer.trace("root"):
            raise Unprintable()
    except Unprintable:
        pass


def system_exit():
    try:
        with tracer.trace("root"):
            raise SystemExit(3)
    except SystemExit:
        pass


def zero_exit():
    try:
        with tracer.trace("root"):
            raise SystemExit(0)
    except SystemExit:
        pass


def interrupted():
    try:
        with tracer.trace("root"):
            raise KeyboardInterrupt()
    except KeyboardInterrupt:
        pass


def generator_exit():
    def generate():
        with tracer.trace("in.generator"):
            yield 1

    generator = generate()
    with tracer.trace("outer"):
        next(generator)
        generator.close()


PROGRAMS = {
    "raised": (raised, {}),
    "caught_inside": (caught_inside, {}),
    "chained": (chained, {}),
    "exc_info": (exc_info, {}),
    "traceback": (traceback, {}),
    "manual_error": (manual_error, {}),
    "error_tag": (error_tag, {}),
    "record_exception": (record_exception, {}),
    "unprintable": (unprintable, {}),
    "system_exit": (system_exit, {}),
    "zero_exit": (zero_exit, {}),
    "interrupted": (interrupted, {}),
    "generator_exit": (generator_exit, {}),
}
