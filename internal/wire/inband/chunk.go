// Package inband knows the facts that the v0.4 and v0.5 protocols carry as tags
// of spans because their formats have no place for them: the upper half of the
// trace id, the sampling priority and the origin of a chunk, and, as JSON, span
// links and events.
package inband

import (
	"math"
	"strconv"

	"hoofprint/internal/span"
)

// Read fills what a freshly decoded chunk carries in its spans.
//
// Moved: _dd.p.tid, from the tags into the TraceID of every span of the chunk
// (a span that brings another value of its own keeps that one, so that a chunk of
// mixed traces can be told); _dd.span_links and events, if they parse, into Links
// and Events. Copied, so that searches still find them: _sampling_priority_v1
// into Priority and _dd.origin into Origin, the root's value before the first
// span's that has one.
func Read(c *span.Chunk) {
	c.Priority, c.Origin = span.PriorityNone, ""
	if len(c.Spans) == 0 {
		return
	}
	var high uint64
	for i := range c.Spans {
		s := &c.Spans[i]
		if own := takeHigh(s); own != 0 {
			s.TraceID.High = own
			if high == 0 {
				high = own
			}
		}
		readLinks(s)
		ReadEvents(s)
	}
	if high != 0 {
		for i := range c.Spans {
			if c.Spans[i].TraceID.High == 0 {
				c.Spans[i].TraceID.High = high
			}
		}
	}
	root := Root(c.Spans)
	c.Priority = priorityOf(c.Spans, root)
	c.Origin = originOf(c.Spans, root)
}

// Root is the index of the root of a chunk: the last span without a parent, else
// the first whose parent is not in the chunk, else the last. It is -1 for none.
func Root(spans []span.Span) int {
	for i := len(spans) - 1; i >= 0; i-- {
		if spans[i].ParentID == 0 {
			return i
		}
	}
	if len(spans) < 2 {
		return len(spans) - 1
	}
	ids := make(map[uint64]struct{}, len(spans))
	for i := range spans {
		ids[spans[i].ID] = struct{}{}
	}
	for i := range spans {
		if _, ok := ids[spans[i].ParentID]; !ok {
			return i
		}
	}
	return len(spans) - 1
}

// takeHigh removes a well-formed _dd.p.tid and returns it; anything else stays a tag.
func takeHigh(s *span.Span) uint64 {
	text, ok := s.Tag(span.KeyTraceIDHigh)
	if !ok || len(text) != 16 {
		return 0
	}
	high, err := strconv.ParseUint(text, 16, 64)
	if err != nil || high == 0 {
		return 0
	}
	s.DeleteTag(span.KeyTraceIDHigh)
	return high
}

func priorityOf(spans []span.Span, root int) int8 {
	value, ok := spans[root].Metric(span.KeySamplingPriority)
	for i := 0; i < len(spans) && !ok; i++ {
		value, ok = spans[i].Metric(span.KeySamplingPriority)
	}
	if !ok || math.IsNaN(value) || value <= math.MinInt8 || value > math.MaxInt8 {
		return span.PriorityNone
	}
	return int8(value)
}

func originOf(spans []span.Span, root int) string {
	value, ok := spans[root].Tag(span.KeyOrigin)
	for i := 0; i < len(spans) && !ok; i++ {
		value, ok = spans[i].Tag(span.KeyOrigin)
	}
	return value
}

// Facts are what a chunk needs written beside the tags its spans already have.
type Facts struct {
	high        string // "" for none; on the first span
	root        int
	origin      string
	hasOrigin   bool
	priority    float64
	hasPriority bool
}

// Write works out the facts of a chunk, so that Read gives the chunk back.
func Write(c *span.Chunk) Facts {
	f := Facts{root: -1}
	if len(c.Spans) == 0 {
		return f
	}
	if high := c.Spans[0].TraceID.High; high != 0 {
		var b [16]byte
		for i := range b {
			b[i] = "0123456789abcdef"[high>>(60-4*i)&15]
		}
		f.high = string(b[:])
	}
	f.root = Root(c.Spans)
	if c.Priority != span.PriorityNone && priorityOf(c.Spans, f.root) != c.Priority {
		f.priority, f.hasPriority = float64(c.Priority), true
	}
	if c.Origin != "" && originOf(c.Spans, f.root) != c.Origin {
		f.origin, f.hasOrigin = c.Origin, true
	}
	return f
}

// Tags appends to dst the tags that span i gets, in place of its own of the same keys.
func (f *Facts) Tags(dst []span.Tag, i int) []span.Tag {
	if i == 0 && f.high != "" {
		dst = append(dst, span.Tag{Key: span.KeyTraceIDHigh, Value: f.high})
	}
	if i == f.root && f.hasOrigin {
		dst = append(dst, span.Tag{Key: span.KeyOrigin, Value: f.origin})
	}
	return dst
}

// Metrics appends to dst the metrics that span i gets, in place of its own of the
// same keys.
func (f *Facts) Metrics(dst []span.Metric, i int) []span.Metric {
	if i == f.root && f.hasPriority {
		dst = append(dst, span.Metric{Key: span.KeySamplingPriority, Value: f.priority})
	}
	return dst
}

// OwnTags counts the tags of a span that none of the added ones replaces.
func OwnTags(own, added []span.Tag) int {
	n := len(own)
	for i := range added {
		if HasTag(own, added[i].Key) {
			n--
		}
	}
	return n
}

// OwnMetrics counts the metrics of a span that none of the added ones replaces.
func OwnMetrics(own, added []span.Metric) int {
	n := len(own)
	for i := range added {
		if HasMetric(own, added[i].Key) {
			n--
		}
	}
	return n
}

// HasTag tells whether a list holds a key.
func HasTag(tags []span.Tag, key string) bool {
	for i := range tags {
		if tags[i].Key == key {
			return true
		}
	}
	return false
}

// HasMetric tells whether a list holds a key.
func HasMetric(metrics []span.Metric, key string) bool {
	for i := range metrics {
		if metrics[i].Key == key {
			return true
		}
	}
	return false
}
