package pipeline

import "sync/atomic"

// reason says why a chunk was dropped or what was mended on a span. The names
// are those under which the Datadog Agent counts the same.
type reason uint8

const (
	traceIDZero reason = iota
	spanIDZero
	foreignSpan
	emptyTrace
	lastDrop = emptyTrace

	serviceEmpty reason = iota - 1
	serviceTruncate
	serviceInvalid
	nameEmpty
	nameTruncate
	nameInvalid
	resourceEmpty
	resourceTruncate
	typeTruncate
	invalidStart
	invalidDuration
	invalidStatusCode
	peerServiceTruncate
	peerServiceInvalid
	baseServiceTruncate
	baseServiceInvalid
	tagTruncate
	reasons int = iota - 1
)

// names is indexed by reason.
var names = [reasons]string{
	"trace_id_zero", "span_id_zero", "foreign_span", "empty_trace",
	"service_empty", "service_truncate", "service_invalid", "span_name_empty", "span_name_truncate", "span_name_invalid",
	"resource_empty", "resource_truncate", "type_truncate", "invalid_start_date", "invalid_duration",
	"invalid_http_status_code", "peer_service_truncate", "peer_service_invalid", "base_service_truncate",
	"base_service_invalid", "tag_truncate",
}

// Snapshot counts what the pipeline did since it began.
type Snapshot struct {
	Chunks, Spans int64 // handed on
	DroppedChunks map[string]int64
	DroppedSpans  int64
	Mended        map[string]int64
}

type counters struct {
	chunks, spans, droppedSpans atomic.Int64
	by                          [reasons]atomic.Int64
}

func (c *counters) count(r reason) { c.by[r].Add(1) }

func (c *counters) snapshot() Snapshot {
	s := Snapshot{Chunks: c.chunks.Load(), Spans: c.spans.Load(), DroppedSpans: c.droppedSpans.Load(),
		DroppedChunks: map[string]int64{}, Mended: map[string]int64{}}
	for r := range c.by {
		n := c.by[r].Load()
		switch {
		case n == 0:
		case reason(r) <= lastDrop:
			s.DroppedChunks[names[r]] = n
		default:
			s.Mended[names[r]] = n
		}
	}
	return s
}
