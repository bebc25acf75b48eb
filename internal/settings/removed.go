package settings

import "strings"

// removed are settings of older versions of ddtrace that version 4 does not read,
// with what takes their place.
var removed = map[string]string{
	"DATADOG_ENV":                                      "set DD_ENV",
	"DATADOG_PATCH_MODULES":                            "set DD_PATCH_MODULES",
	"DATADOG_PRIORITY_SAMPLING":                        "priority sampling is always on",
	"DATADOG_SERVICE_NAME":                             "set DD_SERVICE",
	"DATADOG_TAGS":                                     "set DD_TAGS",
	"DATADOG_TRACE_AGENT_HOSTNAME":                     "set DD_AGENT_HOST",
	"DATADOG_TRACE_AGENT_PORT":                         "set DD_TRACE_AGENT_PORT",
	"DATADOG_TRACE_DEBUG":                              "set DD_TRACE_DEBUG",
	"DATADOG_TRACE_ENABLED":                            "set DD_TRACE_ENABLED",
	"DD_ANALYTICS_ENABLED":                             "App Analytics is gone; set DD_TRACE_SAMPLING_RULES to keep more",
	"DD_AWS_TAG_ALL_PARAMS":                            "parameters are tagged unless DD_AWS_TAG_NO_PARAMS=true",
	"DD_CALL_BASIC_CONFIG":                             "configure logging in the application",
	"DD_DYNAMIC_INSTRUMENTATION_UPLOAD_FLUSH_INTERVAL": "set DD_DYNAMIC_INSTRUMENTATION_UPLOAD_INTERVAL_SECONDS",
	"DD_EXCEPTION_DEBUGGING_ENABLED":                   "set DD_EXCEPTION_REPLAY_ENABLED",
	"DD_GEVENT_PATCH_ALL":                              "call gevent.monkey.patch_all() first in the application",
	"DD_HTTP_CLIENT_TAG_QUERY_STRING":                  "set DD_TRACE_HTTP_CLIENT_TAG_QUERY_STRING",
	"DD_LLMOBS_APP_NAME":                               "set DD_LLMOBS_ML_APP",
	"DD_LOGGING_RATE_LIMIT":                            "set DD_TRACE_LOGGING_RATE",
	"DD_PRIORITY_SAMPLING":                             "priority sampling is always on",
	"DD_PROFILING_STACK_V2_ENABLED":                    "it is the only stack sampler now",
	"DD_SERVICE_NAME":                                  "set DD_SERVICE",
	"DD_TRACE_ANALYTICS_ENABLED":                       "App Analytics is gone; set DD_TRACE_SAMPLING_RULES to keep more",
	"DD_TRACE_OBFUSCATION_QUERY_STRING_PATTERN":        "set DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP",
	"DD_TRACE_SAMPLE_RATE":                             `set DD_TRACE_SAMPLING_RULES='[{"sample_rate":0.5}]'`,
}

// Removed tells what takes the place of a setting that version 4 does not read.
func Removed(name string) (instead string, ok bool) {
	if instead, ok := removed[name]; ok {
		return instead, true
	}
	if strings.HasPrefix(name, "DD_") &&
		(strings.HasSuffix(name, "_ANALYTICS_ENABLED") || strings.HasSuffix(name, "_ANALYTICS_SAMPLE_RATE")) {
		return removed["DD_ANALYTICS_ENABLED"], true
	}
	return "", false
}
