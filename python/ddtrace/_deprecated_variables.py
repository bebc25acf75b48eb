"""Variables of the environment that ddtrace 5 will not read any more; imported where one of them is set."""

import os

from ._deprecation import deprecation
from ._deprecation import of_variable


# variable -> (change, what to do)
_VARIABLES = {
    "DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED": (
        "trace-id-128-bit-generation",
        "leave it out, trace ids of 128 bits become the only ones",
    ),
    "DD_TRACE_INFERRED_SPANS_ENABLED": (
        "inferred-spans-enabled",
        "use DD_TRACE_INFERRED_PROXY_SERVICES_ENABLED",
    ),
}


def warn() -> None:
    for name, (change, instead) in _VARIABLES.items():
        if name in os.environ:
            of_variable(change, name, deprecation(name, instead))
