"""concurrent.futures: what a thread pool runs belongs to the span that was active when it was submitted.

``ThreadPoolExecutor.map`` and ``loop.run_in_executor`` submit, so they are covered.
"""

from concurrent.futures import thread

from .. import config
from . import trace_utils
from ._safe import report


config._add("futures", {})


def get_version():
    return ""


def patch():
    if not trace_utils.iswrapped(thread.ThreadPoolExecutor, "submit"):
        trace_utils.wrap(thread.ThreadPoolExecutor, "submit", _submit)


def unpatch():
    if trace_utils.iswrapped(thread.ThreadPoolExecutor, "submit"):
        trace_utils.unwrap(thread.ThreadPoolExecutor, "submit")


def _submit(submit, executor, args, kwargs):
    context = _current()
    if context is None or not args:
        return submit(*args, **kwargs)
    return submit(_run, context, *args, **kwargs)


def _current():
    """A context for one job: jobs end at different times, and each marks its own."""
    from ..trace import tracer

    try:
        context = tracer.current_trace_context()
        if context is None:
            return None
        own = context.copy(context.trace_id, context.span_id)
        own._is_remote = context._is_remote
        own._span_links = context._span_links
        own._reactivate = True  # each span of the job goes below it, not just the first
        return own
    except Exception as error:
        report("ThreadPoolExecutor.submit", error)
        return None


def _run(context, function, /, *args, **kwargs):
    from ..trace import tracer

    tracer.context_provider.activate(context)
    try:
        return function(*args, **kwargs)
    finally:
        # The thread's next job may belong to no trace.
        tracer.context_provider.activate(None)
