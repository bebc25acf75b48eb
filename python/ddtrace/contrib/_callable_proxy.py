"""The replacement of a class or of another object that can be called, where ``wrap`` is asked for one.

Our own integrations wrap functions only. An application that wraps a class goes on to
subclass it, to ask isinstance, to read its attributes: all that is the class's still.
"""

from ._proxy import ObjectProxy


class CallableProxy(ObjectProxy):
    def __init__(self, wrapped, wrapper):
        super().__init__(wrapped)
        object.__setattr__(self, "_self_wrapper", wrapper)

    def __call__(self, *args, **kwargs):
        return self._self_wrapper(self.__wrapped__, None, args, kwargs)

    def __mro_entries__(self, bases):
        return (self.__wrapped__,)

    def __instancecheck__(self, instance):
        return isinstance(instance, self.__wrapped__)

    def __subclasscheck__(self, subclass):
        return issubclass(getattr(subclass, "__wrapped__", subclass), self.__wrapped__)
