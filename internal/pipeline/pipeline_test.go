package pipeline

import (
	"context"
	"errors"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/wiretest"
)

const start = 1_700_000_000_000_000_000

var trace = span.TraceID{High: 1, Low: 2}

// process gives what comes out for one chunk, and what was counted.
func process(t *testing.T, client span.Client, chunk span.Chunk) ([]span.Span, Snapshot) {
	t.Helper()
	var out []span.Span
	p := New(func(_ context.Context, spans []span.Span) error {
		out = append(out, spans...)
		return nil
	})
	p.now = func() time.Time { return time.Unix(0, start) }
	if err := p.Process(context.Background(), span.Payload{Client: client, Chunks: []span.Chunk{chunk}}); err != nil {
		t.Fatal(err)
	}
	return out, p.Snapshot()
}

func TestMend(t *testing.T) {
	f := func(name string, change func(s *span.Span), want func(s *span.Span), counted string) {
		t.Helper()
		plain := func() span.Span {
			return span.Span{TraceID: trace, ID: 3, Start: start, Duration: 5, Name: "op", Service: "web", Resource: "r"}
		}
		in, expected := plain(), plain()
		change(&in)
		want(&expected)
		client := span.Client{Lang: "python", ComputedTopLevel: true}
		got, snapshot := process(t, client, span.Chunk{Priority: span.PriorityNone, Spans: []span.Span{in}})
		if len(got) != 1 || !reflect.DeepEqual(got[0], expected) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, expected)
		}
		counts := map[string]int64{}
		if counted != "" {
			counts[counted] = 1
		}
		if !maps.Equal(snapshot.Mended, counts) {
			t.Errorf("%s: counted %v, want %v", name, snapshot.Mended, counts)
		}
	}
	none := func(*span.Span) {}
	long := strings.Repeat("x", 30_000)

	f("nothing", none, none, "")
	f("no service", func(s *span.Span) { s.Service = "" }, func(s *span.Span) { s.Service = "unnamed-python-service" }, "service_empty")
	f("bad service", func(s *span.Span) { s.Service = "!" }, func(s *span.Span) { s.Service = "unnamed-python-service" }, "service_invalid")
	f("long service", func(s *span.Span) { s.Service = long }, func(s *span.Span) { s.Service = long[:100] }, "service_truncate")
	f("loud service", func(s *span.Span) { s.Service = "Web Store" }, func(s *span.Span) { s.Service = "web_store" }, "")
	f("no name", func(s *span.Span) { s.Name = "" }, func(s *span.Span) { s.Name = "unnamed_operation" }, "span_name_empty")
	f("bad name", func(s *span.Span) { s.Name = "42" }, func(s *span.Span) { s.Name = "unnamed_operation" }, "span_name_invalid")
	f("long name", func(s *span.Span) { s.Name = long }, func(s *span.Span) { s.Name = long[:100] }, "span_name_truncate")
	f("no resource", func(s *span.Span) { s.Resource = "" }, func(s *span.Span) { s.Resource = "op" }, "resource_empty")
	f("long resource", func(s *span.Span) { s.Resource = long }, func(s *span.Span) { s.Resource = long[:5000] }, "resource_truncate")
	f("long type", func(s *span.Span) { s.Type = long }, func(s *span.Span) { s.Type = long[:100] }, "type_truncate")
	f("own parent", func(s *span.Span) { s.ParentID = s.ID }, none, "")
	f("many errors", func(s *span.Span) { s.Error = 7 }, func(s *span.Span) { s.Error = 1 }, "")
	f("negative error", func(s *span.Span) { s.Error = -7 }, none, "")
	f("negative duration", func(s *span.Span) { s.Duration = -1 }, func(s *span.Span) { s.Duration = 0 }, "invalid_duration")
	f("endless duration", func(s *span.Span) { s.Duration = math.MaxInt64 }, func(s *span.Span) { s.Duration = 0 }, "invalid_duration")
	f("start in 1970", func(s *span.Span) { s.Start = 5 }, func(s *span.Span) { s.Start = start - 5 }, "invalid_start_date")

	tag := func(key, value string) func(s *span.Span) {
		return func(s *span.Span) { s.Tags = []span.Tag{{Key: key, Value: value}} }
	}
	f("loud env", tag("env", "Prod!"), tag("env", "prod"), "")
	f("status code", tag("http.status_code", "404"), tag("http.status_code", "404"), "")
	f("bad status code", tag("http.status_code", "600"), func(s *span.Span) { s.Tags = []span.Tag{} }, "invalid_http_status_code")
	f("no status code", tag("http.status_code", "ok"), func(s *span.Span) { s.Tags = []span.Tag{} }, "invalid_http_status_code")
	f("peer service", tag("peer.service", "Data Base"), tag("peer.service", "data_base"), "")
	f("bad peer service", tag("peer.service", "!"), tag("peer.service", ""), "peer_service_invalid")
	f("long base service", tag("_dd.base_service", long), tag("_dd.base_service", long[:100]), "base_service_truncate")
	f("long value", tag("k", long), tag("k", long[:25_000]+"..."), "tag_truncate")
	f("long key", tag(long, "v"), tag(long[:200]+"...", "v"), "tag_truncate")
	f("a document", tag("_dd.appsec.json", long), tag("_dd.appsec.json", long), "")
	f("long metric", func(s *span.Span) { s.Metrics = []span.Metric{{Key: long, Value: 1}} },
		func(s *span.Span) { s.Metrics = []span.Metric{{Key: long[:200] + "...", Value: 1}} }, "tag_truncate")
	f("link name", func(s *span.Span) { s.Links = []span.Link{{Attributes: []span.Tag{{Key: "link.name", Value: "a b"}}}} },
		func(s *span.Span) { s.Links = []span.Link{{Attributes: []span.Tag{{Key: "link.name", Value: "a_b"}}}} }, "")
}

