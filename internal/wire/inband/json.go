package inband

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"hoofprint/internal/span"
)

// Keys of the tags that hold JSON.
const (
	KeyLinks  = "_dd.span_links"
	KeyEvents = "events"
)

type jsonLink struct {
	TraceID    string                     `json:"trace_id"`
	SpanID     string                     `json:"span_id"`
	Attributes map[string]json.RawMessage `json:"attributes"`
	TraceState string                     `json:"tracestate"`
	Flags      uint32                     `json:"flags"`
}

type jsonEvent struct {
	Name       *string                    `json:"name"`
	Time       *uint64                    `json:"time_unix_nano"`
	Attributes map[string]json.RawMessage `json:"attributes"`
}

// readLinks moves the tag _dd.span_links into Links, unless it is not what
// clients write there: then it stays a tag.
func readLinks(s *span.Span) {
	text, ok := s.Tag(KeyLinks)
	if !ok {
		return
	}
	var parsed []jsonLink
	if json.Unmarshal([]byte(text), &parsed) != nil || len(parsed) == 0 {
		return
	}
	links := make([]span.Link, 0, len(parsed))
	for _, p := range parsed {
		if len(p.TraceID) != 32 || len(p.SpanID) != 16 {
			return
		}
		trace, err := span.ParseTraceID(p.TraceID)
		if err != nil {
			return
		}
		id, err := strconv.ParseUint(p.SpanID, 16, 64)
		if err != nil {
			return
		}
		link := span.Link{TraceID: trace, SpanID: id, TraceState: p.TraceState, Flags: p.Flags}
		for _, key := range sortedKeys(p.Attributes) {
			if text, ok := jsonText(p.Attributes[key]); ok {
				link.Attributes = append(link.Attributes, span.Tag{Key: key, Value: text})
			}
		}
		links = append(links, link)
	}
	s.Links = append(s.Links, links...)
	s.DeleteTag(KeyLinks)
}

// ReadEvents moves the tag events into Events, unless it is a tag of the
// application's own that only shares the name.
func ReadEvents(s *span.Span) {
	text, ok := s.Tag(KeyEvents)
	if !ok || !strings.HasPrefix(text, "[{") {
		return
	}
	var parsed []jsonEvent
	if json.Unmarshal([]byte(text), &parsed) != nil {
		return
	}
	events := make([]span.Event, 0, len(parsed))
	for _, p := range parsed {
		if p.Name == nil || p.Time == nil || *p.Time > math.MaxInt64 {
			return
		}
		event := span.Event{Name: *p.Name, Time: int64(*p.Time)}
		for _, key := range sortedKeys(p.Attributes) {
			if value := jsonValue(p.Attributes[key], true); value != nil {
				event.Attributes = append(event.Attributes, span.Attribute{Key: key, Value: value})
			}
		}
		events = append(events, event)
	}
	s.Events = append(s.Events, events...)
	s.DeleteTag(KeyEvents)
}

func sortedKeys(m map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// jsonText is a JSON value as the text of a tag: strings as they are.
func jsonText(raw json.RawMessage) (string, bool) {
	if text, ok := jsonString(raw); ok {
		return text, true
	}
	return string(raw), string(raw) != "null"
}

func jsonString(raw json.RawMessage) (string, bool) {
	var text string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		return "", false
	}
	return text, true
}

// jsonValue is a JSON value as the value of an event attribute: whole numbers
// become int64, lists []any of scalars, objects their own text, null nothing.
func jsonValue(raw json.RawMessage, lists bool) any {
	if len(raw) == 0 {
		return nil
	}
	switch raw[0] {
	case '"':
		text, _ := jsonString(raw)
		return text
	case 't':
		return true
	case 'f':
		return false
	case 'n':
		return nil
	case '[':
		var elements []json.RawMessage
		if !lists || json.Unmarshal(raw, &elements) != nil {
			return string(raw)
		}
		values := make([]any, 0, len(elements))
		for _, element := range elements {
			if value := jsonValue(element, false); value != nil {
				values = append(values, value)
			}
		}
		return values
	case '{':
		return string(raw)
	}
	if whole, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return whole
	}
	if number, err := strconv.ParseFloat(string(raw), 64); err == nil {
		return number
	}
	return string(raw)
}

// AppendLinks appends links as the JSON that clients put into KeyLinks.
func AppendLinks(dst []byte, links []span.Link) []byte {
	dst = append(dst, '[')
	for i := range links {
		l := &links[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"trace_id":"`...)
		dst = append(dst, l.TraceID.String()...)
		dst = append(dst, `","span_id":"`...)
		dst = append(dst, span.TraceID{Low: l.SpanID}.String()[16:]...)
		dst = append(dst, '"')
		if len(l.Attributes) > 0 {
			dst = append(dst, `,"attributes":{`...)
			for j, a := range l.Attributes {
				if j > 0 {
					dst = append(dst, ',')
				}
				dst = append(appendString(dst, a.Key), ':')
				dst = appendString(dst, a.Value)
			}
			dst = append(dst, '}')
		}
		if l.TraceState != "" {
			dst = append(dst, `,"tracestate":`...)
			dst = appendString(dst, l.TraceState)
		}
		if l.Flags != 0 {
			dst = append(dst, `,"flags":`...)
			dst = strconv.AppendUint(dst, uint64(l.Flags), 10)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// AppendEvents appends events as the JSON that clients put into KeyEvents.
func AppendEvents(dst []byte, events []span.Event) []byte {
	dst = append(dst, '[')
	for i := range events {
		e := &events[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"name":`...)
		dst = appendString(dst, e.Name)
		dst = append(dst, `,"time_unix_nano":`...)
		dst = strconv.AppendInt(dst, max(e.Time, 0), 10)
		if len(e.Attributes) > 0 {
			dst = append(dst, `,"attributes":{`...)
			for j, a := range e.Attributes {
				if j > 0 {
					dst = append(dst, ',')
				}
				dst = append(appendString(dst, a.Key), ':')
				dst = appendValue(dst, a.Value)
			}
			dst = append(dst, '}')
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func appendValue(dst []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return appendString(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) { // JSON has no such numbers
			return appendString(dst, strconv.FormatFloat(v, 'g', -1, 64))
		}
		from := len(dst)
		dst = strconv.AppendFloat(dst, v, 'g', -1, 64)
		if !strings.ContainsAny(string(dst[from:]), ".e") {
			dst = append(dst, ".0"...) // else it would come back an integer
		}
		return dst
	case []any:
		dst = append(dst, '[')
		for i, element := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, element)
		}
		return append(dst, ']')
	}
	return append(dst, "null"...)
}

func appendString(dst []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil { // cannot happen for a string
		return append(dst, `""`...)
	}
	return append(dst, text...)
}
