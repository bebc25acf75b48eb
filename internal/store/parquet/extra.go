package parquet

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"hoofprint/internal/span"
)

// extra is what a span seldom has, kept as JSON in one column.
type extra struct {
	Links   []extraLink   `json:"links,omitempty"`
	Events  []extraEvent  `json:"events,omitempty"`
	Structs []extraStruct `json:"structs,omitempty"`
}

type extraLink struct {
	TraceID    string     `json:"trace_id"`
	SpanID     string     `json:"span_id"`
	TraceState string     `json:"tracestate,omitempty"`
	Flags      uint32     `json:"flags,omitempty"`
	Attributes []span.Tag `json:"attributes,omitempty"`
}

type extraEvent struct {
	Time       int64            `json:"time"`
	Name       string           `json:"name"`
	Attributes []extraAttribute `json:"attributes,omitempty"`
}

type extraAttribute struct {
	Key   string     `json:"key"`
	Value extraValue `json:"value"`
}

type extraStruct struct {
	Key   string `json:"key"`
	Value []byte `json:"value"` // base64
}

// extraValue keeps integers and floats apart: a float always has a point, an
// exponent, or is {"float": "NaN"}.
type extraValue struct{ v any }

func (x extraValue) MarshalJSON() ([]byte, error) {
	switch v := x.v.(type) {
	case float64:
		s := strconv.FormatFloat(v, 'g', -1, 64)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return []byte(`{"float":"` + s + `"}`), nil
		}
		if !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
		return []byte(s), nil
	case []any:
		list := make([]extraValue, len(v))
		for i := range v {
			list[i].v = v[i]
		}
		return json.Marshal(list)
	case string, bool, int64, nil:
		return json.Marshal(v)
	}
	return json.Marshal(fmt.Sprint(x.v))
}

func (x *extraValue) UnmarshalJSON(b []byte) error {
	if len(b) == 0 {
		return errTruncated
	}
	switch c := b[0]; {
	case c == '"':
		var s string
		err := json.Unmarshal(b, &s)
		x.v = s
		return err
	case c == 't' || c == 'f':
		x.v = c == 't'
		return nil
	case c == 'n':
		x.v = nil
		return nil
	case c == '[':
		var list []extraValue
		if err := json.Unmarshal(b, &list); err != nil {
			return err
		}
		out := make([]any, len(list))
		for i := range list {
			out[i] = list[i].v
		}
		x.v = out
		return nil
	case c == '{':
		var f struct{ Float string }
		if err := json.Unmarshal(b, &f); err != nil {
			return err
		}
		v, err := strconv.ParseFloat(f.Float, 64)
		x.v = v
		return err
	}
	if strings.ContainsAny(string(b), ".eE") {
		v, err := strconv.ParseFloat(string(b), 64)
		x.v = v
		return err
	}
	v, err := strconv.ParseInt(string(b), 10, 64)
	x.v = v
	return err
}

// encodeExtra gives "" for a span without links, events and structs.
func encodeExtra(s *span.Span) (string, error) {
	if len(s.Links) == 0 && len(s.Events) == 0 && len(s.Structs) == 0 {
		return "", nil
	}
	var x extra
	for _, l := range s.Links {
		x.Links = append(x.Links, extraLink{l.TraceID.String(), fmt.Sprintf("%016x", l.SpanID), l.TraceState, l.Flags, l.Attributes})
	}
	for _, e := range s.Events {
		out := extraEvent{Time: e.Time, Name: e.Name}
		for _, a := range e.Attributes {
			out.Attributes = append(out.Attributes, extraAttribute{a.Key, extraValue{a.Value}})
		}
		x.Events = append(x.Events, out)
	}
	for _, m := range s.Structs {
		x.Structs = append(x.Structs, extraStruct(m))
	}
	b, err := json.Marshal(x)
	// Cut anywhere else, the text would no longer be JSON.
	for err == nil && len(b) > maxString {
		x.halve()
		b, err = json.Marshal(x)
	}
	return string(b), err
}

// halve drops what is read least: structs, else the later half of events and links.
func (x *extra) halve() {
	switch {
	case x.Structs != nil:
		x.Structs = nil
	case len(x.Events) > 0:
		x.Events = x.Events[:len(x.Events)/2]
	default:
		x.Links = x.Links[:len(x.Links)/2]
	}
}

func decodeExtra(text string, s *span.Span) error {
	var x extra
	if err := json.Unmarshal([]byte(text), &x); err != nil {
		return err
	}
	for _, l := range x.Links {
		id, err := span.ParseTraceID(l.TraceID)
		if err != nil {
			return err
		}
		spanID, err := strconv.ParseUint(l.SpanID, 16, 64)
		if err != nil {
			return err
		}
		s.Links = append(s.Links, span.Link{TraceID: id, SpanID: spanID, TraceState: l.TraceState, Flags: l.Flags, Attributes: l.Attributes})
	}
	for _, e := range x.Events {
		out := span.Event{Time: e.Time, Name: e.Name}
		for _, a := range e.Attributes {
			out.Attributes = append(out.Attributes, span.Attribute{Key: a.Key, Value: a.Value.v})
		}
		s.Events = append(s.Events, out)
	}
	for _, m := range x.Structs {
		s.Structs = append(s.Structs, span.Struct(m))
	}
	return nil
}
