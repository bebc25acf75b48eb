"""Names of tags and metrics with a meaning of their own, and sampling priorities.

Names with a leading underscore are for the tracer and its integrations.
"""

ENV_KEY = "env"
VERSION_KEY = "version"
SERVICE_KEY = "service.name"
SERVICE_VERSION_KEY = "service.version"
SPAN_KIND = "span.kind"
PID = "process_id"

ERROR_MSG = "error.message"
ERROR_TYPE = "error.type"
ERROR_STACK = "error.stack"

MANUAL_KEEP_KEY = "manual.keep"
MANUAL_DROP_KEY = "manual.drop"

APPSEC_ENV = "DD_APPSEC_ENABLED"
IAST_ENV = "DD_IAST_ENABLED"

# The user's own decisions, and those of a sampler.
USER_REJECT = -1
AUTO_REJECT = 0
AUTO_KEEP = 1
USER_KEEP = 2

_SAMPLING_PRIORITY_KEY = "_sampling_priority_v1"
_SAMPLING_DECISION_MAKER_KEY = "_dd.p.dm"
_SAMPLING_AGENT_DECISION = "_dd.agent_psr"
_SAMPLING_RULE_DECISION = "_dd.rule_psr"
_SAMPLING_LIMIT_DECISION = "_dd.limit_psr"
_SINGLE_SPAN_SAMPLING_MECHANISM = "_dd.span_sampling.mechanism"
_SINGLE_SPAN_SAMPLING_RATE = "_dd.span_sampling.rule_rate"
_SINGLE_SPAN_SAMPLING_MAX_PER_SEC = "_dd.span_sampling.max_per_second"
_HIGHER_ORDER_TRACE_ID_KEY = "_dd.p.tid"
_ORIGIN_KEY = "_dd.origin"
_USER_ID_KEY = "_dd.p.usr.id"
_HOSTNAME_KEY = "_dd.hostname"
_BASE_SERVICE_KEY = "_dd.base_service"
_SERVICE_SOURCE_KEY = "_dd.svc_src"
_TOP_LEVEL_KEY = "_dd.top_level"
_SPAN_MEASURED_KEY = "_dd.measured"
_SPAN_LINKS_KEY = "_dd.span_links"
_SPAN_EVENTS_KEY = "events"
