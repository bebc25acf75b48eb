"""Removed in ddtrace 4.0: importing it says what to use instead; with DD_V3_BRIDGE it is what it was."""

from ._removed import keep


TYPE_CHECKING = False
if not TYPE_CHECKING:
    __path__ = keep(__name__)
    from .settings._names import __getattr__  # noqa: F401
