"""Variables of the environment that ddtrace 5 will not read any more; imported where one of them is set."""

import os

from ._deprecation import deprecation
from ._deprecation import of_variable


# variable -> change
_VARIABLES = {
    "DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED": "trace-id-128-bit",
    "DD_TRACE_INFERRED_SPANS_ENABLED": "inferred-spans",
}


def warn() -> None:
    for name, change in _VARIABLES.items():
        if name in os.environ:
            of_variable(change, name, deprecation(change, name))
