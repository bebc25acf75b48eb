"""Exceptions of 3.x."""


class ConfigException(Exception):
    """A setting, or a key of a configuration, that cannot be."""


ConfigException.__module__ = "ddtrace.settings.exceptions"
