"""What a propagator has."""

from abc import ABCMeta
from abc import abstractmethod


class Propagator(metaclass=ABCMeta):
    @staticmethod
    @abstractmethod
    def inject(span_context, carrier):
        """Writes a context to a carrier."""

    @staticmethod
    @abstractmethod
    def extract(carrier):
        """The context of a carrier."""
