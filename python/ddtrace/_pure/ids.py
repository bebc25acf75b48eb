"""Span and trace ids: SplitMix64 from a random state, which never repeats within 2**64 ids."""

import os


_MASK = (1 << 64) - 1


class Ids:
    def __init__(self, seed=None):
        self.state = int.from_bytes(os.urandom(8), "little") if seed is None else seed & _MASK

    def next(self) -> int:
        """A new id; never 0, which means "none" on the wire."""
        while True:
            self.state = z = (self.state + 0x9E3779B97F4A7C15) & _MASK
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
            z ^= z >> 31
            if z:
                return z
