package parquet

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"unicode/utf8"

	"hoofprint/internal/span"
)

// row is a span as the log and the head take it: links, events and structs are
// already text.
type row struct {
	span.Span
	extra string
}

var errTruncated = errors.New("truncated")

// appendSpan writes a span as the log holds it; see FORMAT.md. Strings are made
// valid UTF-8 on the way, because the columns of the files must be.
func appendSpan(b []byte, s *span.Span, extra string) []byte {
	b = binary.BigEndian.AppendUint64(b, s.TraceID.High)
	b = binary.BigEndian.AppendUint64(b, s.TraceID.Low)
	b = binary.BigEndian.AppendUint64(b, s.ID)
	b = binary.BigEndian.AppendUint64(b, s.ParentID)
	b = binary.BigEndian.AppendUint64(b, uint64(s.Start))
	b = binary.AppendUvarint(b, uint64(s.Duration))
	failed := byte(0)
	if s.Error != 0 {
		failed = 1
	}
	b = append(b, failed)
	b = appendString(b, s.Name)
	b = appendString(b, s.Service)
	b = appendString(b, s.Resource)
	b = appendString(b, s.Type)
	tags, metrics := fitting(s)
	b = binary.AppendUvarint(b, uint64(len(tags)))
	for i := range tags {
		b = appendString(b, tags[i].Key)
		b = appendString(b, tags[i].Value)
	}
	b = binary.AppendUvarint(b, uint64(len(metrics)))
	for i := range metrics {
		b = appendString(b, metrics[i].Key)
		b = binary.BigEndian.AppendUint64(b, math.Float64bits(metrics[i].Value))
	}
	return appendString(b, extra)
}

// fitting gives the first tags and metrics of a span, those within maxSpan.
func fitting(s *span.Span) ([]span.Tag, []span.Metric) {
	room := maxSpan
	tags, metrics := s.Tags, s.Metrics
	for i := range tags {
		if room -= len(tags[i].Key) + len(tags[i].Value); room < 0 {
			tags = tags[:i]
			break
		}
	}
	for i := range metrics {
		if room -= len(metrics[i].Key) + 8; room < 0 {
			metrics = metrics[:i]
			break
		}
	}
	return tags, metrics
}

func appendString(b []byte, s string) []byte {
	if len(s) > maxString {
		s = s[:maxString]
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// spanReader reads the spans of a log frame. Strings point into data.
type spanReader struct {
	data string
	pos  int
	err  error
}

func (r *spanReader) more() bool { return r.err == nil && r.pos < len(r.data) }

// next reads one span into s, reusing its slices.
func (r *spanReader) next(s *row) error {
	s.TraceID.High, s.TraceID.Low = r.fixed(), r.fixed()
	s.ID, s.ParentID = r.fixed(), r.fixed()
	s.Start = int64(r.fixed())
	s.Duration = int64(r.uvarint())
	s.Error = int32(r.take(1)[0])
	s.Name, s.Service, s.Resource, s.Type = r.string(), r.string(), r.string(), r.string()
	s.Tags, s.Metrics = s.Tags[:0], s.Metrics[:0]
	for n := r.uvarint(); n > 0 && r.err == nil; n-- {
		s.Tags = append(s.Tags, span.Tag{Key: r.string(), Value: r.string()})
	}
	for n := r.uvarint(); n > 0 && r.err == nil; n-- {
		s.Metrics = append(s.Metrics, span.Metric{Key: r.string(), Value: math.Float64frombits(r.fixed())})
	}
	s.extra = r.string()
	return r.err
}

func (r *spanReader) take(n uint64) string {
	if r.err != nil || n > uint64(len(r.data)-r.pos) {
		r.err = errTruncated
		return "\x00\x00\x00\x00\x00\x00\x00\x00"
	}
	s := r.data[r.pos : r.pos+int(n)]
	r.pos += int(n)
	return s
}

func (r *spanReader) fixed() uint64 { return binary.BigEndian.Uint64([]byte(r.take(8))) }

func (r *spanReader) uvarint() uint64 {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		c := r.take(1)[0]
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.err = errTruncated
	return 0
}

func (r *spanReader) string() string {
	n := r.uvarint()
	if r.err != nil {
		return ""
	}
	s := r.take(n)
	if r.err != nil {
		return ""
	}
	return s
}
