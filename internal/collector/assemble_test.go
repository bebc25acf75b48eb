package collector

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"hoofprint/internal/ring"
	"hoofprint/internal/span"
)

// assembly runs records through an assembler and keeps what comes out.
type assembly struct {
	*assembler
	out  []assembled
	open map[uint64]string
	seq  uint64
}

func newAssembly() *assembly {
	a := &assembly{}
	a.assembler = newAssembler(func(c assembled) {
		c.seqs = append([]uint64(nil), c.seqs...)
		a.out = append(a.out, c)
	}, func() map[uint64]string { return a.open })
	return a
}

func (a *assembly) span(s span.Span, localRoot uint64, flags uint16) {
	s.TraceID = span.TraceID{High: 1, Low: 2}
	a.add(&ring.Record{Kind: ring.KindSpan, Flags: flags, LocalRoot: localRoot, Span: s}, a.seq, false, time.Unix(0, 0))
	a.seq++
}

func topLevel(s *span.Span) bool {
	v, ok := s.Metric(span.KeyTopLevel)
	return ok && v == 1
}

func TestWholeTraceIsOneChunk(t *testing.T) {
	a := newAssembly()
	a.span(span.Span{ID: 12, ParentID: 11, Service: "db", Start: 3}, 10, 0)
	a.span(span.Span{ID: 13, ParentID: 12, Service: "db", Start: 4}, 10, 0)
	a.span(span.Span{ID: 11, ParentID: 10, Service: "web", Start: 2}, 10, 0)
	if len(a.out) != 0 {
		t.Fatal("sent before it was whole")
	}
	a.span(span.Span{ID: 10, ParentID: 99, Service: "web", Start: 1,
		Tags:    []span.Tag{{Key: "_dd.p.tid", Value: "0000000000000001"}, {Key: "_dd.origin", Value: "rum"}},
		Metrics: []span.Metric{{Key: "_sampling_priority_v1", Value: 2}}}, 10, ring.FlagLocalRoot|ring.FlagLast)
	if len(a.out) != 1 || len(a.traces) != 0 || a.bytes != 0 {
		t.Fatalf("%d chunks, %d traces left with %d bytes", len(a.out), len(a.traces), a.bytes)
	}
	c := a.out[0].chunk
	if c.Priority != 2 || c.Origin != "rum" || len(c.Spans) != 4 || c.Spans[0].ID != 10 || len(a.out[0].seqs) != 4 {
		t.Fatalf("%+v", a.out[0])
	}
	if _, ok := c.Spans[0].Tag("_dd.p.tid"); ok {
		t.Error("the upper half of the trace id stands twice")
	}
	for i := range c.Spans {
		s := &c.Spans[i]
		if want := s.ID == 10 || s.ID == 12; topLevel(s) != want {
			t.Errorf("span %d: top level %v", s.ID, !want)
		}
		if _, ok := s.Metric(keyPartialFlush); ok {
			t.Errorf("span %d: called partial", s.ID)
		}
	}
}

func TestTracesOfOneIDWithTwoLocalRootsStayApart(t *testing.T) {
	a := newAssembly()
	a.span(span.Span{ID: 11, ParentID: 10}, 10, 0)
	a.span(span.Span{ID: 21, ParentID: 20}, 20, 0)
	a.span(span.Span{ID: 20}, 20, ring.FlagLocalRoot|ring.FlagLast)
	if len(a.out) != 1 || len(a.out[0].chunk.Spans) != 2 || a.out[0].chunk.Spans[0].ID != 20 {
		t.Fatalf("%+v", a.out)
	}
}

