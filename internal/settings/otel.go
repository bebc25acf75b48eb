package settings

import (
	"fmt"
	"slices"
	"strings"
)

// maxOtelTags is how many tags OTEL_RESOURCE_ATTRIBUTES may give.
const maxOtelTags = 10

// otelText is what an OpenTelemetry variable says, in the words of the setting
// name. ok is false where it says nothing; problem then, or also, says what of it
// is not taken.
func otelText(name, variable, text string, lookup func(string) (string, bool)) (result string, ok bool, problem string) {
	ignored := func(why string) (string, bool, string) {
		return "", false, fmt.Sprintf("%s=%q is ignored: %s", variable, text, why)
	}
	switch lowered := strings.ToLower(text); variable {
	case "OTEL_SERVICE_NAME":
		return text, true, ""
	case "OTEL_LOG_LEVEL":
		if lowered == "debug" {
			return "true", true, ""
		}
		return ignored("only debug is known")
	case "OTEL_TRACES_EXPORTER":
		switch lowered {
		case "none":
			return "false", true, ""
		case "otlp":
			return "", false, ""
		}
		return ignored("traces go to the Datadog agent, only none switches them off")
	case "OTEL_SDK_DISABLED":
		switch lowered {
		case "true":
			return "false", true, ""
		case "false":
			return "true", true, ""
		}
		return ignored("it is neither true nor false")
	case "OTEL_PROPAGATORS":
		return otelStyles(variable, text)
	case "OTEL_TRACES_SAMPLER":
		return otelSampling(variable, text, lookup)
	case "OTEL_RESOURCE_ATTRIBUTES":
		return otelTags(variable, text)
	}
	return "", false, fmt.Sprintf("BUG: %s stands for %s", variable, name)
}

func otelStyles(variable, text string) (string, bool, string) {
	known := []string{"b3", "b3multi", "datadog", "none", "tracecontext"}
	var styles, unknown []string
	for _, style := range strings.Split(text, ",") {
		style = strings.ToLower(strings.TrimSpace(style))
		if !slices.Contains(known, style) {
			unknown = append(unknown, style)
		} else if !slices.Contains(styles, style) {
			styles = append(styles, style)
		}
	}
	if len(styles) == 0 {
		return "", false, fmt.Sprintf("%s=%q is ignored: it names no known style", variable, text)
	}
	problem := ""
	if len(unknown) > 0 {
		problem = fmt.Sprintf("%s=%q: %s left out, known are: %s", variable, text,
			strings.Join(unknown, ", "), strings.Join(known, ", "))
	}
	return strings.Join(styles, ","), true, problem
}

func otelSampling(variable, text string, lookup func(string) (string, bool)) (string, bool, string) {
	sampler, problem := strings.ToLower(text), ""
	switch sampler {
	case "always_on", "always_off", "traceidratio":
		sampler = "parentbased_" + sampler
		problem = fmt.Sprintf("%s=%q: the decision of a parent is kept, as by %s", variable, text, sampler)
	}
	rate := ""
	switch sampler {
	case "parentbased_always_on":
		rate = "1.0"
	case "parentbased_always_off":
		rate = "0.0"
	case "parentbased_traceidratio":
		if rate, _ = lookup("OTEL_TRACES_SAMPLER_ARG"); rate == "" {
			rate = "1"
		}
	default:
		return "", false, fmt.Sprintf("%s=%q is ignored: known are parentbased_always_on, "+
			"parentbased_always_off, parentbased_traceidratio", variable, text)
	}
	return `[{"sample_rate":` + rate + `}]`, true, problem
}

func otelTags(variable, text string) (string, bool, string) {
	type attribute struct{ key, value string }
	var attributes []attribute
	for _, pair := range strings.Split(text, ",") {
		key, value, found := strings.Cut(pair, "=")
		if !found || strings.Contains(value, "=") {
			return "", false, fmt.Sprintf("%s=%q is ignored: %q is no key=value", variable, text, pair)
		}
		a := attribute{strings.TrimSpace(key), strings.TrimSpace(value)}
		if i := slices.IndexFunc(attributes, func(b attribute) bool { return a.key == b.key }); i >= 0 {
			attributes[i] = a
			continue
		}
		attributes = append(attributes, a)
	}
	var tags []string
	// The reserved ones first; of two for one tag the later here counts.
	for _, reserved := range []struct {
		tag  string
		keys []string
	}{
		{"version", []string{"service.version"}},
		{"env", []string{"deployment.environment.name", "deployment.environment"}},
		{"service", []string{"service.name"}},
	} {
		for _, key := range reserved.keys {
			i := slices.IndexFunc(attributes, func(a attribute) bool { return strings.ToLower(a.key) == key })
			if i >= 0 {
				tags = append(tags, reserved.tag+":"+attributes[i].value)
				break
			}
		}
	}
	for _, a := range attributes {
		switch strings.ToLower(a.key) {
		case "service.version", "deployment.environment.name", "deployment.environment", "service.name":
		default:
			tags = append(tags, a.key+":"+a.value)
		}
	}
	problem := ""
	if len(tags) > maxOtelTags {
		problem = fmt.Sprintf("%s gives %d tags: %d are used, these are not: %s", variable, len(tags), maxOtelTags,
			strings.Join(tags[maxOtelTags:], ", "))
		tags = tags[:maxOtelTags]
	}
	return strings.Join(tags, ","), true, problem
}
