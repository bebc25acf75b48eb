"""The API level of ddtrace that this package keeps."""

__all__ = ["__version__"]

__version__ = "4.16.0"


def __getattr__(name: str) -> object:
    from ._removed import missing

    raise missing(__name__, name)
