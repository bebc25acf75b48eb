package settings

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
)

// expected is what python/tests/runtime/recapture_config.py saw of the reference.
type expected map[string]struct {
	Seen map[string]any
	Logs *bool
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// TestResolveLikeTheReference compares what --info shows with what the
// reference's config has in the same environment.
func TestResolveLikeTheReference(t *testing.T) {
	var facts expected
	readJSON(t, "../../python/tests/runtime/config_expected.json", &facts)
	var registry struct {
		Settings []struct{ Name, Type, Attribute string }
	}
	readJSON(t, "../../settings/registry.json", &registry)
	compared := 0
	for line, fact := range facts {
		if _, raises := fact.Seen["raises"]; raises || strings.HasPrefix(line, "all switches") {
			continue
		}
		lookup := lookupIn(environmentOf(line))
		for _, s := range registry.Settings {
			want, ok := fact.Seen[s.Attribute]
			if !ok {
				want, ok = facts[""].Seen[s.Attribute]
			}
			if !ok || s.Attribute == "" || differs(s.Name, line) {
				continue
			}
			setting, _ := Lookup(s.Name)
			got := setting.Resolve(lookup)
			if wrong := compare(s.Type, got.Text, want); wrong {
				t.Errorf("%q: %s is %q, the reference has %v", line, s.Name, got.Text, want)
			}
			compared++
		}
	}
	if compared < 10_000 {
		t.Errorf("only %d values were compared", compared)
	}
}

func environmentOf(line string) map[string]string {
	environment := map[string]string{}
	if line == "" {
		return environment
	}
	for _, variable := range strings.Split(line, "|") {
		name, text, _ := strings.Cut(variable, "=")
		environment[name] = text
	}
	return environment
}

// differs leaves out what is not one text there, and what is decided to differ:
// test_config_reference.py and docs/compatibility.md have the reasons.
func differs(name, line string) bool {
	switch name {
	case "DD_TRACE_STATS_COMPUTATION_ENABLED", // the attribute and the behaviour differ in the reference itself
		"DD_TRACE_API_VERSION", "DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP", "DD_TRACE_BAGGAGE_TAG_KEYS",
		"DD_TRACE_PROPAGATION_AS_SPAN_LINKS", "DD_TRACE_EXPERIMENTAL_FEATURES_ENABLED",
		"DD_TRACE_HTTP_CLIENT_TAG_QUERY_STRING", "DD_TRACE_STATS_ADDITIONAL_TAGS",
		"DD_TRACE_PROPAGATION_BEHAVIOR_EXTRACT":
		return true
	case "DD_TRACE_PROPAGATION_STYLE_EXTRACT":
		return strings.HasPrefix(line, "DD_TRACE_PROPAGATION_BEHAVIOR")
	case "DD_REMOTE_CONFIGURATION_ENABLED":
		return strings.HasPrefix(line, "AWS_LAMBDA")
	}
	return strings.HasSuffix(line, "=-3") || strings.HasSuffix(line, "=nan")
}

func compare(kind, got string, want any) (wrong bool) {
	switch want := want.(type) {
	case nil:
		return got != "" && Bool(got)
	case bool:
		return Bool(got) != want
	case float64:
		number, err := strconv.ParseFloat(strings.TrimSpace(got), 64)
		return err != nil || number != want
	case string:
		return got != want
	case []any:
		var texts []string
		for _, item := range want {
			texts = append(texts, item.(string))
		}
		var mine []string
		for _, item := range strings.Split(got, ",") {
			if item = strings.ToLower(strings.TrimSpace(item)); item != "" && item != "none" {
				mine = append(mine, item)
			}
		}
		return strings.Join(mine, ",") != strings.Join(texts, ",")
	}
	return false // maps are read by the process
}

func TestProblemsAreSaid(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		var problems []string
		for _, s := range All() {
			if problem := s.Resolve(lookupIn(environmentOf(line))).Problem; problem != "" {
				problems = append(problems, problem)
			}
		}
		if got := strings.Join(problems, "\n"); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q in it", line, got, want)
		}
	}
	f("DD_TRACE_ENABLED=maybe", `DD_TRACE_ENABLED="maybe" is neither true nor false: false is used`)
	f("DD_TRACE_ENABLED=TRUE", "")
	f("DD_TRACE_FLASK_ENABLED=yes", "false is used")
	f("DD_TAGS=garbage", `"garbage", which is no key:value`)
	f("DD_TAGS=a:b,c:d", "")
	f("DD_TAGS=:b", "without a key")
	f("DD_SERVICE=", "is empty")
	f("DD_TRACE_RING_SIZE=100000", "the power of two 131072 is used")
	f("DD_TRACE_RING_SIZE=65536", "")
	f("DD_TRACE_RING_SIZE=99999999999", "1073741824 is used")
	f("DD_TRACE_HTTP_SERVER_ERROR_STATUSES=404,oops", `ignored: "oops"`)
	f("DD_TRACE_HTTP_SERVER_ERROR_STATUSES=404,500-599", "")
	f("DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP=(", "missing closing )")
	f("DD_TRACE_OBFUSCATION_QUERY_STRING_REGEXP=(?<=a)b", "")
	f("DD_TRACE_PROPAGATION_STYLE=zipkin,b3", "left out: zipkin")
	f("DD_TRACE_PROPAGATION_STYLE=b3 single header", "b3 is what was b3 single header")
	f("DD_TRACE_SAMPLING_RULES=not json", "no JSON list of rules")
	f(`DD_TRACE_SAMPLING_RULES=[{"sample_rate":2}]`, "above 1, 2: 1 is used")
	f(`DD_TRACE_SAMPLING_RULES=[{"service":"a"}]`, "has no sample_rate")
	f(`DD_TRACE_SAMPLING_RULES=[{"sample_rate":0.5}]`, "")
	f(`DD_TRACE_SAMPLING_RULES=[{"sample_rate":1,"nme":"a"}]`, "unknown key, nme")
	f(`DD_TRACE_SAMPLING_RULES=[{"sample_rate":1,"name":5}]`, "a name that is no text, 5")
	f("DD_TRACE_SAMPLING_RULES=[1]", "no object")
	f("DD_TRACE_SAMPLING_RULES=[null]", "no object")
	f(`DD_SPAN_SAMPLING_RULES=[{"sample_rate":1}]`, "neither a service nor a name")
	f("DD_SPAN_SAMPLING_RULES_FILE=/none", "no such file")
	f("DD_TRACE_AGENT_URL=localhost:8126", "begins with none of")
	f("DD_TRACE_AGENT_URL=unix:///a", "")
	f("DD_TRACE_AGENT_PORT=70000", "not a port")
	f("DD_TRACE_AGENT_TIMEOUT_SECONDS=nan", "is less than 0: 2.0 is used")
	f("DD_TRACE_SPAN_ATTRIBUTE_SCHEMA=v3", "is not one of v0, v1: v0 is used")
	f("OTEL_LOG_LEVEL=warn", "is ignored: only debug is known")
	f("OTEL_TRACES_EXPORTER=jaeger", "is ignored")
	f("OTEL_RESOURCE_ATTRIBUTES=a", "no key=value")
	f("OTEL_SERVICE_NAME=x", "")
}