func TestPartialFlushAt300Spans(t *testing.T) {
	a := newAssembly()
	a.open = map[uint64]string{10: "web"}
	a.keepRate = 0.25
	a.rootTags = []span.Tag{{Key: "language", Value: "python"}}
	a.add(&ring.Record{Kind: ring.KindTrace, LocalRoot: 10, Priority: -1, Span: span.Span{
		TraceID: span.TraceID{High: 1, Low: 2},
		Tags:    []span.Tag{{Key: "_dd.p.dm", Value: "-3"}, {Key: "_dd.origin", Value: "rum"}},
		Metrics: []span.Metric{{Key: "_dd.rule_psr", Value: 0.5}}}}, a.seq, false, time.Unix(0, 0))
	a.seq++
	for i := range uint64(299) {
		a.span(span.Span{ID: 100 + i, ParentID: 10, Service: "web", Start: int64(1000 - i)}, 10, 0)
	}
	if len(a.out) != 0 {
		t.Fatal("flushed too early")
	}
	a.span(span.Span{ID: 500, ParentID: 10, Service: "db", Start: 2000}, 10, 0)
	if len(a.out) != 1 || len(a.out[0].chunk.Spans) != 300 || len(a.out[0].seqs) != 301 {
		t.Fatalf("%d chunks", len(a.out))
	}
	c := a.out[0].chunk
	head := &c.Spans[0]
	if head.ID != 100+298 || c.Priority != -1 || c.Origin != "rum" {
		t.Fatalf("priority %d, origin %q, first %+v", c.Priority, c.Origin, head)
	}
	for key, want := range map[string]float64{keyPartialFlush: 300, span.KeySamplingPriority: -1, "_dd.rule_psr": 0.5, keyKeepRate: 0.25} {
		if got, _ := head.Metric(key); got != want {
			t.Errorf("%s = %v, want %v", key, got, want)
		}
	}
	if language, _ := head.Tag("language"); language != "python" {
		t.Errorf("language %q of a chunk without its root", language)
	}
	if !slices.IsSortedFunc(c.Spans[1:], func(x, y span.Span) int { return cmp.Compare(x.Start, y.Start) }) {
		t.Error("not in the order of their starts")
	}
	if dm, _ := head.Tag(span.KeyDecisionMaker); dm != "-3" {
		t.Errorf("decision maker %q", dm)
	}
	for i := range c.Spans {
		// The parent is still open; its slot tells its service.
		if want := c.Spans[i].ID == 500; topLevel(&c.Spans[i]) != want {
			t.Errorf("span %d: top level %v", c.Spans[i].ID, !want)
		}
	}
	// What is left comes with the root, under the root's own tags.
	a.span(span.Span{ID: 10, Service: "web", Start: 1, Metrics: []span.Metric{{Key: span.KeySamplingPriority, Value: 2}}}, 10, ring.FlagLocalRoot|ring.FlagLast)
	if last := a.out[1].chunk; last.Priority != 2 || len(last.Spans) != 1 {
		t.Fatalf("%+v", last)
	}
}

func TestChunksAfterTheRootCarryItsDecision(t *testing.T) {
	a := newAssembly()
	a.span(span.Span{ID: 10, Tags: []span.Tag{{Key: "_dd.p.dm", Value: "-4"}, {Key: "http.url", Value: "x"}},
		Metrics: []span.Metric{{Key: span.KeySamplingPriority, Value: 2}}}, 10, ring.FlagLocalRoot)
	for i := range uint64(299) {
		a.span(span.Span{ID: 100 + i, ParentID: 10, Start: 5}, 10, 0)
	}
	a.span(span.Span{ID: 500, ParentID: 10, Start: 6}, 10, ring.FlagLast)
	if len(a.out) != 2 {
		t.Fatalf("%d chunks", len(a.out))
	}
	late := &a.out[1].chunk
	dm, _ := late.Spans[0].Tag("_dd.p.dm")
	if _, url := late.Spans[0].Tag("http.url"); late.Priority != 2 || dm != "-4" || url {
		t.Fatalf("%+v", late)
	}
}

