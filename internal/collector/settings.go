package collector

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"hoofprint/internal/ring"
	"hoofprint/internal/settings"
	"hoofprint/internal/span"
)

const (
	minInterval = 10 * time.Millisecond
	minPayload  = 64 << 10
)

// partialFlush is how many spans of an open trace are sent ahead; 0: none, until
// the trace takes too much of the ring.
func partialFlush(d *ring.Description) int {
	if !settings.BoolOf(d.Settings, "DD_TRACE_PARTIAL_FLUSH_ENABLED", true) {
		return 0
	}
	if n, err := strconv.Atoi(d.Settings["DD_TRACE_PARTIAL_FLUSH_MIN_SPANS"]); err == nil && n > 0 {
		return n
	}
	return partialFlushSpans
}

// nativeEvents: span events go to the agent as fields, not as the tag that the
// tracer wrote them in.
func nativeEvents(d *ring.Description) bool {
	return settings.BoolOf(d.Settings, "DD_TRACE_NATIVE_SPAN_EVENTS", false)
}

// rootTags are those of every local root, in a fixed order.
func rootTags(d *ring.Description) []span.Tag {
	tags := []span.Tag{{Key: "language", Value: "python"}}
	for _, key := range slices.Sorted(maps.Keys(d.RootTags)) {
		tags = append(tags, span.Tag{Key: key, Value: d.RootTags[key]})
	}
	return tags
}

// tune follows what a process says about the way to its agent. Of several
// processes the one with the shortest interval and the smallest payload counts.
func (s *shipper) tune(d *ring.Description) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seconds, err := strconv.ParseFloat(d.Settings["DD_TRACE_WRITER_INTERVAL_SECONDS"], 64); err == nil && seconds > 0 && seconds < 3600 {
		s.flush = min(s.flush, max(time.Duration(seconds*float64(time.Second)), minInterval))
	}
	if n, err := strconv.Atoi(d.Settings["DD_TRACE_WRITER_MAX_PAYLOAD_SIZE_BYTES"]); err == nil && n > 0 {
		s.maxBatch = min(s.maxBatch, max(n, minPayload))
	}
}

// interval is between two payloads that are not full.
func (s *shipper) interval() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flush
}
