package v04

import (
	"github.com/tinylib/msgp/msgp"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/inband"
)

// Append appends the payload of chunks to dst.
func Append(dst []byte, chunks []span.Chunk) []byte {
	dst = msgp.AppendArrayHeader(dst, uint32(len(chunks)))
	var tags [4]span.Tag
	var metrics [4]span.Metric
	for i := range chunks {
		spans := chunks[i].Spans
		facts := inband.Write(&chunks[i])
		dst = msgp.AppendArrayHeader(dst, uint32(len(spans)))
		for j := range spans {
			dst = appendSpan(dst, &spans[j], facts.Tags(tags[:0], j), facts.Metrics(metrics[:0], j))
		}
	}
	return dst
}

func appendSpan(dst []byte, s *span.Span, addTags []span.Tag, addMetrics []span.Metric) []byte {
	nTags := inband.OwnTags(s.Tags, addTags) + len(addTags)
	nMetrics := inband.OwnMetrics(s.Metrics, addMetrics) + len(addMetrics)
	fields := uint32(8)
	for _, present := range [...]bool{s.Type != "", s.ParentID != 0, nTags > 0, nMetrics > 0,
		len(s.Structs) > 0, len(s.Links) > 0, len(s.Events) > 0} {
		if present {
			fields++
		}
	}
	dst = msgp.AppendMapHeader(dst, fields)
	dst = appendPair(dst, "service", s.Service)
	dst = appendPair(dst, "name", s.Name)
	dst = appendPair(dst, "resource", s.Resource)
	if s.Type != "" {
		dst = appendPair(dst, "type", s.Type)
	}
	dst = msgp.AppendUint64(msgp.AppendString(dst, "trace_id"), s.TraceID.Low)
	dst = msgp.AppendUint64(msgp.AppendString(dst, "span_id"), s.ID)
	if s.ParentID != 0 {
		dst = msgp.AppendUint64(msgp.AppendString(dst, "parent_id"), s.ParentID)
	}
	dst = msgp.AppendInt64(msgp.AppendString(dst, "start"), s.Start)
	dst = msgp.AppendInt64(msgp.AppendString(dst, "duration"), s.Duration)
	dst = msgp.AppendInt32(msgp.AppendString(dst, "error"), s.Error)
	if nTags > 0 {
		dst = msgp.AppendMapHeader(msgp.AppendString(dst, "meta"), uint32(nTags))
		for i := range addTags {
			dst = appendPair(dst, addTags[i].Key, addTags[i].Value)
		}
		for i := range s.Tags {
			if !inband.HasTag(addTags, s.Tags[i].Key) {
				dst = appendPair(dst, s.Tags[i].Key, s.Tags[i].Value)
			}
		}
	}
	if nMetrics > 0 {
		dst = msgp.AppendMapHeader(msgp.AppendString(dst, "metrics"), uint32(nMetrics))
		for i := range addMetrics {
			dst = msgp.AppendFloat64(msgp.AppendString(dst, addMetrics[i].Key), addMetrics[i].Value)
		}
		for i := range s.Metrics {
			if !inband.HasMetric(addMetrics, s.Metrics[i].Key) {
				dst = msgp.AppendFloat64(msgp.AppendString(dst, s.Metrics[i].Key), s.Metrics[i].Value)
			}
		}
	}
	if len(s.Structs) > 0 {
		dst = msgp.AppendMapHeader(msgp.AppendString(dst, "meta_struct"), uint32(len(s.Structs)))
		for i := range s.Structs {
			dst = msgp.AppendBytes(msgp.AppendString(dst, s.Structs[i].Key), s.Structs[i].Value)
		}
	}
	if len(s.Links) > 0 {
		dst = appendLinks(msgp.AppendString(dst, "span_links"), s.Links)
	}
	if len(s.Events) > 0 {
		dst = appendEvents(msgp.AppendString(dst, "span_events"), s.Events)
	}
	return dst
}

func appendPair(dst []byte, key, value string) []byte {
	return msgp.AppendString(msgp.AppendString(dst, key), value)
}

func appendLinks(dst []byte, links []span.Link) []byte {
	dst = msgp.AppendArrayHeader(dst, uint32(len(links)))
	for i := range links {
		l := &links[i]
		fields := uint32(2)
		for _, present := range [...]bool{l.TraceID.High != 0, len(l.Attributes) > 0, l.TraceState != "", l.Flags != 0} {
			if present {
				fields++
			}
		}
		dst = msgp.AppendMapHeader(dst, fields)
		dst = msgp.AppendUint64(msgp.AppendString(dst, "trace_id"), l.TraceID.Low)
		if l.TraceID.High != 0 {
			dst = msgp.AppendUint64(msgp.AppendString(dst, "trace_id_high"), l.TraceID.High)
		}
		dst = msgp.AppendUint64(msgp.AppendString(dst, "span_id"), l.SpanID)
		if len(l.Attributes) > 0 {
			dst = msgp.AppendMapHeader(msgp.AppendString(dst, "attributes"), uint32(len(l.Attributes)))
			for _, a := range l.Attributes {
				dst = appendPair(dst, a.Key, a.Value)
			}
		}
		if l.TraceState != "" {
			dst = appendPair(dst, "tracestate", l.TraceState)
		}
		if l.Flags != 0 {
			dst = msgp.AppendUint32(msgp.AppendString(dst, "flags"), l.Flags)
		}
	}
	return dst
}

func appendEvents(dst []byte, events []span.Event) []byte {
	dst = msgp.AppendArrayHeader(dst, uint32(len(events)))
	for i := range events {
		e := &events[i]
		fields := uint32(2)
		if len(e.Attributes) > 0 {
			fields++
		}
		dst = msgp.AppendMapHeader(dst, fields)
		dst = msgp.AppendUint64(msgp.AppendString(dst, "time_unix_nano"), uint64(max(e.Time, 0)))
		dst = appendPair(dst, "name", e.Name)
		if len(e.Attributes) > 0 {
			dst = msgp.AppendMapHeader(msgp.AppendString(dst, "attributes"), uint32(len(e.Attributes)))
			for _, a := range e.Attributes {
				dst = appendValue(msgp.AppendString(dst, a.Key), a.Value)
			}
		}
	}
	return dst
}

// appendValue appends a map {type, <type>_value}. A value of a type that
// span.Attribute does not allow becomes an empty string.
func appendValue(dst []byte, value any) []byte {
	dst = msgp.AppendString(msgp.AppendMapHeader(dst, 2), "type")
	switch v := value.(type) {
	case bool:
		return msgp.AppendBool(msgp.AppendString(msgp.AppendInt(dst, typeBool), "bool_value"), v)
	case int64:
		return msgp.AppendInt64(msgp.AppendString(msgp.AppendInt(dst, typeInt), "int_value"), v)
	case float64:
		return msgp.AppendFloat64(msgp.AppendString(msgp.AppendInt(dst, typeFloat), "double_value"), v)
	case []any:
		dst = msgp.AppendString(msgp.AppendInt(dst, typeArray), "array_value")
		dst = msgp.AppendString(msgp.AppendMapHeader(dst, 1), "values")
		dst = msgp.AppendArrayHeader(dst, uint32(len(v)))
		for _, element := range v {
			dst = appendValue(dst, element)
		}
		return dst
	}
	text, _ := value.(string)
	return appendPair(msgp.AppendInt(dst, typeString), "string_value", text)
}
