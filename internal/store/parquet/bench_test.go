package parquet

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"syscall"
	"testing"
	"time"

	"hoofprint/internal/query"
	"hoofprint/internal/span"
	"hoofprint/internal/store"
	"hoofprint/internal/store/storetest"
)

// maxBytesPerSpan bounds what the workload takes on disk. It is a property of
// the layout, not of the machine.
const maxBytesPerSpan = 60

func TestBytesPerSpan(t *testing.T) {
	s := openTest(t, t.TempDir(), Options{})
	const n = maxRows - 1000
	w := newWorkload(3_000_000, 24*time.Hour)
	if err := s.Append(context.Background(), w.batch(n)); err != nil {
		t.Fatal(err)
	}
	sealAll(t, s)
	u := s.Usage()
	perSpan := float64(u.Bytes) / float64(u.Spans)
	t.Logf("%d spans, %.1f bytes a span", u.Spans, perSpan)
	if perSpan > maxBytesPerSpan {
		for _, c := range s.files[0].groups[0].columns {
			t.Logf("%-20s %6.2f bytes a span, %v, dictionary %v, bloom %.2f", c.name, float64(c.size)/n, c.codec, c.coded, float64(c.bloom[1])/n)
		}
		t.Errorf("over %d", maxBytesPerSpan)
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkIngest reports CPU seconds per million spans for everything: log,
// head, sealing, garbage collection.
func BenchmarkIngest(b *testing.B) {
	s, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	// Made before, so that making them is not measured; each round has new ids.
	w := newWorkload(3_000_000, 24*time.Hour)
	batches := make([][]span.Span, 50)
	raw := 0
	for i := range batches {
		batches[i] = w.batch(2000)
		for k := range batches[i] {
			raw += len(appendSpan(nil, &batches[i][k], ""))
		}
	}
	runtime.GC()
	spans := 0
	begin := cpuTime()
	for i := 0; b.Loop(); i++ {
		batch := batches[i%len(batches)]
		if i >= len(batches) {
			for k := range batch {
				batch[k].TraceID.Low += 0x9e3779b97f4a7c15
			}
		}
		if err := s.Append(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
		spans += len(batch)
	}
	for s.sealingLeft() {
		time.Sleep(time.Millisecond)
	}
	cpu := cpuTime() - begin
	b.ReportMetric(float64(raw)/100_000, "raw-bytes/span")
	b.ReportMetric(cpu.Seconds()/float64(spans)*1e6, "cpu-s/Mspan")
	b.ReportMetric(float64(spans)/float64(b.N), "spans/op")
}

// BenchmarkQuestions asks a store of 3 million spans of 24 hours of 30 services.
func BenchmarkQuestions(b *testing.B) {
	s, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	w := newWorkload(3_000_000, 24*time.Hour)
	var ids []span.TraceID
	for range 600 {
		batch := w.batch(5000)
		ids = append(ids, batch[0].TraceID)
		if err := s.Append(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	for s.sealingLeft() {
		time.Sleep(time.Millisecond)
	}
	runtime.GC()
	ctx := context.Background()
	run := func(name string, f func(b *testing.B, i int)) {
		b.Run(name, func(b *testing.B) {
			begin := cpuTime()
			for i := 0; b.Loop(); i++ {
				f(b, i)
			}
			b.ReportMetric(float64((cpuTime()-begin).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
	all := store.Range{From: math.MinInt64, To: math.MaxInt64}
	run("trace", func(b *testing.B, i int) {
		spans, err := s.Trace(ctx, ids[i%len(ids)])
		if err != nil || len(spans) == 0 {
			b.Fatal(len(spans), err)
		}
	})
	for _, q := range []string{"", "service:service-03 status:error env:prod", "service:service-03 @http.status_code:500 duration:>100ms",
		"@user.id:nothing", "@request.id:*ffff*", "lost"} {
		where, err := query.Parse(q)
		if err != nil {
			b.Fatal(err)
		}
		run("list "+q, func(b *testing.B, _ int) {
			for _, err := range s.List(ctx, store.List{Range: store.Range{From: all.From, To: all.To, Where: where}, Columns: []query.Field{}}) {
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	var fields []query.Field
	keys, err := s.Keys(ctx, all)
	if err != nil {
		b.Fatal(err)
	}
	for _, k := range keys {
		fields = append(fields, k.Field)
	}
	run(fmt.Sprintf("keys %d", len(keys)), func(b *testing.B, _ int) {
		if _, err := s.Keys(ctx, all); err != nil {
			b.Fatal(err)
		}
	})
	for _, q := range []string{"", "service:service-03"} {
		where, _ := query.Parse(q)
		run("facets of every key "+q, func(b *testing.B, _ int) {
			if _, err := s.Facets(ctx, store.Facets{Range: store.Range{From: all.From, To: all.To, Where: where}, Fields: fields}); err != nil {
				b.Fatal(err)
			}
		})
		run("groups of every key "+q, func(b *testing.B, _ int) {
			for _, f := range fields {
				// Refused when there are over a million groups.
				_, _ = s.Group(ctx, store.Group{Range: store.Range{From: all.From, To: all.To, Where: where}, By: []query.Field{f}, Limit: 10})
			}
		})
	}
	service, _ := query.Parse("service:service-03")
	callers, _ := query.Parse("kind:(client OR producer)")
	r := store.Range{From: storetest.Epoch, To: storetest.Epoch + int64(25*time.Hour), Where: service}
	for _, q := range []store.Group{
		{Range: r, By: []query.Field{query.ParseField("@http.status_code")}, Limit: 10},
		{Range: r, By: []query.Field{query.ParseField("@http.url")}, Limit: 10},
		{Range: r, TimeBuckets: 240, Latency: true},
		{Range: store.Range{From: r.From, To: r.To}, By: []query.Field{query.ParseField("service")}, TimeBuckets: 60, Latency: true},
		{Range: store.Range{From: r.From, To: r.To, Where: callers}, Latency: true, By: []query.Field{query.ParseField("service"), query.ParseField("type"),
			query.ParseField("kind"), query.ParseField("@peer.service"), query.ParseField("@db.system"), query.ParseField("@db.name"),
			query.ParseField("@messaging.system"), query.ParseField("@out.host")}},
		{Range: store.Range{From: r.From, To: r.To}, Latency: true, By: []query.Field{query.ParseField("service"), query.ParseField("status"),
			query.ParseField("@component"), query.ParseField("type")}},
	} {
		run(fmt.Sprintf("group %v %v", query.String(q.Where), q.By), func(b *testing.B, _ int) {
			if _, err := s.Group(ctx, q); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// sealingLeft tells whether heads still wait for the sealer.
func (s *Store) sealingLeft() bool {
	s.viewMu.RLock()
	defer s.viewMu.RUnlock()
	return len(s.sealing) > 0
}
