"""The agent's rates, as the core wants them."""

from __future__ import annotations

import math


def rate_text(rate: float) -> str:
    """Six decimals at most, halves rounded up, no zeros at the end."""
    return f"{math.floor(rate * 1e6 + 0.5) / 1e6:.6f}".rstrip("0").rstrip(".")


def entries(rates: dict) -> dict:
    """What the agent sent, cut to 0..1, each with its text; what is no rate is left out."""
    made = {}
    for key, rate in rates.items():
        if type(key) is str and type(rate) in (int, float) and math.isfinite(rate):
            rate = min(1.0, max(0.0, float(rate)))
            made[key] = (rate, rate_text(rate))
    return made
