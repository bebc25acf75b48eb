package query

import (
	"testing"

	"hoofprint/internal/span"
)

func TestMatch(t *testing.T) {
	s := &span.Span{
		TraceID: span.TraceID{High: 0x6740c1e800000000, Low: 0xff}, ID: 16, Start: 1e18, Duration: 20e6,
		Name: "flask.request", Service: "web", Resource: "GET /Users", Type: "web", Error: 1,
		Tags:    []span.Tag{{Key: "env", Value: "prod"}, {Key: "http.status_code", Value: "404"}, {Key: "error.message", Value: "Boom (fast)"}, {Key: "empty", Value: ""}},
		Metrics: []span.Metric{{Key: "n", Value: 2.5}, {Key: "pid", Value: 42}},
	}
	f := func(q string, want bool) {
		t.Helper()
		e, err := Parse(q)
		if err != nil {
			t.Errorf("%s: %v", q, err)
			return
		}
		if got := Match(e, s); got != want {
			t.Errorf("Match(%s) = %v", q, got)
		}
	}
	f("", true)
	f("service:web", true)
	f("service:WEB", false)
	f("service:w?b", true)
	f("-service:web", false)
	f("service:(api OR web)", true)
	f("status:error", true)
	f("status:ok", false)
	f("env:prod @env:prod", true)
	f("version:*", false)
	f("host:*", false)
	f("version:\"\"", true)
	f("@empty:*", true)
	f("@empty:\"\"", true)
	f("@absent:\"\"", false)
	f("-@absent:*", true)
	f("@http.status_code:[400 TO 499]", true)
	f("@http.status_code:{404 TO 499]", false)
	f("@http.status_code:404", true)
	f("@http.status_code:4*", true)
	f("@env:>1", false)
	f("@n:2.5", true)
	f("@n:>2 @n:<3", true)
	f("@n:2*", true)
	f("@pid:42", true)
	f("@pid:42.0", true)
	f("@pid:*", true)
	f("duration:20ms", true)
	f("duration:>20ms", false)
	f("duration:>=20ms", true)
	f("start:<2100-01-01T00:00:00Z", true)
	f("trace_id:6740c1e80000000000000000000000ff", true)
	f("trace_id:00000000000000ff", true)
	f("trace_id:255", true)
	f("trace_id:254", false)
	f("span_id:0000000000000010", true)
	f("span_id:16", true)
	f("parent_id:*", false)
	f("users", true)
	f("\"boom (FAST\"", true)
	f("FLASK", true)
	f("prod", false)
	f("resource:GET*", true)
	f("resource:\"GET*\"", false)
	f("-*", false)
}

func TestMatchGlob(t *testing.T) {
	f := func(pattern, s string, want bool) {
		t.Helper()
		if MatchGlob(pattern, s) != want {
			t.Errorf("MatchGlob(%q, %q) = %v", pattern, s, !want)
		}
	}
	f("", "", true)
	f("", "a", false)
	f("*", "", true)
	f("a*b*c", "aXbYc", true)
	f("a*b*c", "aXbY", false)
	f("*a", "ba", true)
	f("a?c", "aéc", true)
	f("a?c", "ac", false)
	f(`a\*`, "a*", true)
	f(`a\*`, "ab", false)
	f("**b", "aab", true)
	f("a*ab", "aaab", true)
}
