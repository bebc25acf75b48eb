"""The API level of ddtrace that this package keeps."""

__all__ = ["__version__"]

__version__ = "4.16.0"


TYPE_CHECKING = False
if not TYPE_CHECKING:  # a type checker must see what is not there

    def __getattr__(name):
        if name.startswith("__"):  # the import system asks
            raise AttributeError(name)
        from ._removed import find

        return find(__name__, name)
