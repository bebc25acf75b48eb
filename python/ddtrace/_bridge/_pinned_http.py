"""A pinned session of requests keeps its service where the host would be that; other clients take the host."""

from __future__ import annotations

import functools

from . import _pinned


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def attach(module: Any) -> None:
    plain = module.open_span

    @functools.wraps(plain)
    def open_span(int_config: Any, name: str, netloc: Any, resource: Any = None) -> Any:
        pin = _pinned.current.get()
        if pin is not None and pin.service and int_config.integration_name == "requests":
            netloc = None
        return plain(int_config, name, netloc, resource)

    module.open_span = open_span
