package wiretest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hoofprint/internal/span"
)

// SameChunk fails the test unless both chunks hold the same; the order of tags,
// metrics and structs does not matter.
func SameChunk(t testing.TB, got, want span.Chunk) {
	t.Helper()
	if got.Priority != want.Priority || got.Origin != want.Origin || len(got.Spans) != len(want.Spans) {
		t.Fatalf("chunk of %d spans, priority %d, origin %q; want %d, %d, %q", len(got.Spans), got.Priority, got.Origin,
			len(want.Spans), want.Priority, want.Origin)
	}
	for i := range want.Spans {
		g, w := sorted(got.Spans[i]), sorted(want.Spans[i])
		if !reflect.DeepEqual(g, w) {
			t.Fatalf("span %d:\n got %s\nwant %s", i, text(g), text(w))
		}
	}
}

// sorted is a copy with keys in order and empty lists nil.
func sorted(s span.Span) span.Span {
	s.Tags = order(s.Tags, func(t span.Tag) string { return t.Key })
	s.Metrics = order(s.Metrics, func(m span.Metric) string { return m.Key })
	s.Structs = order(s.Structs, func(m span.Struct) string { return m.Key })
	s.Links = append([]span.Link(nil), s.Links...)
	for i := range s.Links {
		s.Links[i].Attributes = order(s.Links[i].Attributes, func(t span.Tag) string { return t.Key })
	}
	s.Events = append([]span.Event(nil), s.Events...)
	for i := range s.Events {
		s.Events[i].Attributes = order(s.Events[i].Attributes, func(a span.Attribute) string { return a.Key })
	}
	return s
}

func order[T any](list []T, key func(T) string) []T {
	list = append([]T(nil), list...)
	slices.SortFunc(list, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	return list
}

func text(s span.Span) string {
	b, err := json.Marshal(s)
	if err != nil {
		return fmt.Sprintf("%+v", s)
	}
	return string(b)
}

// TenTags makes one chunk of n spans with ten tags and two metrics each, for benchmarks.
func TenTags(n int) []span.Chunk {
	spans := make([]span.Span, n)
	for i := range spans {
		s := span.Span{TraceID: span.TraceID{High: 0x6740c1e800000000, Low: 99}, ID: uint64(i) + 0x4f1c09be77a2d310,
			Start: 1_700_000_000_000_000_000 + int64(i), Duration: 1_234_567, Name: "flask.request", Service: "web",
			Resource: fmt.Sprintf("GET /orders/%d", i%20), Type: "web"}
		if i > 0 {
			s.ParentID = spans[0].ID
		}
		s.Tags = []span.Tag{
			{Key: "runtime-id", Value: "7f2c1d3e4b5a46978899aabbccddeeff"}, {Key: "component", Value: "flask"},
			{Key: "span.kind", Value: "server"}, {Key: "env", Value: "prod"}, {Key: "version", Value: "1.2.3"},
			{Key: "http.method", Value: "GET"}, {Key: "http.status_code", Value: "200"}, {Key: "language", Value: "python"},
			{Key: "http.url", Value: fmt.Sprintf("http://localhost:8000/orders/%d", i)},
			{Key: "flask.url_rule", Value: "/orders/<int:id>"},
		}
		s.Metrics = []span.Metric{{Key: "_dd.measured", Value: 1}, {Key: "process_id", Value: 12345}}
		spans[i] = s
	}
	return []span.Chunk{{Priority: span.PriorityNone, Spans: spans}}
}
