// Package v05 reads and writes the trace payloads of the protocol that Datadog
// calls v0.5: a table of strings and an array of chunks of spans, each
// span an array of exactly 12 fields that point into the table.
//
// The format has no place for meta_struct: Append leaves Structs out, so payloads
// for which CanCarry is false belong into v0.4. Links and events travel as JSON in
// the tags _dd.span_links and events; Decode moves them, and _dd.p.tid, as
// package inband says, and keeps all other tags as received. Append writes
// _dd.p.tid on the first span of a chunk, and _sampling_priority_v1 and
// _dd.origin on the root if the spans do not tell the chunk's Priority and Origin
// by themselves.
package v05

import (
	"fmt"
	"unsafe"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/inband"
	"hoofprint/internal/wire/msgpack"
)

const (
	// spanFields is the length of the array of a span.
	spanFields = 12
	// maxReserve bounds what is reserved for one list before its elements are seen.
	maxReserve = 1024
)

// decoder resolves strings.
type decoder struct {
	*msgpack.Reader
	table []string
	arena inband.Arena
}

// Decode reads a payload. Empty chunks are left out. The strings of the result
// share one copy of the payload; the caller may reuse b.
func Decode(b []byte) ([]span.Chunk, error) {
	d := decoder{Reader: msgpack.NewReader(b), arena: inband.NewArena(len(b))}
	if n := d.Array(); n != 2 {
		d.Fail(fmt.Errorf("payload has %d elements, want a string table and the traces", n))
	}
	d.readTable()
	n := d.Array()
	chunks := make([]span.Chunk, 0, min(n, maxReserve))
	for range n {
		spans := d.readSpans()
		if d.Err() != nil {
			break
		}
		if len(spans) == 0 {
			continue
		}
		if !d.Take(1, int(unsafe.Sizeof(span.Chunk{}))) {
			break
		}
		chunk := span.Chunk{Spans: spans}
		inband.Read(&chunk)
		chunks = append(chunks, chunk)
	}
	if err := d.Err(); err != nil {
		return nil, fmt.Errorf("decode v0.5 traces: %w", err)
	}
	return chunks, nil
}

func (d *decoder) readTable() {
	n := d.Array()
	if !d.Take(n, int(unsafe.Sizeof(""))) {
		return
	}
	d.table = make([]string, n)
	for i := range d.table {
		d.table[i] = d.String()
		if d.Err() != nil {
			return
		}
	}
}

// text reads an index and resolves it; nil is "".
func (d *decoder) text() string {
	if d.Nil() {
		return ""
	}
	i := d.Uint32()
	if d.Err() != nil {
		return ""
	}
	if int(i) >= len(d.table) {
		d.Fail(fmt.Errorf("string index %d is out of range, the table has %d", i, len(d.table)))
		return ""
	}
	return d.table[i]
}

func (d *decoder) readSpans() []span.Span {
	n := d.Array()
	if n == 0 || !d.Take(n, int(unsafe.Sizeof(span.Span{}))) {
		return nil
	}
	spans := make([]span.Span, n)
	for i := range spans {
		d.readSpan(&spans[i])
		if d.Err() != nil {
			return nil
		}
	}
	return spans
}

func (d *decoder) readSpan(s *span.Span) {
	if n := d.Array(); n != spanFields {
		d.Fail(fmt.Errorf("span has %d fields, want %d", n, spanFields))
		return
	}
	s.Service = d.text()
	s.Name = d.text()
	s.Resource = d.text()
	s.TraceID.Low = d.Uint64()
	s.ID = d.Uint64()
	s.ParentID = d.Uint64()
	s.Start = d.Int64()
	s.Duration = d.Int64()
	s.Error = d.Int32()
	s.Tags = d.readTags()
	s.Metrics = d.readMetrics()
	s.Type = d.text()
}

func (d *decoder) readTags() []span.Tag {
	n := d.Map()
	if n == 0 || !d.Take(n, int(unsafe.Sizeof(span.Tag{}))) {
		return nil
	}
	tags := d.arena.Tags(n)
	for range n {
		key := d.text()
		tags.Add(key, d.text())
		if d.Err() != nil {
			return nil
		}
	}
	return tags.List()
}

func (d *decoder) readMetrics() []span.Metric {
	n := d.Map()
	if n == 0 || !d.Take(n, int(unsafe.Sizeof(span.Metric{}))) {
		return nil
	}
	metrics := d.arena.Metrics(n)
	for range n {
		key := d.text()
		metrics.Add(key, d.Float64())
		if d.Err() != nil {
			return nil
		}
	}
	return metrics.List()
}