func TestSpansAfterTheEndOfTheirTraceCarryItsDecision(t *testing.T) {
	a := newAssembly()
	a.span(span.Span{ID: 10, Tags: []span.Tag{{Key: "_dd.p.dm", Value: "-4"}},
		Metrics: []span.Metric{{Key: span.KeySamplingPriority, Value: 2}}}, 10, ring.FlagLocalRoot|ring.FlagLast)
	a.span(span.Span{ID: 11, ParentID: 10}, 10, ring.FlagLast)
	if len(a.out) != 2 || a.out[1].chunk.Priority != 2 {
		t.Fatalf("%+v", a.out)
	}
	if dm, _ := a.out[1].chunk.Spans[0].Tag("_dd.p.dm"); dm != "-4" {
		t.Fatalf("%+v", a.out[1].chunk)
	}
	// The same key coming back must not make the memory grow or forget wrongly.
	for i := range uint64(3 * maxClosed) {
		a.add(&ring.Record{Kind: ring.KindSpan, Flags: ring.FlagLocalRoot | ring.FlagLast, LocalRoot: i + 100, Span: span.Span{TraceID: span.TraceID{Low: i + 100}, ID: i + 100}}, i, false, time.Unix(0, 0))
	}
	if len(a.recent) > maxClosed || len(a.order) > maxClosed {
		t.Fatalf("%d closed traces are remembered", len(a.recent))
	}
}

func TestDeliveredRecordsAreNotSentAgain(t *testing.T) {
	a := newAssembly()
	root := span.Span{TraceID: span.TraceID{High: 1, Low: 2}, ID: 10, Metrics: []span.Metric{{Key: span.KeySamplingPriority, Value: 1}}}
	a.add(&ring.Record{Kind: ring.KindSpan, Flags: ring.FlagLocalRoot, LocalRoot: 10, Span: root}, 0, true, time.Unix(0, 0))
	a.span(span.Span{ID: 11, ParentID: 10}, 10, ring.FlagLast)
	if len(a.out) != 1 || len(a.out[0].chunk.Spans) != 1 || a.out[0].chunk.Priority != 1 {
		t.Fatalf("%+v", a.out)
	}
}

func TestUnfinishedSpansCompleteTheirTrace(t *testing.T) {
	a := newAssembly()
	a.span(span.Span{ID: 11, ParentID: 10, Start: 20, Duration: 5}, 10, 0)
	d := ring.Description{Service: "web", Env: "prod", Version: "2"}
	slot := ring.Slot{TraceID: span.TraceID{High: 1, Low: 2}, SpanID: 10, LocalRoot: 10, Start: 10, Name: "job"}
	a.addUnfinished(unfinished(&slot, &d, 110), 10)
	a.flushAll(false)
	if len(a.out) != 1 {
		t.Fatalf("%d chunks", len(a.out))
	}
	c := a.out[0].chunk
	s := &c.Spans[0]
	if len(c.Spans) != 2 || s.ID != 10 || s.Duration != 100 || s.Error != 0 || s.Service != "web" || s.Resource != "job" || !topLevel(s) {
		t.Fatalf("%+v", c)
	}
	if v, _ := s.Metric(span.KeyUnfinished); v != 1 || c.Priority != span.AutoKeep {
		t.Fatalf("%+v", c)
	}
	if env, _ := s.Tag("env"); env != "prod" {
		t.Fatalf("%+v", s.Tags)
	}
}

func TestRememberedTracesAreBounded(t *testing.T) {
	a := newAssembly()
	for i := range uint64(maxDecisions + 10) {
		a.add(&ring.Record{Kind: ring.KindSpan, LocalRoot: i + 1, Span: span.Span{TraceID: span.TraceID{Low: i + 1}, ID: i + 1}}, i, false, time.Unix(0, 0))
	}
	if len(a.traces) > maxDecisions {
		t.Fatalf("%d traces", len(a.traces))
	}
	n := 0
	for _, out := range a.out {
		n += len(out.chunk.Spans)
	}
	for _, tr := range a.traces {
		n += len(tr.spans)
	}
	if n != maxDecisions+10 {
		t.Fatalf("%d spans sent or held", n)
	}
}
