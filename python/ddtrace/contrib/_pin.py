"""The pin of one object: settings that hold for it alone. Not part of the API since 4.0.

What wrappers made for 3.x are called with; libraries pass it on without looking into it.
"""

_ATTRIBUTE = "_datadog_pin"


class Pin:
    def __init__(self, service=None, tags=None, _config=None):
        self.service = service
        self.tags = tags or {}
        self._config = _config or {}

    def __repr__(self):
        return "Pin(service=%s, tags=%s)" % (self.service, self.tags)

    @staticmethod
    def get_from(target):
        """The pin of an object, or None."""
        try:
            return target.__getddpin__()
        except AttributeError:
            pass
        pin = getattr(target, _ATTRIBUTE, None)
        return pin if isinstance(pin, Pin) else None

    @classmethod
    def _find(cls, *targets):
        """The pin of the first of these objects that has one."""
        for target in targets:
            if target is not None:
                pin = cls.get_from(target)
                if pin is not None:
                    return pin
        return None

    def onto(self, target):
        """Give an object this pin; one that takes no attributes stays without."""
        try:
            setter = getattr(target, "__setddpin__", None)
            if setter is not None:
                setter(self)
            else:
                setattr(target, _ATTRIBUTE, self)
        except AttributeError:
            pass

    def remove_from(self, target):
        try:
            delattr(target, _ATTRIBUTE)
        except AttributeError:
            pass

    def clone(self, service=None, tags=None):
        return type(self)(service or self.service, tags or dict(self.tags), dict(self._config))
