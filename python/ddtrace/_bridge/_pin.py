"""Pin: settings for one object alone; integrations that read it in 3.x do so with the bridge."""

from __future__ import annotations

from .._deprecation import removed
from ..contrib import _pin


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _warn(what: str) -> None:
    removed("pin", "Pin" + what)


class Pin(_pin.Pin):
    """The public Pin: each use of it warns."""

    __slots__ = ()

    def __init__(self, service: Any = None, tags: Any = None, _config: Any = None) -> None:
        _warn("(...)")
        super().__init__(service, tags, _config)

    # As static methods of 3.x: subclasses are made by clone() alone.

    @staticmethod
    def get_from(obj: Any) -> Any:
        _warn(".get_from")
        return _pin.Pin.get_from(obj)

    @classmethod
    def override(cls, obj: Any, service: Any = None, tags: Any = None) -> None:
        _warn(".override")
        if obj is not None:
            pin = _pin.Pin.get_from(obj)
            put(_of(service, tags) if pin is None else pin.clone(service, tags), obj)

    def onto(self, obj: Any, send: bool = True) -> None:
        _warn(".onto")
        put(self, obj, send)

    def remove_from(self, obj: Any) -> None:
        _warn(".remove_from")
        super().remove_from(obj)

    def clone(self, service: Any = None, tags: Any = None) -> Pin:
        # Not a warning of its own: a pin has been made, which said it.
        return _of(service or self.service, tags or dict(self.tags), dict(self._config))

    def __repr__(self) -> str:
        return "Pin(service=%s, tags=%s, tracer=%s)" % (self.service, self.tags, self.tracer)

    @property
    def _target(self) -> int:
        return id(self)

    @property
    def tracer(self) -> Any:
        from ..trace import tracer

        return tracer


def _of(service: Any, tags: Any, config: Any = None) -> Pin:
    pin = Pin.__new__(Pin)
    _pin.Pin.__init__(pin, service, tags, config)
    return pin


def put(pin: Any, obj: Any, send: bool = True) -> None:
    _pin.Pin.onto(pin, obj, send)
