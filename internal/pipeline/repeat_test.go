package pipeline

import (
	"context"
	"slices"
	"testing"

	"hoofprint/internal/span"
)

func TestRepeatedSpansAreStoredOnce(t *testing.T) {
	var stored []span.Span
	p := New(func(_ context.Context, spans []span.Span) error {
		stored = append(stored, spans...)
		return nil
	})
	p.DropStored(func(_ context.Context, asked []span.Span) ([]bool, error) {
		found := make([]bool, len(asked))
		for i := range asked {
			found[i] = slices.ContainsFunc(stored, func(s span.Span) bool { return s.ID == asked[i].ID && s.TraceID == asked[i].TraceID })
		}
		return found, nil
	})
	payload := func(repeat bool, ids ...uint64) span.Payload {
		var chunk span.Chunk
		for _, id := range ids {
			chunk.Spans = append(chunk.Spans, span.Span{
				TraceID: span.TraceID{Low: 7}, ID: id, Name: "n", Service: "s", Resource: "r", Start: 1.7e18, Duration: 1,
			})
		}
		return span.Payload{Chunks: []span.Chunk{chunk}, MayRepeat: repeat}
	}
	f := func(p2 span.Payload, want int) {
		t.Helper()
		if err := p.Process(context.Background(), p2); err != nil {
			t.Fatal(err)
		}
		if len(stored) != want {
			t.Fatalf("%d spans are stored, want %d", len(stored), want)
		}
	}
	f(payload(false, 1, 2), 2)
	f(payload(true, 1, 2), 2)
	f(payload(true, 2, 3), 3)
	f(payload(false, 3), 4) // nobody said that it may repeat: it is not looked up
}
