"""Small programs, each using one library the way its users do.

The same scenarios run under the reference tracer (recapture.py) and under this
one (test_expected.py). A scenario may return a JSON value: what the application
itself saw, compared like the spans.
"""

REGISTRY = {}


def scenario(**env):
    """Register a function; scenarios with equal environments share a process."""

    def register(function):
        module = function.__module__.rpartition(".")[2]
        REGISTRY.setdefault(module, {})[function.__name__] = (function, env)
        return function

    return register
