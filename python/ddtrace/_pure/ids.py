"""Span and trace ids: SplitMix64 from a random state, which never repeats within 2**64 ids."""

import itertools
import os


_MASK = (1 << 64) - 1


class Ids:
    def __init__(self, seed=None):
        self._seed = int.from_bytes(os.urandom(8), "little") if seed is None else seed & _MASK
        # One step of it is one operation, which neither a thread nor a signal handler can divide.
        self._step = itertools.count(1).__next__

    def next(self) -> int:
        """A new id; never 0, which means "none" on the wire."""
        while True:
            z = self._seed + self._step() * 0x9E3779B97F4A7C15 & _MASK
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
            z ^= z >> 31
            if z:
                return z
