"""Run by Python's ``site`` in every interpreter that ``ddtrace-run`` starts.

Starts tracing, then gives way to the ``sitecustomize`` that Python would have run
without us. uWSGI users import this module as ``ddtrace.bootstrap.sitecustomize``.
"""

import os
import sys


loaded = False


def _import_ddtrace():
    """Import the package that this file belongs to, installed in this interpreter or not."""
    package_root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.path.insert(0, package_root)
    try:
        import ddtrace  # noqa: F401
    finally:
        # The package stays importable through its __path__; its neighbours do not become so.
        sys.path.remove(package_root)


def _run_the_other_sitecustomize():
    here = os.path.dirname(os.path.abspath(__file__))
    ours = sys.modules.pop("sitecustomize")
    kept = list(sys.path)
    sys.path[:] = [entry for entry in kept if os.path.abspath(entry) != here]
    without_us = list(sys.path)
    try:
        import sitecustomize  # noqa: F401
    except ImportError as error:
        if getattr(error, "name", None) != "sitecustomize":
            raise
    finally:
        sys.modules.setdefault("sitecustomize", ours)
        if sys.path == without_us:
            sys.path[:] = kept  # child processes built from sys.path are traced too
        else:
            sys.path.insert(0, here)


try:
    if __name__ == "sitecustomize":
        _import_ddtrace()
    from ddtrace import _runtime

    _runtime.start()
    loaded = True
except Exception as error:
    sys.stderr.write("ddtrace: tracing could not be started: %s: %s\n" % (type(error).__name__, error))

if __name__ == "sitecustomize":
    _run_the_other_sitecustomize()
