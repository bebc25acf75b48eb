package parquet

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
	"hoofprint/internal/store/storetest"
)

// TestQuestionsDuringAppendAndSealing asks all the time while two writers fill
// small heads that are sealed in the background. Run it with -race.
func TestQuestionsDuringAppendAndSealing(t *testing.T) {
	const batches, size = 40, 250
	s := openTest(t, t.TempDir(), Options{})
	s.headRows = 1000
	ctx := context.Background()
	var acked atomic.Int64
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for w := range 2 {
		writers.Go(func() {
			for i := range batches {
				if err := s.Append(ctx, storetest.RandomSpans(uint64(w*batches+i), size)); err != nil {
					t.Error(err)
				}
				acked.Add(size)
			}
		})
	}
	web, err := query.Parse("service:web OR -service:web @user.id:*")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		readers.Go(func() {
			for {
				before := acked.Load()
				g, err := s.Group(ctx, store.Group{Range: everything(t, ""), By: []query.Field{{Name: "service"}, {Name: "user.id", Tag: true}}, Limit: 5})
				if err != nil {
					t.Error(err)
					return
				}
				if n := g.Total.Spans; n < before || n > acked.Load()+2*size {
					t.Errorf("%d spans seen, %d were acknowledged before and %d after", n, before, acked.Load())
				}
				n := 0
				for sp, err := range s.List(ctx, store.List{Range: store.Range{From: 0, To: 1 << 62, Where: web}, Limit: 20}) {
					if err != nil || sp.Service == "" || len(sp.Tags) < 3 {
						t.Errorf("listed %+v, %v", sp, err)
					}
					n++
				}
				if before > 20 && n != 20 {
					t.Errorf("%d spans listed", n)
				}
				if _, err := s.Keys(ctx, everything(t, "")); err != nil {
					t.Error(err)
				}
				if spans, err := s.Trace(ctx, span.TraceID{High: 0x6740c1e8 << 32, Low: 3}); err != nil || before >= 2*size*batches && len(spans) != 4 {
					t.Errorf("%d spans of a trace, %v", len(spans), err)
				}
				s.Usage()
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	sealAll(t, s)
	if n := s.count(t, ""); n != 2*batches*size {
		t.Errorf("%d spans in the end, want %d", n, 2*batches*size)
	}
	if len(s.files) < 10 {
		t.Errorf("only %d files were sealed", len(s.files))
	}
}