func TestMendKeepsOneTagPerCutKey(t *testing.T) {
	long := strings.Repeat("x", 200)
	s := span.Span{TraceID: trace, ID: 3, Start: start, Name: "op", Service: "web", Resource: "r",
		Tags:    []span.Tag{{Key: long + "1", Value: "1"}, {Key: "a", Value: "a"}, {Key: long + "2", Value: "2"}, {Key: "b", Value: "b"}},
		Metrics: []span.Metric{{Key: long + "1", Value: 1}, {Key: long + "2", Value: 2}, {Key: "b", Value: 3}}}
	got, _ := process(t, span.Client{ComputedTopLevel: true}, span.Chunk{Priority: span.PriorityNone, Spans: []span.Span{s}})
	if want := []span.Tag{{Key: long + "...", Value: "2"}, {Key: "a", Value: "a"}, {Key: "b", Value: "b"}}; !reflect.DeepEqual(got[0].Tags, want) {
		t.Errorf("tags %v", got[0].Tags)
	}
	if want := []span.Metric{{Key: long + "...", Value: 2}, {Key: "b", Value: 3}}; !reflect.DeepEqual(got[0].Metrics, want) {
		t.Errorf("metrics %v", got[0].Metrics)
	}
}

func TestProcessDropsWhatIsNoTrace(t *testing.T) {
	f := func(want string, spans ...span.Span) {
		t.Helper()
		got, snapshot := process(t, span.Client{}, span.Chunk{Spans: spans})
		if len(got) != 0 || snapshot.DroppedChunks[want] != 1 || snapshot.DroppedSpans != int64(len(spans)) {
			t.Errorf("%s: %d spans handed on, counted %+v", want, len(got), snapshot)
		}
	}
	f("empty_trace")
	f("trace_id_zero", span.Span{ID: 1})
	f("trace_id_zero", span.Span{TraceID: span.TraceID{High: 1}, ID: 1})
	f("span_id_zero", span.Span{TraceID: trace, ID: 1}, span.Span{TraceID: trace})
	f("foreign_span", span.Span{TraceID: trace, ID: 1}, span.Span{TraceID: span.TraceID{High: 9, Low: 2}, ID: 2})
}

