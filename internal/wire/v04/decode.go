// Package v04 reads and writes the trace payloads of the protocol that Datadog
// calls v0.4: an array of chunks, each an array of spans, each a map.
//
// Decode keeps the tags of the spans as received, except those that package
// inband moves into the nouns: _dd.p.tid into TraceID.High of the whole chunk,
// _dd.span_links and events into Links and Events. Append writes _dd.p.tid on the
// first span of a chunk, links and events in the protocol's native form, and
// _sampling_priority_v1 and _dd.origin on the root if the spans do not
// tell the chunk's Priority and Origin by themselves.
package v04

import (
	"fmt"
	"math"
	"unsafe"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/inband"
	"hoofprint/internal/wire/msgpack"
)

// Types of the values of event attributes.
const (
	typeString = iota
	typeBool
	typeInt
	typeFloat
	typeArray
)

// maxReserve bounds what is reserved for one list before its elements are seen.
const maxReserve = 1024

type decoder struct {
	*msgpack.Reader
	arena inband.Arena
}

// Decode reads a payload. Empty chunks are left out, keys that it does not know
// are passed over. The strings of the result share one copy of the payload; the
// caller may reuse b.
func Decode(b []byte) ([]span.Chunk, error) {
	r := decoder{Reader: msgpack.NewReader(b), arena: inband.NewArena(len(b))}
	n := r.Array()
	chunks := make([]span.Chunk, 0, min(n, maxReserve))
	for range n {
		spans := r.readSpans()
		if r.Err() != nil {
			break
		}
		if len(spans) == 0 {
			continue
		}
		if !r.Take(1, int(unsafe.Sizeof(span.Chunk{}))) {
			break
		}
		chunk := span.Chunk{Spans: spans}
		inband.Read(&chunk)
		chunks = append(chunks, chunk)
	}
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("decode v0.4 traces: %w", err)
	}
	return chunks, nil
}

func (r *decoder) readSpans() []span.Span {
	n := r.Array()
	if n == 0 || !r.Take(n, int(unsafe.Sizeof(span.Span{}))) {
		return nil
	}
	spans := make([]span.Span, n)
	for i := range spans {
		r.readSpan(&spans[i])
		if r.Err() != nil {
			return nil
		}
	}
	return spans
}

func (r *decoder) readSpan(s *span.Span) {
	for range r.Map() {
		switch r.Raw() {
		case "service":
			s.Service = r.String()
		case "name":
			s.Name = r.String()
		case "resource":
			s.Resource = r.String()
		case "type":
			s.Type = r.String()
		case "trace_id":
			s.TraceID.Low = r.Uint64()
		case "span_id":
			s.ID = r.Uint64()
		case "parent_id":
			s.ParentID = r.Uint64()
		case "start":
			s.Start = r.Int64()
		case "duration":
			s.Duration = r.Int64()
		case "error":
			s.Error = r.Int32()
		case "meta":
			s.Tags = r.readTags()
		case "metrics":
			s.Metrics = r.readMetrics()
		case "meta_struct":
			s.Structs = r.readStructs()
		case "span_links":
			s.Links = r.readLinks()
		case "span_events":
			s.Events = r.readEvents()
		default:
			r.Skip()
		}
		if r.Err() != nil {
			return
		}
	}
}

func (r *decoder) readTags() []span.Tag {
	n := r.Map()
	if n == 0 || !r.Take(n, int(unsafe.Sizeof(span.Tag{}))) {
		return nil
	}
	tags := r.arena.Tags(n)
	for range n {
		key := r.String()
		tags.Add(key, r.String())
		if r.Err() != nil {
			return nil
		}
	}
	return tags.List()
}

func (r *decoder) readMetrics() []span.Metric {
	n := r.Map()
	if n == 0 || !r.Take(n, int(unsafe.Sizeof(span.Metric{}))) {
		return nil
	}
	metrics := r.arena.Metrics(n)
	for range n {
		key := r.String()
		metrics.Add(key, r.Float64())
		if r.Err() != nil {
			return nil
		}
	}
	return metrics.List()
}

func (r *decoder) readStructs() []span.Struct {
	n := r.Map()
	if n == 0 || !r.Take(n, int(unsafe.Sizeof(span.Struct{}))) {
		return nil
	}
	structs := make([]span.Struct, 0, min(n, maxReserve))
	index := make(map[string]int, min(n, maxReserve))
	for range n {
		key, value := r.String(), r.Bytes()
		if r.Err() != nil {
			return nil
		}
		if i, ok := index[key]; ok {
			structs[i].Value = value
			continue
		}
		index[key] = len(structs)
		structs = append(structs, span.Struct{Key: key, Value: value})
	}
	return structs
}

