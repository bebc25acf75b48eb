package settings

import "strings"

// Groups are the areas that settings are shown by, in that order.
var Groups = []string{
	"service and tags", "tracing", "propagation", "sampling", "HTTP", "agent and delivery", "telemetry and metrics",
	"logs", "OpenTelemetry", "integrations",
}

// groupOf finds a name's area by the first of these that it contains.
var groupOf = []struct{ part, group string }{
	{"OTEL", "OpenTelemetry"},
	{"TELEMETRY", "telemetry and metrics"},
	{"METRICS", "telemetry and metrics"},
	{"DOGSTATSD", "telemetry and metrics"},
	{"SAMPL", "sampling"},
	{"RATE_LIMIT", "sampling"},
	{"PROPAGATION", "propagation"},
	{"BAGGAGE", "propagation"},
	{"X_DATADOG_TAGS", "propagation"},
	{"128_BIT", "propagation"},
	{"HTTP", "HTTP"},
	{"HEADER", "HTTP"},
	{"CLIENT_IP", "HTTP"},
	{"QUERY_STRING", "HTTP"},
	{"AGENT", "agent and delivery"},
	{"WRITER", "agent and delivery"},
	{"PARTIAL_FLUSH", "agent and delivery"},
	{"STATS", "agent and delivery"},
	{"API_VERSION", "agent and delivery"},
	{"REMOTE_CONFIG", "agent and delivery"},
	{"RING_SIZE", "agent and delivery"},
	{"HOOFPRINT_", "agent and delivery"},
	{"LOG", "logs"},
	{"DEBUG", "logs"},
	{"SERVICE", "service and tags"},
	{"DD_ENV", "service and tags"},
	{"DD_VERSION", "service and tags"},
	{"DD_TAGS", "service and tags"},
	{"HOSTNAME", "service and tags"},
	{"PROCESS_TAGS", "service and tags"},
	{"ATTRIBUTE_SCHEMA", "service and tags"},
}

// Group is the area that the setting is shown in.
func (s Setting) Group() string {
	if s.Integration != "" {
		return "integrations"
	}
	for _, g := range groupOf {
		if strings.Contains(s.Name, g.part) {
			return g.group
		}
	}
	return "tracing"
}
