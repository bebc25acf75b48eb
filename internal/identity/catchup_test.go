package identity

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store/parquet"
)

func TestTheRegistryCatchesUpWithTheStore(t *testing.T) {
	spans, err := parquet.Open(t.TempDir(), parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer spans.Close()
	kept := open(t, filepath.Join(t.TempDir(), "services.json"))
	watched := Watch(spans, kept.Observe)
	now := time.Now().UnixNano()
	for i := range int64(40) {
		s := entry([]string{"web", "api"}[i%2], []string{"prod", "dev"}[i/2%2], []string{"1", "", "2"}[i/16], now+i)
		s.TraceID, s.ID = span.TraceID{Low: uint64(i + 1)}, 1
		if s.Tags[1].Value == "" {
			s.DeleteTag(span.KeyVersion)
		}
		if err := watched.Append(context.Background(), []span.Span{s}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "services.json")
	lost := open(t, path)
	if err := lost.CatchUp(context.Background(), spans); err != nil {
		t.Fatal(err)
	}
	want, got := fmt.Sprint(kept.Deployments(0, now*2, "", "")), fmt.Sprint(lost.Deployments(0, now*2, "", ""))
	if want != got || len(kept.Deployments(0, now*2, "", "")) != 8 {
		t.Fatalf("deployments %s, want %s", got, want)
	}
	for _, env := range []string{"", "prod", "dev"} {
		if kept.LastSeen("web", env) != lost.LastSeen("web", env) {
			t.Fatalf("last seen in %q differs", env)
		}
	}
	if _, known := lost.Of("api"); !known || !lost.Seen() {
		t.Fatal("a service was not found")
	}

	// The process is killed before it writes of the newest service.
	if err := lost.Close(); err != nil {
		t.Fatal(err)
	}
	s := entry("newest", "", "", now+100)
	s.TraceID, s.ID = span.TraceID{Low: 100}, 1
	if err := spans.Append(context.Background(), []span.Span{s}); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	if err := again.CatchUp(context.Background(), spans); err != nil {
		t.Fatal(err)
	}
	before, _ := lost.Of("web")
	after, _ := again.Of("web")
	if _, known := again.Of("newest"); !known || before != after {
		t.Fatalf("newest known: %v; web was %v, is %v", known, before, after)
	}
}

func TestAClockThatIsAheadHidesNothing(t *testing.T) {
	spans, err := parquet.Open(t.TempDir(), parquet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer spans.Close()
	path := filepath.Join(t.TempDir(), "services.json")
	kept := open(t, path)
	now := time.Now()
	ahead := entry("ahead", "", "1", now.AddDate(70, 0, 0).UnixNano())
	kept.Observe([]span.Span{ahead})
	if last := kept.LastSeen("ahead", ""); last > time.Now().UnixNano() {
		t.Errorf("last seen in %s", time.Unix(0, last))
	}
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	late := entry("late", "", "", now.UnixNano()) // stored just before a kill
	for i, s := range []span.Span{ahead, late} {
		s.TraceID, s.ID = span.TraceID{Low: uint64(i + 1)}, 1
		if err := spans.Append(context.Background(), []span.Span{s}); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, path)
	if err := again.CatchUp(context.Background(), spans); err != nil {
		t.Fatal(err)
	}
	if _, known := again.Of("late"); !known {
		t.Error("the service of the last spans was not found")
	}
}

func TestIsEntryAndEntriesAgree(t *testing.T) {
	for _, kind := range []string{"", "server", "client", "producer", "consumer", "internal"} {
		for _, top := range []float64{0, 1, -1} {
			var s span.Span
			if kind != "" {
				s.SetTag(span.KeyKind, kind)
			}
			if top >= 0 {
				s.SetMetric(span.KeyTopLevel, top)
			}
			if IsEntry(&s) != query.Match(Entries(), &s) {
				t.Fatalf("kind %q, top-level %g: IsEntry is %v", kind, top, IsEntry(&s))
			}
		}
	}
}
