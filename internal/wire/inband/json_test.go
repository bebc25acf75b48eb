package inband

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"hoofprint/internal/span"
)

func TestEventsAsClientsWriteThem(t *testing.T) {
	f := func(text string, want ...span.Event) {
		t.Helper()
		s := span.Span{Tags: []span.Tag{{Key: KeyEvents, Value: text}}}
		if ReadEvents(&s); !reflect.DeepEqual(s.Events, want) {
			t.Errorf("%s: %+v, want %+v", text, s.Events, want)
		}
		if _, stays := s.Tag(KeyEvents); stays != (want == nil) {
			t.Errorf("%s: stays a tag: %t", text, stays)
		}
	}
	f(`[{"name":"a","time_unix_nano":5}]`, span.Event{Name: "a", Time: 5})
	f(`[{"name":"a","time_unix_nano":5,"attributes":{"z":1,"b":[1,"x",null,[2],2.5],"o":{"p":1},"n":null,"f":false,"big":1e400}}]`,
		span.Event{Name: "a", Time: 5, Attributes: []span.Attribute{
			{Key: "b", Value: []any{int64(1), "x", "[2]", 2.5}}, {Key: "big", Value: "1e400"}, {Key: "f", Value: false},
			{Key: "o", Value: `{"p":1}`}, {Key: "z", Value: int64(1)}}})
	f(`[{"name":"a","time_unix_nano":18446744073709551615}]`)
	f(`[{"name":"a","time_unix_nano":-1}]`)
	f(`[{"name":7,"time_unix_nano":1}]`)
	f(`[{"name":"a","time_unix_nano":1}`)
	f(`[null]`)
	f(`click`)
}

func TestNumbersThatJSONLacks(t *testing.T) {
	text := AppendEvents(nil, []span.Event{{Time: -5, Name: "x", Attributes: []span.Attribute{
		{Key: "inf", Value: math.Inf(-1)}, {Key: "nan", Value: math.NaN()}, {Key: "other", Value: struct{}{}}, {Key: "whole", Value: 3.0}}}})
	if !json.Valid(text) {
		t.Fatalf("not JSON: %s", text)
	}
	want := `[{"name":"x","time_unix_nano":0,"attributes":{"inf":"-Inf","nan":"NaN","other":null,"whole":3.0}}]`
	if string(text) != want {
		t.Errorf("%s, want %s", text, want)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(`[{"name":"a","time_unix_nano":5,"attributes":{"z":1,"b":[1,"x",2.5,true]}}]`)
	f.Add(`[{"trace_id":"6740c1e8000000004f1c09be77a2d310","span_id":"1122334455667788","attributes":{"a":"b"},"tracestate":"dd=s:1","flags":1}]`)
	f.Add(`[`)
	f.Fuzz(func(t *testing.T, text string) {
		s := span.Span{Tags: []span.Tag{{Key: KeyEvents, Value: text}, {Key: KeyLinks, Value: text}}}
		ReadEvents(&s)
		readLinks(&s)
		again := span.Span{}
		if s.Events != nil {
			again.Tags = append(again.Tags, span.Tag{Key: KeyEvents, Value: string(AppendEvents(nil, s.Events))})
			ReadEvents(&again)
			if !reflect.DeepEqual(again.Events, s.Events) {
				t.Fatalf("events %+v became %+v", s.Events, again.Events)
			}
		}
		if s.Links != nil {
			again.Tags = append(again.Tags, span.Tag{Key: KeyLinks, Value: string(AppendLinks(nil, s.Links))})
			readLinks(&again)
			if !reflect.DeepEqual(again.Links, s.Links) {
				t.Fatalf("links %+v became %+v", s.Links, again.Links)
			}
		}
	})
}
