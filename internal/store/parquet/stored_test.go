package parquet

import (
	"context"
	"slices"
	"testing"

	"hoofprint/internal/span"
)

func TestStoredFindsSpansWhereverTheyLie(t *testing.T) {
	s := openTest(t, t.TempDir(), Options{})
	start := s.now().UnixNano()
	newSpan := func(trace, id uint64) span.Span {
		return span.Span{
			TraceID: span.TraceID{High: 9, Low: trace}, ID: id, Start: start + int64(id),
			Name: "n", Service: "s", Resource: "r", Duration: 1,
		}
	}
	add := func(spans ...span.Span) {
		t.Helper()
		if err := s.Append(context.Background(), spans); err != nil {
			t.Fatal(err)
		}
	}
	add(newSpan(1, 1), newSpan(1, 2), newSpan(2, 3))
	sealAll(t, s)
	add(newSpan(2, 4), newSpan(3, 5))

	later := newSpan(3, 5)
	later.Start++
	ask := []span.Span{
		newSpan(1, 2), newSpan(2, 3), // in a file
		newSpan(2, 4), newSpan(3, 5), // in the head
		newSpan(1, 5), newSpan(4, 1), // of a trace without such a span, of no trace that is stored
		later,
		newSpan(2, 4), newSpan(4, 1), // once more
	}
	got, err := s.Stored(context.Background(), ask)
	if err != nil {
		t.Fatal(err)
	}
	if want := []bool{true, true, true, true, false, false, false, true, false}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
