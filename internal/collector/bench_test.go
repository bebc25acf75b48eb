package collector

import (
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hoofprint/internal/ring"
	"hoofprint/internal/ring/ringtest"
	"hoofprint/internal/span"
	"hoofprint/internal/wire/v04"
	"hoofprint/internal/wire/v05"
)

// BenchmarkSpanPath measures what a span costs here: decoded, assembled in
// traces of ten, encoded. Spans as a web service makes them: five tags, two
// metrics, one tag value in three unique.
func BenchmarkSpanPath(b *testing.B) {
	encoder := &v05.Encoder{}
	for _, format := range []struct {
		name   string
		append func([]byte, []span.Chunk) []byte
	}{
		{"none", func(dst []byte, _ []span.Chunk) []byte { return dst }},
		{"v0.5", encoder.Append},
		{"v0.4", v04.Append},
	} {
		b.Run(format.name, func(b *testing.B) {
			w, err := ringtest.Create(b.TempDir(), 4<<20, ring.Description{Service: "web"})
			if err != nil {
				b.Fatal(err)
			}
			r, err := ring.Open(w.Path)
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			c := New(Config{SpoolDir: b.TempDir()})
			var chunks []span.Chunk
			var acks []uint64
			t := &tracked{reader: r}
			t.ledger.commit = func(pos uint64) { _ = r.Commit(pos) }
			t.asm = newAssembler(func(a assembled) {
				chunks = append(chunks, a.chunk)
				acks = append(acks, a.seqs...)
			}, t.openServices)
			var body []byte
			recs := make([]ring.Record, 0, readBatch)
			b.ReportAllocs()
			b.ResetTimer()
			// CPU time of the process, as other work on the machine is not ours.
			var cpu time.Duration
			n := 0
			for n < b.N {
				b.StopTimer()
				for i := 1; ; i++ {
					if !writeWebSpan(w, uint64(n)<<20, i) {
						break
					}
				}
				b.StartTimer()
				began := cpuTime()
				now := time.Now()
				for {
					recs, _ = r.Read(recs[:0], readBatch)
					if len(recs) == 0 {
						break
					}
					n += len(recs)
					c.take(t, recs, now)
					body = format.append(body[:0], chunks)
					t.ledger.done(acks)
					clear(chunks)
					chunks, acks = chunks[:0], acks[:0]
				}
				t.asm.flushAll(true)
				t.ledger.done(acks)
				chunks, acks = chunks[:0], acks[:0]
				cpu += cpuTime() - began
			}
			b.ReportMetric(float64(cpu)/float64(n), "cpu-ns/span")
		})
	}
}

func cpuTime() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func writeWebSpan(w *ringtest.Writer, first uint64, i int) bool {
	root := first + uint64((i+9)/10*10)
	s := span.Span{
		TraceID: span.TraceID{High: 1, Low: root}, ID: first + uint64(i), ParentID: root,
		Start: int64(i), Duration: 1000, Name: "flask.request", Service: "web", Resource: "GET /r" + strconv.Itoa(i%7), Type: "web",
		Tags: []span.Tag{
			{Key: "component", Value: "flask"}, {Key: "span.kind", Value: "server"}, {Key: "http.method", Value: "GET"},
			{Key: "http.status_code", Value: "200"}, {Key: "http.url", Value: "http://localhost/r/" + strconv.Itoa(i)},
		},
		Metrics: []span.Metric{{Key: "_dd.measured", Value: 1}, {Key: "process_id", Value: 1234}},
	}
	var flags uint16
	if i%10 == 0 {
		s.ParentID = 0
		flags = ring.FlagLocalRoot | ring.FlagLast
	}
	return w.Span(&s, root, flags)
}
