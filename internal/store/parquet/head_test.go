package parquet

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
	"hoofprint/internal/store/storetest"
)

// places runs a check on spans in the head, replayed, in files and reopened.
func places(t *testing.T, spans []span.Span, check func(t *testing.T, s *Store)) {
	t.Helper()
	s := openTest(t, t.TempDir(), Options{})
	if err := s.Append(context.Background(), spans); err != nil {
		t.Fatal(err)
	}
	again := func() {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openTest(t, s.dir, Options{})
	}
	t.Run("head", func(t *testing.T) { check(t, s) })
	again()
	t.Run("replayed", func(t *testing.T) { check(t, s) })
	sealAll(t, s)
	t.Run("file", func(t *testing.T) { check(t, s) })
	again()
	t.Run("reopened", func(t *testing.T) { check(t, s) })
}

func TestKeysPastTheColumnsAreKept(t *testing.T) {
	ref := new(storetest.Reference)
	var spans []span.Span
	for i := range 800 { // 1,600 keys, 1,000 columns
		s := span.Span{TraceID: span.TraceID{Low: 1}, ID: uint64(i + 1), Start: storetest.Epoch + int64(i)}
		s.SetTag("shared", "x")
		s.SetTag(fmt.Sprintf("key.%d", i), fmt.Sprint("v", i))
		s.SetMetric(fmt.Sprintf("n.%d", i), float64(i))
		spans = append(spans, s)
	}
	if err := ref.Append(context.Background(), spans); err != nil {
		t.Fatal(err)
	}
	places(t, spans, func(t *testing.T, s *Store) {
		for _, q := range []string{"@key.3:v3", "@key.799:v799", "@n.799:>700", "@n.799:799", "@key.799:*", "-@key.799:v*", "@shared:x @key.790:v790"} {
			r := everything(t, q)
			got, err := s.Keys(context.Background(), r)
			want, _ := ref.Keys(context.Background(), r)
			if err != nil || len(got) != len(want) {
				t.Errorf("%s: %d keys, %v, want %d", q, len(got), err, len(want))
			}
			n := 0
			for _, err := range s.List(context.Background(), store.List{Range: r, Limit: 5, Columns: []query.Field{{Name: "key.799", Tag: true}}}) {
				if err != nil {
					t.Error(err)
				}
				n++
			}
			g, err := s.Group(context.Background(), store.Group{Range: r, By: []query.Field{{Name: "key.799", Tag: true}, {Name: "n.798", Tag: true}}})
			wantG, _ := ref.Group(context.Background(), store.Group{Range: r, By: []query.Field{{Name: "key.799", Tag: true}, {Name: "n.798", Tag: true}}})
			if err != nil || g.Total != wantG.Total || !reflect.DeepEqual(g.Groups, wantG.Groups) || int64(n) != min(5, g.Total.Spans) {
				t.Errorf("%s: %+v, %v, want %+v; %d listed", q, g, err, wantG, n)
			}
		}
		got, err := s.Trace(context.Background(), span.TraceID{Low: 1})
		want, _ := ref.Trace(context.Background(), span.TraceID{Low: 1})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("trace of %d spans differs, %v", len(got), err)
		}
	})
}

func TestStrangeSpans(t *testing.T) {
	day := int64(24 * time.Hour)
	spans := []span.Span{
		{ID: 1, Start: math.MinInt64 + 1, Duration: -5, Service: "bad\xffutf8", Tags: []span.Tag{{Key: "k\xfe", Value: "v\xfd"}}},
		{ID: 2, Start: math.MaxInt64, Duration: math.MaxInt64, Resource: strings.Repeat("é", maxString)},
		{ID: 3, Start: 0, Tags: []span.Tag{{Key: "", Value: "no key"}, {Key: "service", Value: "tag"}, {Key: "Service", Value: "Tag"}, {Key: "service~2", Value: "x"}, {Key: "n#", Value: "text"}},
			Metrics: []span.Metric{{Key: "n", Value: math.NaN()}, {Key: "N", Value: math.Inf(-1)}, {Key: "", Value: 1}}},
	}
	for i := range 20 { // a clock that jumps by days
		spans = append(spans, span.Span{ID: uint64(10 + i), Start: int64(i) * 40 * day})
	}
	places(t, spans, func(t *testing.T, s *Store) {
		got, err := s.Trace(context.Background(), span.TraceID{})
		if err != nil || len(got) != len(spans) {
			t.Fatalf("%d spans, %v", len(got), err)
		}
		first, last := got[0], got[len(got)-1]
		if first.ID != 1 || first.Duration != -5 || first.Service != "bad\ufffdutf8" || first.Tags[0] != (span.Tag{Key: "k\ufffd", Value: "v\ufffd"}) {
			t.Errorf("%+v", first)
		}
		if last.ID != 2 || last.Duration != math.MaxInt64 || len(last.Resource) != maxString {
			t.Errorf("%d of %d bytes", last.ID, len(last.Resource))
		}
		for _, sp := range got {
			if sp.ID != 3 {
				continue
			}
			if len(sp.Tags) != 5 || len(sp.Metrics) != 3 || !math.IsNaN(sp.Metrics[2].Value) {
				t.Errorf("%+v", sp)
			}
			if v, ok := sp.Tag("Service"); !ok || v != "Tag" {
				t.Errorf("%+v", sp)
			}
		}
		if n := s.count(t, "@service:tag @Service:Tag @n#:text"); n != 1 {
			t.Errorf("%d spans", n)
		}
	})
}

func TestRestartsGoOnWithTheLog(t *testing.T) {
	s := openTest(t, t.TempDir(), Options{})
	for h := range 5 {
		if err := s.Append(context.Background(), hour(h, 10)); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openTest(t, s.dir, Options{})
		if err := s.Append(context.Background(), hour(h, 10)); err != nil { // sent again
			t.Fatal(err)
		}
	}
	if n := s.count(t, ""); n != 50 {
		t.Errorf("%d spans, want 50", n)
	}
	if s.active.seq != 0 || len(s.files) != 0 || len(s.sealing) != 0 {
		t.Errorf("head %d, %d files", s.active.seq, len(s.files))
	}
}

func TestOldHeadsAreSealed(t *testing.T) {
	now := time.Unix(0, storetest.Epoch)
	s := openTest(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	s.idle()
	if err := s.Append(context.Background(), hour(0, 10)); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{headAge - time.Second, 0}, {2 * time.Second, 1}, {2 * headAge, 1}} { // an empty head stays
		now = now.Add(step.wait)
		if err := s.rotateOld(); err != nil {
			t.Fatal(err)
		}
		if len(s.sealing) != step.want {
			t.Errorf("after %v: %d heads wait, want %d", step.wait, len(s.sealing), step.want)
		}
	}
	if !s.sealNext() || s.count(t, "") != 10 || len(s.files) != 1 {
		t.Errorf("%d files", len(s.files))
	}
}