func TestProcessMarksTopLevelOnlyIfTheClientDidNot(t *testing.T) {
	chunk := func() span.Chunk {
		return span.Chunk{Priority: span.PriorityNone, Spans: []span.Span{
			{TraceID: trace, ID: 1, Service: "web"},
			{TraceID: trace, ID: 2, ParentID: 1, Service: "web"},
			{TraceID: trace, ID: 3, ParentID: 2, Service: "db"},
			{TraceID: trace, ID: 4, ParentID: 99, Service: "web"},
		}}
	}
	f := func(computed bool, want ...uint64) {
		t.Helper()
		spans, _ := process(t, span.Client{ComputedTopLevel: computed}, chunk())
		var got []uint64
		for i := range spans {
			if v, _ := spans[i].Metric(span.KeyTopLevel); v == 1 {
				got = append(got, spans[i].ID)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("computed %t: top-level %v, want %v", computed, got, want)
		}
	}
	f(false, 1, 3, 4)
	f(true)
}

func TestProcessPutsTheFactsOfTheChunkOnItsSpans(t *testing.T) {
	got, _ := process(t, span.Client{Hostname: "stable"}, span.Chunk{Priority: span.UserKeep, Origin: "rum", Spans: []span.Span{
		{TraceID: trace, ID: 2, ParentID: 1, Tags: []span.Tag{{Key: "env", Value: "other"}}},
		{TraceID: trace, ID: 1, Tags: []span.Tag{{Key: "env", Value: "prod"}}},
		{TraceID: trace, ID: 3, ParentID: 1},
	}})
	f := func(i int, key, want string) {
		t.Helper()
		if v, _ := got[i].Tag(key); v != want {
			t.Errorf("span %d: %s = %q, want %q", i, key, v, want)
		}
	}
	f(0, "env", "other")
	f(1, "env", "prod")
	f(2, "env", "prod")
	f(2, "_dd.hostname", "stable")
	f(1, "_dd.origin", "rum")
	f(2, "_dd.origin", "")
	if v, ok := got[1].Metric(span.KeySamplingPriority); v != 2 || !ok {
		t.Errorf("priority %v %v", v, ok)
	}
	if _, ok := got[0].Metric(span.KeySamplingPriority); ok {
		t.Error("only the root tells the priority")
	}
}

func TestProcessHandsAllChunksOnAtOnceAndReturnsTheError(t *testing.T) {
	full := errors.New("disk full")
	calls, spans := 0, 0
	p := New(func(_ context.Context, s []span.Span) error {
		calls++
		spans += len(s)
		return full
	})
	one := span.Chunk{Spans: []span.Span{{TraceID: trace, ID: 1}}}
	two := span.Chunk{Spans: []span.Span{{TraceID: span.TraceID{Low: 7}, ID: 2}, {TraceID: span.TraceID{Low: 7}, ID: 3}}}
	bad := span.Chunk{Spans: []span.Span{{}}}
	err := p.Process(context.Background(), span.Payload{Chunks: []span.Chunk{one, bad, two}})
	if !errors.Is(err, full) || calls != 1 || spans != 3 {
		t.Fatalf("%v after %d calls with %d spans", err, calls, spans)
	}
	if s := p.Snapshot(); s.Spans != 0 || s.Chunks != 0 || s.DroppedSpans != 1 {
		t.Fatalf("counted %+v", s)
	}
}

func TestProcessMayBeGivenTheSamePayloadAgain(t *testing.T) {
	fail := errors.New("not now")
	var got [][]span.Span
	p := New(func(_ context.Context, s []span.Span) error {
		got = append(got, slices.Clone(s))
		return fail
	})
	payload := span.Payload{Client: span.Client{Hostname: "stable"}, Chunks: []span.Chunk{
		{Spans: []span.Span{{}}},
		{Priority: span.UserKeep, Origin: "rum", Spans: []span.Span{{TraceID: trace, ID: 1, Start: start, Tags: []span.Tag{{Key: "env", Value: "A B"}}}}},
	}}
	for range 2 {
		if err := p.Process(context.Background(), payload); !errors.Is(err, fail) {
			t.Fatal(err)
		}
	}
	if len(got) != 2 || len(got[0]) != 1 || !reflect.DeepEqual(got[0], got[1]) {
		t.Fatalf("first %+v then %+v", got[0], got[1])
	}
}

func BenchmarkProcess(b *testing.B) {
	p := New(func(context.Context, []span.Span) error { return nil })
	chunks := wiretest.TenTags(1000)
	b.ReportAllocs()
	for b.Loop() { // after the first round there is nothing left to mend, as for good clients
		payload := span.Payload{Client: span.Client{Lang: "python", ComputedTopLevel: true, Hostname: "stable"}, Chunks: slices.Clone(chunks)}
		if err := p.Process(context.Background(), payload); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/span")
}
