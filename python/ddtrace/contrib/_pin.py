"""The pin of one object: settings that hold for it alone. Not part of the API since 4.0.

What wrappers made for 3.x are called with; libraries pass it on without looking into it.
"""

from __future__ import annotations


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ATTRIBUTE = "_datadog_pin"


class Pin:
    __slots__ = ("_config", "service", "tags")

    service: str | None
    tags: dict[str, str]

    def __init__(
        self, service: str | None = None, tags: dict[str, str] | None = None, _config: dict[str, Any] | None = None
    ) -> None:
        set_own = object.__setattr__
        set_own(self, "service", service)
        set_own(self, "tags", tags or {})
        set_own(self, "_config", _config or {})

    def __setattr__(self, name, value):
        raise AttributeError("a pin cannot be changed: use override() or clone()")

    def __repr__(self):
        return "Pin(service=%s, tags=%s)" % (self.service, self.tags)

    @staticmethod
    def get_from(obj: Any) -> Pin | None:
        """The pin of an object, or None."""
        if hasattr(obj, "__getddpin__"):
            return obj.__getddpin__()
        pin = getattr(obj, _ATTRIBUTE, None)
        return pin if isinstance(pin, Pin) else None

    @classmethod
    def _find(cls, *objects):
        """The pin of the first of these objects that has one."""
        for obj in objects:
            pin = cls.get_from(obj) if obj is not None else None
            if pin is not None:
                return pin
        return None

    @classmethod
    def override(cls, obj: Any, service: str | None = None, tags: dict[str, str] | None = None) -> None:
        """Give an object a pin like the one that it has, but for what is given here."""
        if obj is None:
            return
        pin = cls.get_from(obj)
        (pin.clone(service, tags) if pin is not None else cls(service, tags)).onto(obj)

    def enabled(self) -> bool:
        from ..trace import tracer

        return tracer.enabled

    def onto(self, obj: Any, send: bool = True) -> None:
        """Give an object this pin; one that takes no attributes stays without."""
        try:
            if send and hasattr(obj, "__setddpin__"):
                obj.__setddpin__(self)
            else:
                setattr(obj, _ATTRIBUTE, self)
        except AttributeError:
            pass

    def remove_from(self, obj: Any) -> None:
        try:
            delattr(obj, _ATTRIBUTE)
        except AttributeError:
            pass

    def clone(self, service: str | None = None, tags: dict[str, str] | None = None) -> Pin:
        return type(self)(service or self.service, tags or dict(self.tags), dict(self._config))
