package v04

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/msgpack"
	"hoofprint/internal/wire/wiretest"
)

func TestRoundTripKeepsEverything(t *testing.T) {
	for seed := range uint64(500) {
		want := wiretest.Chunks(seed, true)
		got, err := Decode(Append(nil, want))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if len(got) != len(want) {
			t.Fatalf("seed %d: %d chunks, want %d", seed, len(got), len(want))
		}
		for i := range want {
			wiretest.SameChunk(t, got[i], want[i])
		}
	}
}

func TestAppendTellsPriorityAndOriginOnTheRoot(t *testing.T) {
	in := []span.Chunk{{Priority: span.UserKeep, Origin: "rum", Spans: []span.Span{
		{TraceID: span.TraceID{High: 7, Low: 1}, ID: 2, ParentID: 3},
		{TraceID: span.TraceID{High: 7, Low: 1}, ID: 3, Tags: []span.Tag{{Key: span.KeyOrigin, Value: "old"}},
			Metrics: []span.Metric{{Key: span.KeySamplingPriority, Value: 0}}},
	}}}
	got, err := Decode(Append(nil, in))
	if err != nil {
		t.Fatal(err)
	}
	c := got[0]
	if c.Priority != span.UserKeep || c.Origin != "rum" {
		t.Fatalf("priority %d, origin %q", c.Priority, c.Origin)
	}
	if len(c.Spans[1].Tags) != 1 || len(c.Spans[1].Metrics) != 1 || len(c.Spans[0].Tags) != 0 {
		t.Fatalf("the root's values were not replaced in place: %+v", c.Spans)
	}
	if c.Spans[1].TraceID.High != 7 {
		t.Fatalf("trace id %v", c.Spans[1].TraceID)
	}
}

func TestDecodeIsLenient(t *testing.T) {
	f := func(name string, build func(b []byte) []byte, check func(s *span.Span) bool) {
		t.Helper()
		b := msgp.AppendArrayHeader(nil, 1)
		b = msgp.AppendArrayHeader(b, 1)
		got, err := Decode(build(b))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if !check(&got[0].Spans[0]) {
			t.Errorf("%s: got %+v", name, got[0].Spans[0])
		}
	}
	field := func(key string, value []byte) func([]byte) []byte {
		return func(b []byte) []byte {
			return append(msgp.AppendString(msgp.AppendMapHeader(b, 1), key), value...)
		}
	}
	for _, key := range []string{"service", "name", "resource", "type", "trace_id", "span_id", "parent_id", "start",
		"duration", "error", "meta", "metrics", "meta_struct", "span_links", "span_events"} {
		f("nil "+key, field(key, msgp.AppendNil(nil)), func(s *span.Span) bool {
			return reflect.DeepEqual(*s, span.Span{})
		})
	}
	f("bin string", field("name", msgp.AppendBytes(nil, []byte("n"))), func(s *span.Span) bool { return s.Name == "n" })
	f("invalid UTF-8", field("name", msgp.AppendString(nil, "a\xff\xfeb")), func(s *span.Span) bool { return s.Name == "a\ufffd\ufffdb" })
	f("signed id", field("span_id", msgp.AppendInt64(nil, -1)), func(s *span.Span) bool { return s.ID == 1<<64-1 })
	f("unsigned start", field("start", msgp.AppendUint64(nil, 1<<62)), func(s *span.Span) bool { return s.Start == 1<<62 })
	f("unknown key", func(b []byte) []byte {
		b = msgp.AppendString(msgp.AppendMapHeader(b, 2), "future")
		b = msgp.AppendMapStrStr(b, map[string]string{"a": "b"})
		return msgp.AppendString(msgp.AppendString(b, "name"), "n")
	}, func(s *span.Span) bool { return s.Name == "n" })
	metrics := msgp.AppendMapHeader(nil, 4)
	metrics = msgp.AppendInt(msgp.AppendString(metrics, "int"), -3)
	metrics = msgp.AppendUint64(msgp.AppendString(metrics, "uint"), 1<<63)
	metrics = msgp.AppendFloat32(msgp.AppendString(metrics, "float"), 0.5)
	metrics = msgp.AppendInt(msgp.AppendString(metrics, "int"), -4)
	f("numbers", field("metrics", metrics), func(s *span.Span) bool {
		return reflect.DeepEqual(s.Metrics, []span.Metric{{Key: "int", Value: -4}, {Key: "uint", Value: 1 << 63}, {Key: "float", Value: 0.5}})
	})
	f("nil elements", field("span_links", msgp.AppendNil(msgp.AppendArrayHeader(nil, 1))), func(s *span.Span) bool { return len(s.Links) == 0 })
}

