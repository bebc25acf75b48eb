package parquet

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hoofprint/internal/span"
)

// TestLargeSpansSurviveAKill holds frames to what a replay believes: a payload
// that names one long value many times is small, its spans are not.
func TestLargeSpansSurviveAKill(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, Options{})
	long := strings.Repeat("v", 25_000)
	var tags []span.Tag
	for i := range 100 {
		tags = append(tags, span.Tag{Key: fmt.Sprint("tag.", i), Value: long})
	}
	spans := make([]span.Span, 150) // 375 MB, above maxFrame
	for i := range spans {
		spans[i] = span.Span{TraceID: span.TraceID{Low: 1}, ID: uint64(i + 1), Start: int64(i), Service: "big", Tags: tags}
	}
	if err := s.Append(context.Background(), spans); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := openTest(t, dir, Options{}).count(t, "service:big"); n != int64(len(spans)) {
		t.Errorf("%d spans after a restart, want %d", n, len(spans))
	}
}

func TestTagsOfOneSpanAreBounded(t *testing.T) {
	s := openTest(t, t.TempDir(), Options{})
	long := strings.Repeat("v", 1<<20)
	one := span.Span{TraceID: span.TraceID{Low: 1}, ID: 1, Service: "big"}
	for i := range 100 {
		one.Tags = append(one.Tags, span.Tag{Key: fmt.Sprint("tag.", i), Value: long})
	}
	if err := s.Append(context.Background(), []span.Span{one}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Trace(context.Background(), one.TraceID)
	if err != nil || len(got) != 1 || len(got[0].Tags) != maxSpan>>20-1 || got[0].Service != "big" {
		t.Errorf("%d spans, %v", len(got), err)
	}
}

func TestManyEventsDoNotSpoilASpan(t *testing.T) {
	s := openTest(t, t.TempDir(), Options{})
	one := span.Span{TraceID: span.TraceID{Low: 1}, ID: 1, Structs: []span.Struct{{Key: "k", Value: make([]byte, 500_000)}}}
	for i := range 100 {
		one.Events = append(one.Events, span.Event{Time: int64(i), Name: strings.Repeat("e", 20_000)})
	}
	if err := s.Append(context.Background(), []span.Span{one}); err != nil {
		t.Fatal(err)
	}
	sealAll(t, s)
	got, err := s.Trace(context.Background(), one.TraceID)
	if err != nil || len(got) != 1 || len(got[0].Events) != 50 || got[0].Events[49].Time != 49 {
		t.Errorf("%d spans, %v", len(got), err)
	}
}
