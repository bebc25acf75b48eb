package inband

import (
	"math"
	"testing"

	"hoofprint/internal/span"
)

func TestRoot(t *testing.T) {
	f := func(want int, idsAndParents ...uint64) {
		t.Helper()
		var spans []span.Span
		for i := 0; i < len(idsAndParents); i += 2 {
			spans = append(spans, span.Span{ID: idsAndParents[i], ParentID: idsAndParents[i+1]})
		}
		if got := Root(spans); got != want {
			t.Errorf("%v: %d, want %d", idsAndParents, got, want)
		}
	}
	f(-1)
	f(0, 1, 99)
	f(0, 1, 0, 2, 1)
	f(1, 2, 1, 1, 0)
	f(1, 1, 0, 2, 0) // as the Agent: the last
	f(1, 3, 2, 2, 99)
	f(1, 1, 2, 2, 1) // a circle
}

func TestReadPriority(t *testing.T) {
	f := func(value float64, want int8) {
		t.Helper()
		c := span.Chunk{Spans: []span.Span{{ID: 1, Metrics: []span.Metric{{Key: span.KeySamplingPriority, Value: value}}}}}
		if Read(&c); c.Priority != want {
			t.Errorf("%v: %d, want %d", value, c.Priority, want)
		}
	}
	f(2, span.UserKeep)
	f(-1, span.UserReject)
	f(0, span.AutoReject)
	f(-128, span.PriorityNone)
	f(1000, span.PriorityNone)
	f(math.NaN(), span.PriorityNone)
	f(math.Inf(1), span.PriorityNone)
}

func TestReadPrefersTheRoot(t *testing.T) {
	with := func(id, parent uint64, priority float64, origin string) span.Span {
		return span.Span{ID: id, ParentID: parent, Tags: []span.Tag{{Key: span.KeyOrigin, Value: origin}},
			Metrics: []span.Metric{{Key: span.KeySamplingPriority, Value: priority}}}
	}
	c := span.Chunk{Spans: []span.Span{with(2, 1, 0, "child"), with(1, 0, 2, "root")}}
	if Read(&c); c.Priority != 2 || c.Origin != "root" {
		t.Errorf("priority %d, origin %q", c.Priority, c.Origin)
	}
	c.Spans[1].Tags, c.Spans[1].Metrics = nil, nil
	if Read(&c); c.Priority != 0 || c.Origin != "child" {
		t.Errorf("without a root's: priority %d, origin %q", c.Priority, c.Origin)
	}
}

func TestCollectorsKeepTheLastValueOfManyKeys(t *testing.T) {
	a := NewArena(0)
	const keys = 200
	tags, metrics := a.Tags(2*keys), a.Metrics(2*keys)
	for round := range 2 {
		for i := range keys {
			key := string(rune('A' + i))
			tags.Add(key, string(rune('a'+round)))
			metrics.Add(key, float64(round))
		}
	}
	if len(tags.List()) != keys || len(metrics.List()) != keys {
		t.Fatalf("%d tags, %d metrics, want %d", len(tags.List()), len(metrics.List()), keys)
	}
	for i, tag := range tags.List() {
		if tag.Key != string(rune('A'+i)) || tag.Value != "b" || metrics.List()[i].Value != 1 {
			t.Fatalf("%d: %+v %+v", i, tag, metrics.List()[i])
		}
	}
}

func TestAnArenasListsDoNotOverlap(t *testing.T) {
	a := NewArena(1 << 20)
	first, second := a.Tags(1), a.Tags(1)
	first.Add("1", "1")
	second.Add("2", "2")
	list := append(append(first.List(), span.Tag{Key: "spare"}), span.Tag{Key: "beyond"})
	if list[0].Key != "1" || second.List()[0].Key != "2" {
		t.Fatalf("%v %v", list, second.List())
	}
}
