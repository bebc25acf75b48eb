package api

import (
	"testing"
	"time"

	"hoofprint/internal/span"
)

func TestSpansWithoutAProcessIDAreNoFurtherClient(t *testing.T) {
	payload := func(metrics ...span.Metric) span.Payload {
		return span.Payload{Chunks: []span.Chunk{{Spans: []span.Span{{ID: 1, Service: "web", Metrics: metrics}}}}}
	}
	var clients RingClients
	start := time.Unix(1000, 0)
	clients.Saw(payload(span.Metric{Key: "process_id", Value: 17}), start)
	clients.Saw(payload(), start.Add(time.Second))
	list := clients.List()
	if len(list) != 1 || list[0].PID != 17 || list[0].LastSeen != start.Add(time.Second).UnixNano() {
		t.Errorf("clients: %+v", list)
	}
	clients.Saw(payload(span.Metric{Key: "process_id", Value: 18}), start)
	if list := clients.List(); len(list) != 2 {
		t.Errorf("clients: %+v", list)
	}
}
