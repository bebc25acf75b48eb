"""Says what is odd about the switches of integrations; imported only where one looks odd."""

from ._environment import warn
from ._integration_config import NAMES
from ._integrations import INTEGRATIONS


# Integrations of ddtrace 4.16 that `ddtrace.config` has no settings for.
_MORE = "anyio azure_durable_functions ddtrace_api gunicorn pytest_benchmark ray_serve trio urllib webbrowser"

# What DD_TRACE_<...>_ENABLED switches besides integrations.
OTHERS = frozenset(
    """
128_BIT_TRACEID_GENERATION 128_BIT_TRACEID_LOGGING AZURE_EVENTHUBS_BATCH_LINKS AZURE_SERVICEBUS_BATCH_LINKS CLIENT_IP
EXPERIMENTAL_FEATURES EXPERIMENTAL_RUNTIME_ID GIT_METADATA GRAPHQL_RESOLVERS HEALTH_METRICS INFERRED_PROXY_SERVICES
INFERRED_SPANS MEMCACHED_COMMAND OTEL OTEL_CTX OTEL_SEMANTICS PARTIAL_FLUSH PEER_SERVICE_DEFAULTS
PROPAGATION_HTTP_BAGGAGE RAY_SUBMISSION_SPANS REMOVE_INTEGRATION_SERVICE_NAMES RESOURCE_RENAMING SAFE_INSTRUMENTATION
STATS_COMPUTATION WEBSOCKET_MESSAGES
""".split()
)


def known():
    return NAMES.union(_MORE.split(), INTEGRATIONS)


def closest(name):
    """To be appended to a complaint: which integration was meant, or nothing."""
    from difflib import get_close_matches

    close = get_close_matches(name, known(), 1)
    return ": did you mean %s?" % close[0] if close else ""


def odd(chosen, environ):
    """(integration, text, variable) of each switch that switches nothing here."""
    found = [(name, text, "DD_PATCH_MODULES") for name, text in chosen.items() if name not in INTEGRATIONS]
    for variable in environ:
        if variable.startswith("DD_TRACE_") and variable.endswith("_ENABLED"):
            name = variable[9:-8]
            if name and name not in OTHERS and name.lower() not in INTEGRATIONS:
                found.append((name.lower(), environ[variable], variable))
    return found


def complain(chosen, environ):
    """One line for each."""
    for name, text, variable in odd(chosen, environ):
        if name not in known():
            warn("%s: there is no integration %r%s", variable, name, closest(name))
        elif text.strip().lower() in ("true", "1"):
            warn("%s switches %s on, which is not traced yet", variable, name)
    for name, text in chosen.items():
        if text.lower() not in ("true", "1", "false", "0"):
            warn("DD_PATCH_MODULES: %s:%s is neither true nor false: false is used", name, text)
