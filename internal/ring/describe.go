package ring

// Description is what the writer says about its process.
type Description struct {
	Service       string `json:"service"`
	Env           string `json:"env"`
	Version       string `json:"version"`
	RuntimeID     string `json:"runtime_id"`
	LangVersion   string `json:"lang_version"`
	Interpreter   string `json:"interpreter"`
	TracerVersion string `json:"tracer_version"`
	Hostname      string `json:"hostname"`
	AgentURL      string `json:"agent_url"`
	APIVersion    string `json:"api_version"`
	ContainerID   string `json:"container_id"`
	Command       string `json:"command"`
	// PIDNamespace is the number of the namespace of the ring's pid.
	PIDNamespace string `json:"pid_namespace"`
	// RootTags are the tags that every local root of the process gets.
	RootTags map[string]string `json:"root_tags,omitempty"`
	// Settings holds the variables of CollectorSettings that are set in the
	// process, as text.
	Settings map[string]string `json:"settings,omitempty"`
}

// CollectorSettings lists the variables of a process's environment that its
// collector acts on; the process puts those that are set into its description.
func CollectorSettings() []string {
	return []string{
		// Delivery and stats.
		"DD_TRACE_PARTIAL_FLUSH_ENABLED",
		"DD_TRACE_PARTIAL_FLUSH_MIN_SPANS",
		"DD_TRACE_STATS_ADDITIONAL_TAGS",
		"DD_TRACE_STATS_ADDITIONAL_TAGS_CARDINALITY_LIMIT",
		"DD_TRACE_STATS_CARDINALITY_LIMIT",
		"DD_TRACE_STATS_COMPUTATION_ENABLED",
		"DD_TRACE_STATS_HTTP_ENDPOINT_CARDINALITY_LIMIT",
		"DD_TRACE_STATS_PEER_TAGS_CARDINALITY_LIMIT",
		"DD_TRACE_STATS_RESOURCE_CARDINALITY_LIMIT",
		"DD_TRACE_NATIVE_SPAN_EVENTS",
		"DD_TRACE_WRITER_INTERVAL_SECONDS",
		"DD_TRACE_WRITER_MAX_PAYLOAD_SIZE_BYTES",
		// Telemetry.
		"DD_INSTRUMENTATION_TELEMETRY_ENABLED",
		"DD_TELEMETRY_DEPENDENCY_COLLECTION_ENABLED",
		"DD_TELEMETRY_HEARTBEAT_INTERVAL",
		"DD_TELEMETRY_METRICS_ENABLED",
		"_DD_TELEMETRY_EXTENDED_HEARTBEAT_INTERVAL",
		// Remote configuration.
		"DD_REMOTE_CONFIGURATION_ENABLED",
		"DD_REMOTECONFIG_POLL_SECONDS",
		"DD_REMOTE_CONFIG_POLL_INTERVAL_SECONDS",
		// Runtime metrics.
		"DD_AGENT_HOST",
		"DD_DOGSTATSD_DISABLE",
		"DD_DOGSTATSD_HOST",
		"DD_DOGSTATSD_PORT",
		"DD_DOGSTATSD_URL",
		"DD_RUNTIME_METRICS_ENABLED",
		"DD_RUNTIME_METRICS_RUNTIME_ID_ENABLED",
		"DD_TAGS",
		"DD_TRACE_EXPERIMENTAL_FEATURES_ENABLED",
		"DD_TRACE_EXPERIMENTAL_RUNTIME_ID_ENABLED",
	}
}

// Counters are the writer's own counts, and the records that made no sense.
type Counters struct {
	Dropped  uint64 // spans that found the ring full
	Finished uint64 // spans finished in the process, dropped ones included
	Foreign  uint64 // spans of a parent process finished here
	Bad      uint64 // records, or damaged stretches, that were skipped
}