func (r *decoder) readLinks() []span.Link {
	n := r.Array()
	if n == 0 || !r.Take(n, int(unsafe.Sizeof(span.Link{}))) {
		return nil
	}
	links := make([]span.Link, 0, min(n, maxReserve))
	for range n {
		if r.Nil() {
			continue
		}
		var l span.Link
		for range r.Map() {
			switch r.Raw() {
			case "trace_id":
				l.TraceID.Low = r.Uint64()
			case "trace_id_high":
				l.TraceID.High = r.Uint64()
			case "span_id":
				l.SpanID = r.Uint64()
			case "tracestate":
				l.TraceState = r.String()
			case "flags":
				l.Flags = r.Uint32()
			case "attributes":
				l.Attributes = r.readTags()
			default:
				r.Skip()
			}
			if r.Err() != nil {
				return nil
			}
		}
		links = append(links, l)
	}
	return links
}

func (r *decoder) readEvents() []span.Event {
	n := r.Array()
	if n == 0 || !r.Take(n, int(unsafe.Sizeof(span.Event{}))) {
		return nil
	}
	events := make([]span.Event, 0, min(n, maxReserve))
	for range n {
		if r.Nil() {
			continue
		}
		var e span.Event
		for range r.Map() {
			switch r.Raw() {
			case "time_unix_nano":
				// Beyond int64 lies the year 2262: hold it there.
				e.Time = int64(min(r.Uint64(), math.MaxInt64))
			case "name":
				e.Name = r.String()
			case "attributes":
				e.Attributes = r.readAttributes()
			default:
				r.Skip()
			}
			if r.Err() != nil {
				return nil
			}
		}
		events = append(events, e)
	}
	return events
}

func (r *decoder) readAttributes() []span.Attribute {
	n := r.Map()
	if n == 0 || !r.Take(n, int(unsafe.Sizeof(span.Attribute{}))) {
		return nil
	}
	attributes := make([]span.Attribute, 0, min(n, maxReserve))
	index := make(map[string]int, min(n, maxReserve))
	for range n {
		key := r.String()
		value := readValue(r.Reader, true)
		if r.Err() != nil {
			return nil
		}
		if value == nil { // nil, or of a type that we do not know
			continue
		}
		if i, ok := index[key]; ok {
			attributes[i].Value = value
			continue
		}
		index[key] = len(attributes)
		attributes = append(attributes, span.Attribute{Key: key, Value: value})
	}
	return attributes
}

// readValue reads a map {type, <type>_value}; arrays hold no arrays.
func readValue(r *msgpack.Reader, arrays bool) any {
	if r.Nil() {
		return nil
	}
	var (
		kind     = int32(typeString)
		text     string
		truth    bool
		whole    int64
		number   float64
		elements []any
	)
	for range r.Map() {
		switch r.Raw() {
		case "type":
			kind = r.Int32()
		case "string_value":
			text = r.String()
		case "bool_value":
			truth = r.Bool()
		case "int_value":
			whole = r.Int64()
		case "double_value":
			number = r.Float64()
		case "array_value":
			if !arrays {
				r.Skip()
				break
			}
			elements = readElements(r)
		default:
			r.Skip()
		}
		if r.Err() != nil {
			return nil
		}
	}
	switch kind {
	case typeString:
		return text
	case typeBool:
		return truth
	case typeInt:
		return whole
	case typeFloat:
		return number
	case typeArray:
		if arrays {
			if elements == nil {
				elements = []any{}
			}
			return elements
		}
	}
	return nil
}

// readElements reads a map {values: [value...]}.
func readElements(r *msgpack.Reader) []any {
	var elements []any
	for range r.Map() {
		if r.Raw() != "values" {
			r.Skip()
			continue
		}
		n := r.Array()
		if !r.Take(n, int(unsafe.Sizeof(elements[0]))) {
			return nil
		}
		elements = make([]any, 0, min(n, maxReserve))
		for range n {
			value := readValue(r, false)
			if r.Err() != nil {
				return nil
			}
			if value != nil {
				elements = append(elements, value)
			}
		}
	}
	return elements
}
