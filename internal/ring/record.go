package ring

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"
	"unsafe"

	"hoofprint/internal/span"
)

// Kind of a record.
type Kind uint8

const (
	// KindBad is a record that could not be read. It stands for its bytes, so
	// that whoever commits positions has no gap.
	KindBad Kind = 0
	// KindSpan is a finished span.
	KindSpan Kind = 1
	// KindTrace is a decision about a local trace that is still open.
	KindTrace Kind = 2
	// KindNote is what a process tells its collector about itself, as JSON.
	KindNote Kind = 3
)

// Flags of a span record.
const (
	// FlagLocalRoot marks the local root of its trace.
	FlagLocalRoot uint16 = 1
	// FlagLast says that no span of the local trace is open after this one.
	FlagLast uint16 = 2
)

// Record is one entry of the ring. A record of KindTrace uses the trace id,
// tags and metrics of Span only.
type Record struct {
	Kind      Kind
	Priority  int8 // KindTrace only
	Flags     uint16
	LocalRoot uint64 // span id of the local root
	Pos       uint64 // where the record starts, in bytes ever written
	Size      uint64 // bytes up to the next record
	Span      span.Span
	Note      []byte // KindNote only; a copy
}

// cursor walks the part of a record behind its fixed head.
type cursor struct {
	b   []byte
	off int
	bad bool
}

func (c *cursor) u64() uint64 {
	if len(c.b)-c.off < 8 {
		c.bad = true
		return 0
	}
	v := binary.LittleEndian.Uint64(c.b[c.off:])
	c.off += 8
	return v
}

// bytes returns n bytes of the mapping and steps over their padding.
func (c *cursor) bytes(n int) []byte {
	if c.bad || n > len(c.b)-c.off {
		c.bad = true
		return nil
	}
	b := c.b[c.off : c.off+n]
	c.off += (n + 7) &^ 7
	return b
}

// decode fills rec from the bytes of one record; false when they are not valid.
// Every length is loaded once: the writer's process may change the bytes.
// least is the size that was found good for its kind.
func (r *Reader) decode(b []byte, least uint64, rec *Record) bool {
	le := binary.LittleEndian
	if least == noteHead {
		n := uint64(le.Uint32(b[8:]))
		if n > uint64(len(b))-noteHead {
			return false
		}
		rec.Kind, rec.Note = KindNote, append([]byte(nil), b[noteHead:noteHead+n]...)
		return true
	}
	rec.Kind = Kind(b[4])
	rec.Flags = le.Uint16(b[6:])
	rec.LocalRoot = le.Uint64(b[56:])
	s := &rec.Span
	s.TraceID = span.TraceID{High: le.Uint64(b[8:]), Low: le.Uint64(b[16:])}
	switch rec.Kind {
	case KindSpan:
		s.ID = le.Uint64(b[24:])
		s.ParentID = le.Uint64(b[32:])
		s.Start = int64(le.Uint64(b[40:]))
		s.Duration = int64(le.Uint64(b[48:]))
		if b[5] != 0 {
			s.Error = 1
		}
		if s.ID == 0 {
			return false
		}
	case KindTrace:
		rec.Priority = int8(b[5])
	default:
		return false
	}
	if s.TraceID.IsZero() {
		return false
	}
	tags, metrics, structs := int(le.Uint16(b[80:])), int(le.Uint16(b[82:])), int(le.Uint16(b[84:]))
	if 8*tags+16*metrics+8*structs > len(b)-recordHead {
		return false
	}
	c := cursor{b: b, off: recordHead}
	s.Name = r.text(&c, le.Uint32(b[64:]))
	s.Service = r.text(&c, le.Uint32(b[68:]))
	s.Resource = r.text(&c, le.Uint32(b[72:]))
	s.Type = r.text(&c, le.Uint32(b[76:]))
	if tags > 0 {
		s.Tags = r.takeTags(tags)
		for i := range tags {
			refs := c.u64()
			key := r.text(&c, uint32(refs))
			s.Tags[i] = span.Tag{Key: key, Value: r.text(&c, uint32(refs>>32))}
		}
	}
	if metrics > 0 {
		s.Metrics = r.takeMetrics(metrics)
		for i := range metrics {
			ref := uint32(c.u64())
			value := math.Float64frombits(c.u64())
			s.Metrics[i] = span.Metric{Key: r.text(&c, ref), Value: value}
		}
	}
	for range structs {
		refs := c.u64()
		key := r.text(&c, uint32(refs))
		value := c.bytes(int(uint32(refs >> 32)))
		s.Structs = append(s.Structs, span.Struct{Key: key, Value: append([]byte(nil), value...)})
	}
	if c.bad {
		return false
	}
	s.Tags = uniqueTags(s.Tags)
	s.Metrics = uniqueMetrics(s.Metrics)
	return true
}

// text resolves a ref: a string of the table, or a copy of the bytes inline.
func (r *Reader) text(c *cursor, ref uint32) string {
	if ref&inline == 0 {
		s, ok := r.strings.get(ref)
		if !ok {
			c.bad = true
		}
		return s
	}
	b := c.bytes(int(ref &^ inline))
	if len(b) == 0 {
		return ""
	}
	if len(b) > len(r.texts) {
		if len(b) > textBlock/4 {
			return valid(string(b))
		}
		r.texts = make([]byte, textBlock)
	}
	n := copy(r.texts, b)
	s := unsafe.String(&r.texts[0], n)
	r.texts = r.texts[n:]
	return valid(s)
}

func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func (r *Reader) takeTags(n int) []span.Tag {
	if n > len(r.tags) {
		r.tags = make([]span.Tag, max(tagBlock, n))
	}
	out := r.tags[:n:n]
	r.tags = r.tags[n:]
	return out
}

// takeMetrics leaves room for the metric that a collector may add.
func (r *Reader) takeMetrics(n int) []span.Metric {
	if n+1 > len(r.metrics) {
		r.metrics = make([]span.Metric, max(tagBlock, n+1))
	}
	out := r.metrics[: n : n+1]
	r.metrics = r.metrics[n+1:]
	return out
}

// uniqueTags keeps the last value of each key. Writers send each key once; only
// damaged files pay for more than the comparison.
func uniqueTags(tags []span.Tag) []span.Tag {
	if len(tags) > 32 {
		seen := make(map[string]int, len(tags))
		out := tags[:0]
		for _, t := range tags {
			if i, ok := seen[t.Key]; ok {
				out[i].Value = t.Value
				continue
			}
			seen[t.Key] = len(out)
			out = append(out, t)
		}
		return out
	}
	for i := 1; i < len(tags); i++ {
		for j := range i {
			if tags[j].Key == tags[i].Key {
				tags[j].Value = tags[i].Value
				tags = append(tags[:i], tags[i+1:]...)
				i--
				break
			}
		}
	}
	return tags
}

func uniqueMetrics(metrics []span.Metric) []span.Metric {
	if len(metrics) > 32 {
		seen := make(map[string]int, len(metrics))
		out := metrics[:0]
		for _, m := range metrics {
			if i, ok := seen[m.Key]; ok {
				out[i].Value = m.Value
				continue
			}
			seen[m.Key] = len(out)
			out = append(out, m)
		}
		return out
	}
	for i := 1; i < len(metrics); i++ {
		for j := range i {
			if metrics[j].Key == metrics[i].Key {
				metrics[j].Value = metrics[i].Value
				metrics = append(metrics[:i], metrics[i+1:]...)
				i--
				break
			}
		}
	}
	return metrics
}
