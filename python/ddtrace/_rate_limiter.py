"""A token bucket, and the share of what was asked of it that it let pass."""

import time


_WINDOW_NS = 1_000_000_000  # limits are per second


class RateLimiter:
    """Lets ``limit`` calls a second pass; 0: none, below 0: all. Not locked: its owner does that."""

    __slots__ = ("limit", "_allowed", "_asked", "_began", "_earlier_rate", "_refilled", "_tokens")

    def __init__(self, limit):
        self.limit = limit
        self._tokens = float(limit)
        self._refilled = time.monotonic_ns()
        self._began = None  # of the window that is being counted
        self._allowed = self._asked = 0
        self._earlier_rate = None

    def allow(self):
        now = time.monotonic_ns()
        allowed = self.limit < 0 or self._take(now)
        self._count(allowed, now)
        return allowed

    @property
    def effective_rate(self):
        """The share that passed: of this window, or of this and the one before it."""
        rate = self._rate()
        return rate if self._earlier_rate is None else (rate + self._earlier_rate) / 2

    def _take(self, now):
        self._tokens = self._available(now)
        self._refilled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _available(self, now):
        return min(self.limit, self._tokens + (now - self._refilled) / _WINDOW_NS * self.limit)

    def _count(self, allowed, now):
        if self._began is None:
            self._began = now
        elif now - self._began >= _WINDOW_NS:
            self._earlier_rate = self._rate()
            self._began = now
            self._allowed = self._asked = 0
        self._allowed += allowed
        self._asked += 1

    def _rate(self):
        return self._allowed / self._asked if self._asked else 1.0
