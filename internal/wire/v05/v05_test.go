package v05

import (
	"bytes"
	"errors"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/msgpack"
	"hoofprint/internal/wire/wiretest"
)

func TestRoundTripKeepsEverything(t *testing.T) {
	var e Encoder
	for seed := range uint64(500) {
		want := wiretest.Chunks(seed, false)
		got, err := Decode(e.Append(nil, want))
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

func TestAppendKeepsWhatStandsInDst(t *testing.T) {
	chunks := wiretest.Chunks(1, false)
	alone := Append(nil, chunks)
	if got := Append([]byte("before"), chunks); string(got) != "before"+string(alone) {
		t.Fatal("the prefix or the payload changed")
	}
}

func TestCanCarry(t *testing.T) {
	c := []span.Chunk{{Spans: []span.Span{{ID: 1}}}}
	if !CanCarry(c) {
		t.Fatal("a plain span can be carried")
	}
	c[0].Spans[0].Structs = []span.Struct{{Key: "_llmobs", Value: []byte{0x80}}}
	if CanCarry(c) {
		t.Fatal("meta_struct cannot be carried")
	}
}

func TestDecodeResolvesAnyTable(t *testing.T) {
	// Index 0 is not "" here, and nil stands for one string.
	b := msgp.AppendArrayHeader(nil, 2)
	b = msgp.AppendArrayHeader(b, 3)
	b = msgp.AppendString(b, "web")
	b = msgp.AppendBytes(b, []byte("k\xff"))
	b = msgp.AppendNil(b)
	b = msgp.AppendArrayHeader(msgp.AppendArrayHeader(b, 1), 1)
	b = msgp.AppendArrayHeader(b, 12)
	b = msgp.AppendUint32(msgp.AppendNil(msgp.AppendUint32(b, 0)), 2)
	for range 6 {
		b = msgp.AppendInt(b, 1)
	}
	b = msgp.AppendUint32(msgp.AppendUint32(msgp.AppendMapHeader(b, 1), 1), 0)
	b = msgp.AppendInt(msgp.AppendUint32(msgp.AppendMapHeader(b, 1), 1), -2)
	b = msgp.AppendUint32(b, 2)
	got, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	wiretest.SameChunk(t, got[0], span.Chunk{Priority: span.PriorityNone, Spans: []span.Span{{
		Service: "web", TraceID: span.TraceID{Low: 1}, ID: 1, ParentID: 1, Start: 1, Duration: 1, Error: 1,
		Tags: []span.Tag{{Key: "k\ufffd", Value: "web"}}, Metrics: []span.Metric{{Key: "k\ufffd", Value: -2}},
	}}})
}

func TestDecodeRefuses(t *testing.T) {
	f := func(name string, b []byte, want error) {
		t.Helper()
		got, err := Decode(b)
		if err == nil || (want != nil && !errors.Is(err, want)) {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, want)
		}
	}
	whole := Append(nil, wiretest.Chunks(3, false))
	for n := range len(whole) {
		f("cut", whole[:n], nil)
	}
	f("nothing", nil, nil)
	f("only a table", []byte{0x91, 0x90}, nil)
	f("a huge table", []byte{0x92, 0xdd, 0xff, 0xff, 0xff, 0xff}, msgpack.ErrTruncated)
	f("a span of 11", []byte{0x92, 0x90, 0x91, 0x91, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x80}, nil)
	f("an index beyond the table", []byte{0x92, 0x91, 0xa0, 0x91, 0x91, 0x9c, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0x80, 0x80, 0}, nil)
	nils := append([]byte{0x92, 0xdd, 0, 0x10, 0, 0}, bytes.Repeat([]byte{0xa0}, 1<<20)...)
	one := append([]byte{0x9c}, bytes.Repeat([]byte{0xc0}, 12)...)
	spans := append([]byte{0x92, 0x90, 0x91, 0xdd, 0, 1, 0, 0}, bytes.Repeat(one, 1<<16)...)
	if _, err := Decode(spans); err != nil {
		t.Errorf("sparse spans: %v", err)
	}
	f("a table without traces", nils, nil)
}

func FuzzDecode(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(Append(nil, wiretest.Chunks(seed, false)))
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
	var e Encoder
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = e.Append(dst[:0], chunks)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/span")
}
