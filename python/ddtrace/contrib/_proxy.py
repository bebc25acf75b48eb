"""A transparent proxy around an object, for the public classes that ddtrace makes proxies of.

Our own integrations never use it: they wrap in place (docs/decisions).
"""

from __future__ import annotations

import operator


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ObjectProxy:
    """Everything is the wrapped object's, but for what a subclass defines and names that begin with ``_self_``."""

    __slots__ = ("__dict__", "__weakref__", "__wrapped__")

    __wrapped__: Any

    def __init__(self, wrapped: Any) -> None:
        object.__setattr__(self, "__wrapped__", wrapped)

    @property
    def __class__(self):
        return self.__wrapped__.__class__

    def __getattr__(self, name: str) -> Any:
        if name == "__wrapped__":
            raise ValueError("the wrapper has not been initialised: call its __init__")
        return getattr(self.__wrapped__, name)

    def __setattr__(self, name, value):
        if name == "__wrapped__" or name.startswith("_self_") or hasattr(type(self), name):
            object.__setattr__(self, name, value)
        else:
            setattr(self.__wrapped__, name, value)

    def __delattr__(self, name):
        if name.startswith("_self_") or hasattr(type(self), name):
            object.__delattr__(self, name)
        else:
            delattr(self.__wrapped__, name)

    def __dir__(self):
        return dir(self.__wrapped__)

    def __repr__(self):
        wrapped = self.__wrapped__
        return "<%s at 0x%x for %s at 0x%x>" % (type(self).__name__, id(self), type(wrapped).__name__, id(wrapped))

    def __hash__(self):
        return hash(self.__wrapped__)

    def __iter__(self) -> Any:
        return iter(self.__wrapped__)

    def __enter__(self) -> Any:
        return self.__wrapped__.__enter__()

    def __exit__(self, *exc_info: Any) -> Any:
        return self.__wrapped__.__exit__(*exc_info)

    async def __aenter__(self) -> Any:
        return await self.__wrapped__.__aenter__()

    async def __aexit__(self, *exc_info: Any) -> Any:
        return await self.__wrapped__.__aexit__(*exc_info)

    def __copy__(self):
        raise NotImplementedError("a proxy of a connection or a cursor cannot be copied")

    def __deepcopy__(self, memo):
        raise NotImplementedError("a proxy of a connection or a cursor cannot be copied")

    def __reduce_ex__(self, protocol):
        raise NotImplementedError("a proxy of a connection or a cursor cannot be pickled")


def _delegate(name, function):
    def method(self, *args):
        return function(self.__wrapped__, *args)

    method.__name__ = name
    method.__qualname__ = "ObjectProxy." + name
    setattr(ObjectProxy, name, method)


for _name, _function in (
    ("__str__", str),
    ("__bytes__", bytes),
    ("__bool__", bool),
    ("__len__", len),
    ("__contains__", operator.contains),
    ("__getitem__", operator.getitem),
    ("__setitem__", operator.setitem),
    ("__delitem__", operator.delitem),
    ("__eq__", operator.eq),
    ("__ne__", operator.ne),
    ("__lt__", operator.lt),
    ("__le__", operator.le),
    ("__gt__", operator.gt),
    ("__ge__", operator.ge),
):
    _delegate(_name, _function)
