package collector

import (
	"cmp"
	"slices"
	"time"

	"hoofprint/internal/ring"
	"hoofprint/internal/span"
)

// KeyPartialFlush is set on the first span of a chunk that was cut from an open
// trace: the number of its spans.
const (
	keyPartialFlush = "_dd.py.partial_flush"
	keyKeepRate     = "_dd.tracer_kr"
)

// traceKey names a local trace: one process may take part in a trace several
// times, under several local roots.
type traceKey struct {
	id        span.TraceID
	localRoot uint64
}

// trace is a local trace under way.
type trace struct {
	key      traceKey
	spans    []span.Span
	seqs     []uint64 // ledger numbers of spans, and of decisions read with them
	bytes    int
	root     int // index of the local root in spans, or -1
	repeat   bool
	touched  time.Time
	decision *decision
}

// assembled is a chunk on its way out.
type assembled struct {
	chunk  span.Chunk
	seqs   []uint64 // valid only during emit
	bytes  int      // estimated size on the wire
	repeat bool     // a killed collector may have delivered some of it
}

// assembler makes chunks of the records of one ring. For one goroutine.
type assembler struct {
	traces  map[traceKey]*trace
	free    []*trace
	typical int // spans of the last whole chunk: the next one's capacity
	partial int // spans of a trace that are sent before it is whole; 0: none
	bytes   int // of all spans held
	added   int // bytes of all spans that ever came
	emit    func(assembled)
	decisions
	suspect bool // of the record being added: see assembled.repeat
	// marked says that the writer marks entry spans itself, as ours do.
	marked bool
	// rootTags are what every local root of the process carries; chunks without
	// their root repeat them.
	rootTags []span.Tag
	// keepRate is the share of the process's spans that found room in its ring.
	keepRate float64
	// parents gives the services of spans that are still open, by span id, for
	// chunks that are cut out of a trace.
	parents func() map[uint64]string
}

func newAssembler(emit func(assembled), parents func() map[uint64]string) *assembler {
	return &assembler{traces: map[traceKey]*trace{}, emit: emit, parents: parents, typical: 4, partial: partialFlushSpans, keepRate: 1}
}

// add takes in one record. delivered says that an earlier collector has sent it:
// it then only counts for what it decides.
func (a *assembler) add(rec *ring.Record, seq uint64, delivered bool, now time.Time) {
	key := traceKey{rec.Span.TraceID, rec.LocalRoot}
	t := a.traces[key]
	if t == nil {
		if delivered && rec.Flags&ring.FlagLast != 0 {
			return
		}
		t = a.newTrace(key)
	}
	t.touched = now
	switch rec.Kind {
	case ring.KindTrace:
		t.decision = &decision{priority: rec.Priority, tags: rec.Span.Tags, metrics: rec.Span.Metrics}
		if !delivered {
			t.seqs = append(t.seqs, seq)
		}
		return
	case ring.KindSpan:
		s := &rec.Span
		isRoot := rec.Flags&ring.FlagLocalRoot != 0
		if delivered {
			if isRoot {
				t.decision = a.decisions.of(s)
			}
		} else {
			if isRoot {
				t.root = len(t.spans)
			}
			if t.spans == nil {
				t.spans = make([]span.Span, 0, a.typical)
			}
			t.spans = append(t.spans, *s)
			t.repeat = t.repeat || a.suspect
			t.seqs = append(t.seqs, seq)
			size := wireSize(s)
			t.bytes += size
			a.bytes += size
			a.added += size
		}
	}
	switch {
	case rec.Flags&ring.FlagLast != 0:
		a.typical = min(max(len(t.spans), 1), 64)
		a.flush(t, false)
		a.drop(t)
	case a.partial > 0 && len(t.spans) >= a.partial:
		a.flush(t, true)
	}
}

func (a *assembler) newTrace(key traceKey) *trace {
	if len(a.traces) >= maxDecisions {
		a.forget()
	}
	var t *trace
	if n := len(a.free); n > 0 {
		t, a.free = a.free[n-1], a.free[:n-1]
	} else {
		t = &trace{}
	}
	*t = trace{key: key, root: -1, seqs: t.seqs[:0], decision: a.decisions.recall(key)}
	a.traces[key] = t
	return t
}

func (a *assembler) drop(t *trace) {
	delete(a.traces, t.key)
	if t.decision != nil {
		a.decisions.remember(t.key, t.decision)
	}
	if len(a.free) < 1024 {
		a.free = append(a.free, t)
	}
}

// forget makes room: traces that hold nothing first, else all are cut.
func (a *assembler) forget() {
	for _, t := range a.traces {
		if len(t.seqs) == 0 {
			a.drop(t)
		}
	}
	if len(a.traces) < maxDecisions {
		return
	}
	for _, t := range a.traces {
		a.flush(t, true)
		a.drop(t)
	}
}