func TestDecodeKeepsTagsThatOnlyLookLikeJSON(t *testing.T) {
	f := func(key, value string) {
		t.Helper()
		in := []span.Chunk{{Spans: []span.Span{{ID: 1, Tags: []span.Tag{{Key: key, Value: value}}}}}}
		got, err := Decode(Append(nil, in))
		if err != nil {
			t.Fatal(err)
		}
		if v, _ := got[0].Spans[0].Tag(key); v != value {
			t.Errorf("%s=%s became %q", key, value, v)
		}
	}
	f("events", "click")
	f("events", "[]")
	f("events", `[{"name":"x"}]`)
	f("events", `[{"time_unix_nano":1}]`)
	f("_dd.span_links", "nothing")
	f("_dd.span_links", `[{"trace_id":"1","span_id":"2"}]`)
	f("_dd.p.tid", "xyz")
	f("_dd.p.tid", "0000000000000000")
}

func TestDecodeKeepsForeignTraceIDsApart(t *testing.T) {
	in := []span.Chunk{{Spans: []span.Span{
		{TraceID: span.TraceID{High: 1, Low: 9}, ID: 1},
		{TraceID: span.TraceID{High: 1, Low: 9}, ID: 2, Tags: []span.Tag{{Key: span.KeyTraceIDHigh, Value: "0000000000000002"}}},
		{TraceID: span.TraceID{High: 1, Low: 9}, ID: 3},
	}}}
	got, err := Decode(Append(nil, in))
	if err != nil {
		t.Fatal(err)
	}
	var high []uint64
	for _, s := range got[0].Spans {
		high = append(high, s.TraceID.High)
	}
	if !reflect.DeepEqual(high, []uint64{1, 2, 1}) {
		t.Fatalf("high halves %v", high)
	}
}

func TestDecodeRefuses(t *testing.T) {
	f := func(name string, b []byte, want error) {
		t.Helper()
		got, err := Decode(b)
		if err == nil || (want != nil && !errors.Is(err, want)) {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, want)
		}
	}
	whole := Append(nil, wiretest.Chunks(3, true))
	for n := range len(whole) {
		f("cut", whole[:n], nil)
	}
	f("nothing", nil, msgpack.ErrTruncated)
	f("a huge array", []byte{0xdd, 0xff, 0xff, 0xff, 0xff}, msgpack.ErrTruncated)
	f("a huge map", []byte{0x91, 0x91, 0xdf, 0xff, 0xff, 0xff, 0xff}, msgpack.ErrTruncated)
	f("not an array", []byte{0xa1, 'x'}, nil)
	f("a bad type", append([]byte{0x91, 0x91, 0x81, 0xa4}, "name\x01"...), nil)
	deep := append([]byte{0x91, 0x91, 0x81, 0xa1, 'x'}, bytes.Repeat([]byte{0x91}, 5000)...)
	f("deep nesting", append(deep, 0xc0), msgpack.ErrTooDeep)
	empty := append([]byte{0x91, 0xdd, 0, 0x10, 0, 0}, bytes.Repeat([]byte{0x80}, 1<<20)...)
	f("a million empty spans", empty, msgpack.ErrTooDense)
	f("an integer too large", append([]byte{0x91, 0x91, 0x81, 0xa5, 's', 't', 'a', 'r', 't'}, msgp.AppendUint64(nil, 1<<63)...), nil)
}

func FuzzDecode(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(Append(nil, wiretest.Chunks(seed, true)))
	}
	for _, payload := range wiretest.Payloads(f) {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, b []byte) { wiretest.Stable(t, b, Decode, Append) })
}

func BenchmarkDecode(b *testing.B) {
	payload := Append(nil, wiretest.TenTags(1000))
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(payload); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/span")
}

func BenchmarkAppend(b *testing.B) {
	chunks := wiretest.TenTags(1000)
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = Append(dst[:0], chunks)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/span")
}
