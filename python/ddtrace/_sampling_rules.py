"""Sampling rules: what they match, and how they are read from the settings.

A rule that cannot be read costs one line in the log and is left out.
"""

import json
import re

from ._config import value
from ._config import warn
from ._rate_limiter import RateLimiter
from .propagation._headers import keeps


# Where a rule comes from: the order they are asked in, and the decision maker of each.
MECHANISMS = {"customer": 11, "dynamic": 12, "default": 3}

_TRACE_RULE_KEYS = {"sample_rate", "service", "name", "resource", "tags", "provenance", "discard"}


class Pattern:
    """A text in any case, with * for any characters and ? for one."""

    def __init__(self, glob):
        self.glob = glob.lower()
        self.only_wildcards = not self.glob.strip("*?")
        # Each part between stars is looked for in turn: no pattern can take more than
        # the product of the two lengths.
        first, *others = (re.escape(part).replace(r"\?", ".") for part in self.glob.split("*"))
        self._first = re.compile(first, re.DOTALL)
        self._middle = [re.compile(part, re.DOTALL) for part in others[:-1] if part]
        self._last = re.compile("(?:" + others[-1] + r")\Z", re.DOTALL) if others else None
        self._last_length = len(self.glob.rpartition("*")[2])

    def matches(self, text):
        text = text.lower()
        if self._last is None:
            return self._first.fullmatch(text) is not None
        found = self._first.match(text)
        for part in self._middle:
            if found is None:
                return False
            found = part.search(text, found.end())
        if found is None:
            return False
        start = len(text) - self._last_length
        return start >= found.end() and self._last.match(text, start) is not None


class TraceRule:
    """A rate for the traces whose local root it matches."""

    def __init__(self, sample_rate, service=None, name=None, resource=None, tags=None, provenance="default"):
        self.rate = min(1.0, max(0.0, float(sample_rate)))
        self.mechanism = MECHANISMS[provenance]
        self._service = None if service is None else Pattern(service)
        self._name = None if name is None else Pattern(name)
        self._resource = Pattern(resource) if resource else None
        self._tags = [(key, Pattern(str(wanted))) for key, wanted in (tags or {}).items()]

    def matches(self, root):
        return (
            (self._service is None or self._service.matches(str(root.service)))
            and (self._name is None or self._name.matches(str(root.name)))
            and (self._resource is None or self._resource.matches(str(root.resource)))
            and all(self._tag_matches(root, key, pattern) for key, pattern in self._tags)
        )

    @staticmethod
    def _tag_matches(root, key, pattern):
        found = root._get_attribute(key)
        if found is None:
            found = root.context._meta.get(key)  # tags of the whole trace, such as its origin
        if found is None:
            return False
        if not isinstance(found, str):
            # Numbers are written without a fraction; one that has a fraction is only ever "any number".
            if float(found).is_integer():
                found = str(int(found))
            elif pattern.only_wildcards:
                found = str(found)
            else:
                return False
        return pattern.matches(found)

    def keeps(self, root):
        return keeps(root._trace_id_64bits, self.rate)


class SpanRule:
    """A rate and a limit for single spans of traces that are not kept."""

    def __init__(self, service, name, sample_rate, max_per_second):
        self.rate = sample_rate + 0.0
        self.max_per_second = max_per_second
        self.limiter = RateLimiter(max_per_second)
        self._service = Pattern(service) if service else None
        self._name = Pattern(name) if name else None

    def matches(self, span):
        for pattern, text in ((self._service, span.service), (self._name, span.name)):
            if pattern is not None and (text is None or not pattern.matches(text)):
                return False
        return True

    def keeps(self, span):
        return keeps(span.span_id, self.rate) and self.limiter.allow()


def trace_rules(text=None):
    """The rules of DD_TRACE_SAMPLING_RULES, or of such a text, in the order they are asked."""
    where = "DD_TRACE_SAMPLING_RULES" if text is None else "the remote sampling rules"
    if text is None:
        text = value("DD_TRACE_SAMPLING_RULES")
    if not text:
        return []
    rules = []
    for number, given in enumerate(_read_list(where, text), 1):
        wrong = None
        if not isinstance(given, dict):
            wrong = "it is not an object"
        elif "sample_rate" not in given:
            wrong = "it has no sample_rate"
        elif not given.keys() <= _TRACE_RULE_KEYS:
            wrong = "it has unknown keys: %s" % ", ".join(sorted(given.keys() - _TRACE_RULE_KEYS))
        elif not isinstance(given.get("discard", False), bool):
            wrong = "discard is neither true nor false"
        else:
            # A rule that discards, rejects: what is not kept is not left out of what is sent here.
            given = {key: value for key, value in given.items() if key != "discard"}
            try:
                rules.append((given.get("provenance", "default"), TraceRule(**given)))
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                wrong = _why(given, error)
        if wrong:
            warn("rule %d of %s is ignored: %s", number, where, wrong)
    order = list(MECHANISMS)
    rules.sort(key=lambda pair: order.index(pair[0]))
    return [rule for _, rule in rules]


def span_rules():
    """The rules of DD_SPAN_SAMPLING_RULES; without any, those of the file."""
    path = value("DD_SPAN_SAMPLING_RULES_FILE")
    name = "DD_SPAN_SAMPLING_RULES"
    given = _read_list(name, value(name) or "[]")
    if given and path:
        warn("DD_SPAN_SAMPLING_RULES is used, not DD_SPAN_SAMPLING_RULES_FILE=%s: both are set", path)
    elif path:
        name = path
        try:
            with open(path, encoding="utf-8") as file:
                given = _read_list(path, file.read())
        except (OSError, ValueError) as error:
            warn("DD_SPAN_SAMPLING_RULES_FILE cannot be read: %s", _text(error))
    rules = []
    for number, rule in enumerate(given, 1):
        try:
            if not isinstance(rule, dict):
                raise ValueError("it is not an object")
            if not rule.get("service") and not rule.get("name"):
                raise ValueError("it has neither a service nor a name")
            rules.append(
                SpanRule(
                    rule.get("service"), rule.get("name"), rule.get("sample_rate", 1.0), rule.get("max_per_second", -1)
                )
            )
        except (AttributeError, TypeError, ValueError) as error:
            warn("rule %d of %s is ignored: %s", number, name, _why(rule, error))
    return rules


def _read_list(where, text):
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        warn("%s is ignored: it is not JSON: %s", where, _text(error))
        return []
    if not isinstance(given, list):
        warn("%s is ignored: it is not a list of rules", where)
        return []
    return given


def _why(rule, error):
    """What is wrong with a rule that could not be made."""
    if not isinstance(rule, dict):
        return str(error)
    for key in ("service", "name", "resource"):
        if rule.get(key) is not None and not isinstance(rule[key], str):
            return "its %s is %r: write a pattern, a text" % (key, rule[key])
    for key in ("sample_rate", "max_per_second"):
        if key in rule and (isinstance(rule[key], str) or not isinstance(rule[key], (int, float))):
            return "its %s is %r: write a number" % (key, rule[key])
    if rule.get("tags") and not isinstance(rule["tags"], dict):
        return "its tags are %r: write an object of tags and their patterns" % (rule["tags"],)
    if rule.get("provenance", "default") not in list(MECHANISMS):
        return "its provenance is %r: write one of %s" % (rule["provenance"], ", ".join(MECHANISMS))
    return str(error) if type(error) is ValueError else _text(error)


def _text(error):
    return "%s: %s" % (type(error).__name__, error)
