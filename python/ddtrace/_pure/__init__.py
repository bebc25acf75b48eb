"""The span core in Python: the twin of the C extension `ddtrace._native`.

It has the same names, makes the same spans and writes the same bytes. It runs
where no extension fits, and tests hold the two against each other.
"""

from ddtrace._pure.span import Span
from ddtrace._pure.state import attach
from ddtrace._pure.state import detach
from ddtrace._pure.state import get_defaults
from ddtrace._pure.state import note
from ddtrace._pure.state import set_defaults
from ddtrace._pure.state import set_enabled
from ddtrace._pure.state import set_hooks
from ddtrace._pure.state import set_on_chunk
from ddtrace._pure.state import set_on_control
from ddtrace._pure.state import set_on_filling
from ddtrace._pure.state import set_opener
from ddtrace._pure.state import set_rates
from ddtrace._pure.state import set_sampler
from ddtrace._pure.state import stats
from ddtrace._pure.state import test_clock
from ddtrace._pure.state import test_ids
from ddtrace._pure.tracer import TracerBase
from ddtrace._pure.tracer import activate
from ddtrace._pure.tracer import active
from ddtrace._pure.tracer import decide
from ddtrace._pure.tracer import sample


WRITER = 2

__all__ = [
    "Span",
    "TracerBase",
    "WRITER",
    "activate",
    "active",
    "attach",
    "decide",
    "detach",
    "get_defaults",
    "note",
    "sample",
    "set_defaults",
    "set_enabled",
    "set_hooks",
    "set_on_chunk",
    "set_on_control",
    "set_on_filling",
    "set_rates",
    "set_opener",
    "set_sampler",
    "stats",
    "test_clock",
    "test_ids",
]
