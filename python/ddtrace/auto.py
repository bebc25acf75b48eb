"""``import ddtrace.auto`` traces the application: what ``ddtrace-run`` does, from code."""

from . import _runtime


_runtime.start()
