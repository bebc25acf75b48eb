"""Removed in ddtrace 4.0: importing it says what to use instead."""

from ._removed import module_gone


raise module_gone(__name__)
