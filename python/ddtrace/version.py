"""The API level of ddtrace that this package keeps."""

__all__ = ["__version__"]

__version__ = "4.16.0"
