"""Decides which traces are kept, by the rules of the settings.

Imported only where a rule or a limit is set: without one the core decides alone,
and keeps.
"""

import functools
import os
import threading

from . import _core
from ._config import value
from ._config import warn
from ._rate_limiter import RateLimiter
from ._rates import rate_text
from ._sampling_rules import span_rules
from ._sampling_rules import trace_rules
from .constants import _SAMPLING_DECISION_MAKER_KEY
from .constants import _SAMPLING_LIMIT_DECISION
from .constants import _SAMPLING_RULE_DECISION
from .constants import _SINGLE_SPAN_SAMPLING_MAX_PER_SEC
from .constants import _SINGLE_SPAN_SAMPLING_MECHANISM
from .constants import _SINGLE_SPAN_SAMPLING_RATE
from .constants import USER_KEEP
from .constants import USER_REJECT


_KEPT_RATE = "_dd.p.ksr"
_SPAN_RULE = 8


_sampler = None  # the one of this process, once there is a rule


def install(tracer):
    """Make the core ask the rules of the settings. What cannot be read is logged."""
    rules = trace_rules()
    singles = span_rules()
    limit = value("DD_TRACE_RATE_LIMIT")
    if not rules and limit != 100:
        warn("DD_TRACE_RATE_LIMIT=%s has no effect: it limits what matches DD_TRACE_SAMPLING_RULES", limit)
    if not rules and not singles:
        return
    sampler = _make(tracer, limit)
    if rules:
        _ask(sampler, rules)
    if singles:
        from ._filters import chunks

        sampler.singles = singles
        chunks.set_keep_alone(sampler.keep_alone)


def use(text):
    """Ask the rules of such a text instead of those of the settings; None: those again."""
    from .trace import tracer

    _ask(_sampler or _make(tracer, value("DD_TRACE_RATE_LIMIT")), trace_rules(text))


def _make(tracer, limit):
    global _sampler
    _sampler = sampler = Sampler(limit)
    os.register_at_fork(after_in_child=sampler.renew_lock)
    # A child that goes on with this trace must not decide otherwise.
    os.register_at_fork(before=functools.partial(_decide_current, tracer, sampler))
    return sampler


def _ask(sampler, rules):
    sampler.rules = rules
    _core.set_sampler(sampler if rules else None)


class Sampler:
    """Called with a local root when its trace has no decision yet."""

    def __init__(self, limit):
        self.rules = []  # of traces
        self.singles = []  # of spans
        self._limiter = RateLimiter(limit)
        self.renew_lock()

    def renew_lock(self):
        # Reentrant: a signal handler may finish spans while this thread decides.
        self._lock = threading.RLock()

    def __call__(self, root):
        context = root.context
        with self._lock:
            if context.sampling_priority is not None:
                return
            rule = self._match(root)
            if rule is None:
                return  # the agent's rates decide
            kept = rule.keeps(root)
            if kept:
                kept = self._limiter.allow()
                root._set_attribute(_SAMPLING_LIMIT_DECISION, self._limiter.effective_rate)
            root._set_attribute(_SAMPLING_RULE_DECISION, rule.rate)
            root._set_attribute(_KEPT_RATE, rate_text(rule.rate))
            priority = USER_KEEP if kept else USER_REJECT
            if not context._meta.get(_SAMPLING_DECISION_MAKER_KEY):
                context._meta[_SAMPLING_DECISION_MAKER_KEY] = "-%d" % rule.mechanism
            context.sampling_priority = priority  # last: who reads it may read the rest

    def _match(self, root):
        for rule in self.rules:
            if rule.matches(root):
                return rule
        return None

    def keep_alone(self, span):
        """Called with each span of a trace that is not kept."""
        for rule in self.singles:
            if rule.matches(span):
                with self._lock:
                    kept = rule.keeps(span)
                if kept:
                    span._set_attribute(_SINGLE_SPAN_SAMPLING_MECHANISM, _SPAN_RULE)
                    span._set_attribute(_SINGLE_SPAN_SAMPLING_RATE, rule.rate)
                    if rule.max_per_second != -1:
                        span._set_attribute(_SINGLE_SPAN_SAMPLING_MAX_PER_SEC, rule.max_per_second)
                return


def _decide_current(tracer, sampler):
    try:
        if not sampler.rules:
            return
        root = tracer.current_root_span()
        if root is not None and root.context.sampling_priority is None:
            _core.sample(root)
    except Exception:  # nothing may get in the way of a fork
        pass
