package telemetry

import (
	"testing"
	"time"

	"hoofprint/internal/span"
)

// BenchmarkSpan is what telemetry costs the collector for each span.
func BenchmarkSpan(b *testing.B) {
	c := newCounters(10 * time.Second)
	s := &span.Span{Tags: []span.Tag{{Key: "runtime-id", Value: "x"}, {Key: "language", Value: "python"}, {Key: "span.kind", Value: "server"}, {Key: "component", Value: "flask"}, {Key: "http.method", Value: "GET"}}}
	for b.Loop() {
		c.span(s)
	}
}