// flush sends what a trace holds.
func (a *assembler) flush(t *trace, partial bool) {
	if len(t.seqs) == 0 {
		return
	}
	out := assembled{seqs: t.seqs, bytes: t.bytes, repeat: t.repeat}
	if len(t.spans) > 0 {
		out.chunk = a.chunk(t, partial)
	}
	a.bytes -= t.bytes
	a.emit(out)
	t.spans, t.seqs, t.bytes, t.root, t.repeat = nil, t.seqs[:0], 0, -1, false
}

// flushBefore cuts every trace that holds a record older than seq.
func (a *assembler) flushBefore(seq uint64) {
	for _, t := range a.traces {
		if len(t.seqs) > 0 && t.seqs[0] < seq {
			a.flush(t, true)
		}
	}
}

// flushIdle cuts every trace without a record since then.
func (a *assembler) flushIdle(since time.Time) {
	for _, t := range a.traces {
		if t.touched.Before(since) {
			a.flush(t, true)
			a.drop(t)
		}
	}
}

// flushAll cuts every trace.
func (a *assembler) flushAll(partial bool) {
	for _, t := range a.traces {
		a.flush(t, partial)
	}
}

// chunk turns the spans of a trace into the form of the wire: its first span is
// the local root if it is there, else the one that started first, and that span
// carries what is true of the whole chunk.
func (a *assembler) chunk(t *trace, partial bool) span.Chunk {
	spans := t.spans
	first := t.root
	if first < 0 {
		first = 0
		for i := range spans {
			if spans[i].Start < spans[first].Start {
				first = i
			}
		}
	}
	if first != 0 {
		spans[0], spans[first] = spans[first], spans[0]
	}
	// In the order in which they started, as ddtrace has them; they came as they ended.
	slices.SortStableFunc(spans[1:], func(x, y span.Span) int { return cmp.Compare(x.Start, y.Start) })
	head := &spans[0]
	if t.root >= 0 {
		t.decision = a.decisions.of(head)
	} else if d := t.decision; d != nil {
		for _, tag := range d.tags {
			head.SetTag(tag.Key, tag.Value)
		}
		for _, tag := range a.rootTags {
			head.SetTag(tag.Key, tag.Value)
		}
		for _, m := range d.metrics {
			head.SetMetric(m.Key, m.Value)
		}
		if d.priority != span.PriorityNone {
			head.SetMetric(span.KeySamplingPriority, float64(d.priority))
		}
	}
	a.topLevel(spans, t.root >= 0, partial)
	if partial {
		head.SetMetric(keyPartialFlush, float64(len(spans)))
	}
	head.SetMetric(keyKeepRate, a.keepRate)
	// TraceID carries the upper half; the encoders write it where it belongs.
	head.DeleteTag(span.KeyTraceIDHigh)
	c := span.Chunk{Priority: priority(head), Spans: spans}
	c.Origin, _ = head.Tag(span.KeyOrigin)
	return c
}

func priority(s *span.Span) int8 {
	v, ok := s.Metric(span.KeySamplingPriority)
	if !ok || v != v || v < -127 || v > 127 {
		return span.PriorityNone
	}
	return int8(v)
}

// topLevel marks the entry spans of each service: the local root, and each span
// whose parent belongs to another service; for writers that leave it to us.
func (a *assembler) topLevel(spans []span.Span, rooted, partial bool) {
	if rooted && !a.marked {
		_, a.marked = spans[0].Metric(span.KeyTopLevel)
	}
	if a.marked {
		return
	}
	if rooted {
		markTopLevel(&spans[0])
	}
	same := true
	for i := 1; i < len(spans) && same; i++ {
		same = spans[i].Service == spans[0].Service
	}
	if same && rooted && !partial {
		return
	}
	services := make(map[uint64]string, len(spans))
	for i := range spans {
		services[spans[i].ID] = spans[i].Service
	}
	var open map[uint64]string // of spans not in the chunk, asked for once
	for i := range spans {
		s := &spans[i]
		service, ok := services[s.ParentID]
		if !ok && partial && s.ParentID != 0 {
			if open == nil {
				open = a.parents()
			}
			service, ok = open[s.ParentID]
		}
		if ok && service != s.Service {
			markTopLevel(s)
		}
	}
}

func markTopLevel(s *span.Span) {
	if _, ok := s.Metric(span.KeyTopLevel); !ok {
		s.Metrics = append(s.Metrics, span.Metric{Key: span.KeyTopLevel, Value: 1})
	}
}

// wireSize estimates the bytes of a span in the v0.4 encoding, the larger one;
// its memory is about the same.
func wireSize(s *span.Span) int {
	n := 160 + len(s.Name) + len(s.Service) + len(s.Resource) + len(s.Type)
	for i := range s.Tags {
		n += 8 + len(s.Tags[i].Key) + len(s.Tags[i].Value)
	}
	for i := range s.Metrics {
		n += 12 + len(s.Metrics[i].Key)
	}
	for i := range s.Structs {
		n += 8 + len(s.Structs[i].Key) + len(s.Structs[i].Value)
	}
	return n
}
