"""What a tracer's configuration makes of an environment: printed as JSON by the reference, asked in process of ours."""

import json
import sys


# Attributes of `ddtrace.config` about tracing.
ATTRIBUTES = """
_128_bit_trace_id_enabled _128_bit_trace_id_logging_enabled _agent_timeout_seconds _baggage_tag_keys _client_ip_header
_client_side_stats_obfuscation _data_streams_enabled _debug_mode _experimental_features_enabled
_global_query_string_obfuscation_disabled _health_metrics_enabled _http_client_tag_query_string _http_tag_query_string
_inferred_proxy_services_enabled _is_user_provided_service _logs_injection _long_running_flush_interval
_long_running_initial_flush_interval _obfuscation_query_string_pattern _otel_enabled _otel_logs_enabled
_otel_metrics_enabled _otel_stats_computation_enabled _otel_thread_context_enabled _otel_trace_enabled
_otel_trace_semantics_enabled _partial_flush_enabled _partial_flush_min_spans _propagation_as_span_links
_propagation_behavior_extract _propagation_extract_first _propagation_http_baggage_enabled _propagation_style_extract
_propagation_style_inject _query_string_obfuscation_preserve_delimiter _raise _remote_config_enabled
_remote_config_poll_interval _report_hostname _retrieve_client_ip _runtime_metrics_enabled
_runtime_metrics_runtime_id_enabled _sampling_rules _sampling_rules_file _span_traceback_max_size _startup_logs_enabled
_telemetry_dependency_collection _telemetry_enabled _telemetry_heartbeat_interval _trace_agent_url
_trace_agentless_enabled _trace_api _trace_compute_stats _trace_http_header_tags _trace_methods _trace_rate_limit
_trace_resource_renaming_always_simplified_endpoint _trace_resource_renaming_enabled
_trace_safe_instrumentation_enabled _trace_sampling_rules _trace_stats_additional_tags _trace_stats_cardinality_limits
_trace_wrap_span_name_include_class _trace_writer_buffer_size _trace_writer_connection_reuse
_trace_writer_interval_seconds _trace_writer_log_err_payload _trace_writer_payload_size _tracing_enabled
_unparsed_service_mapping _x_datadog_tags_enabled _x_datadog_tags_max_length env service service_mapping tags version
""".split()


def plain(value):
    """As JSON has it; a pattern by whether it is the default one."""
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if value != value:
        return "nan"
    if hasattr(value, "pattern"):
        text = value.pattern
        text = text.decode() if isinstance(text, bytes) else text
        return text if len(text) < 100 else "the default"
    return value


def observe(config):
    seen = {name: plain(getattr(config, name)) for name in ATTRIBUTES}
    server = config._http_server
    seen["error ranges"] = [list(pair) for pair in server.error_ranges]
    seen["error statuses"] = server.error_statuses
    seen["headers"] = dict(config._http._header_tags)
    seen["_get_service"] = config._get_service("default")
    seen["flask"] = dict(config.flask)
    seen["flask query"] = config.flask.http_tag_query_string
    config._add("requests", {"distributed_tracing": True, "_default_service": "requests", "absent": None})
    seen["requests"] = dict(config.requests)
    seen["default services"] = sorted(config._integration_default_services)
    return seen


def main():
    """For the reference: one line of JSON, or the exception that the import raised."""
    try:
        from ddtrace import config

        seen = observe(config)
        from ddtrace.trace import tracer  # noqa: F401
    except Exception as error:
        print(json.dumps({"raises": type(error).__name__}))
        return
    from ddtrace.internal.schema import SCHEMA_VERSION
    from ddtrace.internal.settings._agent import config as agent
    from ddtrace.internal.settings.peer_service import PeerServiceConfig

    seen["agent url"] = agent.trace_agent_url
    seen["schema"] = SCHEMA_VERSION
    peer = PeerServiceConfig()
    seen["peer service"] = [peer.set_defaults_enabled, peer.peer_service_mapping]
    print(json.dumps(seen))


if __name__ == "__main__":
    sys.argv = ["/srv/shop/app.py"]
    main()
