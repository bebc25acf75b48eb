"""Environments whose meaning for `ddtrace.config` is compared with the reference."""

from pathlib import Path


# Switches, all of them set to each of these texts at once.
SWITCHES = """
DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED
DD_TRACE_128_BIT_TRACEID_LOGGING_ENABLED
DD_TRACE_CLIENT_IP_ENABLED
DD_TRACE_DEBUG
DD_TRACE_EXPERIMENTAL_RUNTIME_ID_ENABLED
DD_TRACE_HEALTH_METRICS_ENABLED
DD_TRACE_INFERRED_PROXY_SERVICES_ENABLED
DD_TRACE_OTEL_CTX_ENABLED
DD_TRACE_OTEL_ENABLED
DD_TRACE_OTEL_SEMANTICS_ENABLED
DD_TRACE_PARTIAL_FLUSH_ENABLED
DD_TRACE_PROPAGATION_EXTRACT_FIRST
DD_TRACE_PROPAGATION_HTTP_BAGGAGE_ENABLED
DD_TRACE_REPORT_HOSTNAME
DD_TRACE_RESOURCE_RENAMING_ALWAYS_SIMPLIFIED_ENDPOINT
DD_TRACE_RESOURCE_RENAMING_ENABLED
DD_TRACE_STATS_COMPUTATION_ENABLED
DD_TRACE_WRAP_SPAN_NAME_INCLUDE_CLASS
DD_TRACE_WRITER_REUSE_CONNECTIONS
DD_TRACE_ENABLED
DD_TRACE_STARTUP_LOGS
DD_TELEMETRY_DEPENDENCY_COLLECTION_ENABLED
DD_REMOTE_CONFIGURATION_ENABLED
DD_RUNTIME_METRICS_ENABLED
DD_LOGS_OTEL_ENABLED
DD_METRICS_OTEL_ENABLED
DD_DATA_STREAMS_ENABLED
DD_TRACE_PEER_SERVICE_DEFAULTS_ENABLED
""".split()
TEXTS = ("true", "True", "1", " true ", "yes", "on", "false", "FALSE", "0", "no", "", "maybe")


def environments():
    """name -> the environment, the empty one first; config_cases.txt has one a line, spaces count."""
    found = {"": {}}
    for text in TEXTS:
        found["all switches = " + repr(text)] = dict.fromkeys(SWITCHES, text)
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").strip("\n").split("\n"):
        found[line] = dict(variable.split("=", 1) for variable in line.split("|"))
    return found
