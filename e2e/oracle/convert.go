package oracle

import (
	"encoding/binary"
	"fmt"

	"github.com/DataDog/datadog-agent/pkg/proto/pbgo/trace/idx"
	"github.com/DataDog/datadog-agent/pkg/trace/api"
	"github.com/DataDog/datadog-agent/pkg/trace/sampler"

	"hoofprint/internal/span"
)

// keyConverted is what the Agent adds to each span of an older protocol.
const keyConverted = "_dd.convertedv1"

// payload turns the Agent's form into ours. Order of tags is lost in the Agent.
func payload(p *api.PayloadV1) Payload {
	t := p.TracerPayload
	out := Payload{Lang: t.LanguageName(), LangVersion: t.LanguageVersion(), TracerVersion: t.TracerVersion(),
		ComputedTopLevel: p.ClientComputedTopLevel, ComputedStats: p.ClientComputedStats}
	for _, c := range t.Chunks {
		out.Chunks = append(out.Chunks, chunk(c))
	}
	return out
}

func chunk(c *idx.InternalTraceChunk) span.Chunk {
	out := span.Chunk{Priority: span.PriorityNone, Origin: c.Origin()}
	if c.Priority != int32(sampler.PriorityNone) {
		out.Priority = int8(c.Priority)
	}
	for _, s := range c.Spans {
		out.Spans = append(out.Spans, convert(c, s))
	}
	return out
}

func convert(c *idx.InternalTraceChunk, s *idx.InternalSpan) span.Span {
	out := span.Span{
		TraceID: span.TraceID{High: c.TraceIDHigh(), Low: c.LegacyTraceID()},
		ID:      s.SpanID(), ParentID: s.ParentID(), Start: int64(s.Start()), Duration: int64(s.Duration()),
		Name: s.Name(), Service: s.Service(), Resource: s.Resource(), Type: s.Type(),
	}
	if s.Error() {
		out.Error = 1
	}
	for key, value := range map[string]string{span.KeyEnv: s.Env(), span.KeyVersion: s.Version(), span.KeyComponent: s.Component()} {
		if value != "" {
			out.SetTag(key, value)
		}
	}
	// A span that says internal is to the Agent as one of an older protocol that
	// says nothing.
	if kind := s.SpanKind(); kind != "unknown" && kind != "internal" {
		out.SetTag(span.KeyKind, kind)
	}
	for ref, value := range s.Attributes() {
		key := c.Strings.Get(ref)
		switch v := value.Value.(type) {
		case *idx.AnyValue_StringValueRef:
			if key != keyConverted {
				out.SetTag(key, c.Strings.Get(v.StringValueRef))
			}
		case *idx.AnyValue_DoubleValue:
			out.SetMetric(key, v.DoubleValue)
		case *idx.AnyValue_BytesValue:
			out.Structs = append(out.Structs, span.Struct{Key: key, Value: v.BytesValue})
		default:
			out.SetTag(key, fmt.Sprintf("unexpected %T", v))
		}
	}
	proto := s.ToProto()
	for _, l := range proto.Links {
		link := span.Link{SpanID: l.SpanID, TraceState: c.Strings.Get(l.TracestateRef), Flags: l.Flags,
			TraceID: span.TraceID{High: binary.BigEndian.Uint64(l.TraceID[:8]), Low: binary.BigEndian.Uint64(l.TraceID[8:])}}
		for ref, value := range l.Attributes {
			link.Attributes = append(link.Attributes, span.Tag{Key: c.Strings.Get(ref), Value: value.AsString(c.Strings)})
		}
		out.Links = append(out.Links, link)
	}
	for _, e := range proto.Events {
		event := span.Event{Time: int64(e.Time), Name: c.Strings.Get(e.NameRef)}
		for ref, value := range e.Attributes {
			event.Attributes = append(event.Attributes, span.Attribute{Key: c.Strings.Get(ref), Value: attribute(c.Strings, value)})
		}
		out.Events = append(out.Events, event)
	}
	return out
}

func attribute(strings *idx.StringTable, value *idx.AnyValue) any {
	switch v := value.Value.(type) {
	case *idx.AnyValue_StringValueRef:
		return strings.Get(v.StringValueRef)
	case *idx.AnyValue_BoolValue:
		return v.BoolValue
	case *idx.AnyValue_IntValue:
		return v.IntValue
	case *idx.AnyValue_DoubleValue:
		return v.DoubleValue
	case *idx.AnyValue_ArrayValue:
		list := []any{}
		for _, element := range v.ArrayValue.Values {
			list = append(list, attribute(strings, element))
		}
		return list
	}
	return fmt.Sprintf("unexpected %T", value.Value)
}
