package v05

import (
	"unsafe"

	"github.com/tinylib/msgp/msgp"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/inband"
)

// CanCarry tells whether the format has a place for everything in chunks.
func CanCarry(chunks []span.Chunk) bool {
	for i := range chunks {
		for j := range chunks[i].Spans {
			if len(chunks[i].Spans[j].Structs) > 0 {
				return false
			}
		}
	}
	return true
}

// Append appends the payload of chunks to dst.
func Append(dst []byte, chunks []span.Chunk) []byte {
	var e Encoder
	return e.Append(dst, chunks)
}

// Encoder appends payloads, keeping its buffers from one to the next. Its zero
// value is ready. It is for one goroutine.
type Encoder struct {
	index map[string]uint32
	seen  [seenStrings]seen // by address, in front of index
	table []byte            // the strings so far, encoded
	body  []byte            // the chunks so far, encoded
}

// seen is a string and its number. Most strings of a payload are few and shared,
// and to compare two addresses is cheaper than to hash a text.
type seen struct {
	text   string
	number uint32
}

const seenStrings = 256 // a power of two

// Append appends the payload of chunks to dst.
func (e *Encoder) Append(dst []byte, chunks []span.Chunk) []byte {
	if e.index == nil {
		e.index = make(map[string]uint32, 64)
	}
	defer func() { // so that no string outlives its payload
		clear(e.index)
		clear(e.seen[:])
	}()
	e.table, e.body = e.table[:0], e.body[:0]
	e.number("") // by convention the first
	e.body = msgp.AppendArrayHeader(e.body, uint32(len(chunks)))
	var tags [4]span.Tag
	var metrics [4]span.Metric
	for i := range chunks {
		spans := chunks[i].Spans
		facts := inband.Write(&chunks[i])
		e.body = msgp.AppendArrayHeader(e.body, uint32(len(spans)))
		for j := range spans {
			s := &spans[j]
			added := facts.Tags(tags[:0], j)
			if len(s.Links) > 0 {
				added = append(added, span.Tag{Key: inband.KeyLinks, Value: string(inband.AppendLinks(nil, s.Links))})
			}
			if len(s.Events) > 0 {
				added = append(added, span.Tag{Key: inband.KeyEvents, Value: string(inband.AppendEvents(nil, s.Events))})
			}
			e.span(s, added, facts.Metrics(metrics[:0], j))
		}
	}
	dst = msgp.AppendArrayHeader(dst, 2)
	dst = msgp.AppendArrayHeader(dst, uint32(len(e.index)))
	dst = append(dst, e.table...)
	return append(dst, e.body...)
}

func (e *Encoder) number(s string) uint32 {
	at := unsafe.StringData(s)
	slot := &e.seen[(uintptr(unsafe.Pointer(at))>>3^uintptr(unsafe.Pointer(at))>>11)%seenStrings]
	if len(s) == len(slot.text) && at == unsafe.StringData(slot.text) && len(s) > 0 {
		return slot.number
	}
	n, ok := e.index[s]
	if !ok {
		n = uint32(len(e.index))
		e.index[s] = n
		e.table = msgp.AppendString(e.table, s)
	}
	*slot = seen{s, n}
	return n
}

func (e *Encoder) text(s string) { e.body = msgp.AppendUint32(e.body, e.number(s)) }

func (e *Encoder) span(s *span.Span, addTags []span.Tag, addMetrics []span.Metric) {
	e.body = msgp.AppendArrayHeader(e.body, spanFields)
	e.text(s.Service)
	e.text(s.Name)
	e.text(s.Resource)
	e.body = msgp.AppendUint64(e.body, s.TraceID.Low)
	e.body = msgp.AppendUint64(e.body, s.ID)
	e.body = msgp.AppendUint64(e.body, s.ParentID)
	e.body = msgp.AppendInt64(e.body, s.Start)
	e.body = msgp.AppendInt64(e.body, s.Duration)
	e.body = msgp.AppendInt32(e.body, s.Error)
	e.body = msgp.AppendMapHeader(e.body, uint32(inband.OwnTags(s.Tags, addTags)+len(addTags)))
	for i := range addTags {
		e.text(addTags[i].Key)
		e.text(addTags[i].Value)
	}
	for i := range s.Tags {
		if !inband.HasTag(addTags, s.Tags[i].Key) {
			e.text(s.Tags[i].Key)
			e.text(s.Tags[i].Value)
		}
	}
	e.body = msgp.AppendMapHeader(e.body, uint32(inband.OwnMetrics(s.Metrics, addMetrics)+len(addMetrics)))
	for i := range addMetrics {
		e.text(addMetrics[i].Key)
		e.body = msgp.AppendFloat64(e.body, addMetrics[i].Value)
	}
	for i := range s.Metrics {
		if !inband.HasMetric(addMetrics, s.Metrics[i].Key) {
			e.text(s.Metrics[i].Key)
			e.body = msgp.AppendFloat64(e.body, s.Metrics[i].Value)
		}
	}
	e.text(s.Type)
}
