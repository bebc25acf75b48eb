package ring_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hoofprint/internal/ring"
	"hoofprint/internal/ring/ringtest"
	"hoofprint/internal/span"
)

var desc = ring.Description{Service: "web", Env: "prod", RuntimeID: "00ff", LangVersion: "3.11.7", AgentURL: "http://localhost:1",
	Settings: map[string]string{"DD_TRACE_WRITER_INTERVAL_SECONDS": "3"}}

func pair(t testing.TB, size int) (*ringtest.Writer, *ring.Reader) {
	t.Helper()
	w, err := ringtest.Create(t.TempDir(), size, desc)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ring.Open(w.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return w, r
}

func sample(id uint64) span.Span {
	return span.Span{
		TraceID: span.TraceID{High: 7, Low: 9}, ID: id, ParentID: 3, Start: 1e18, Duration: 1234,
		Name: "flask.request", Service: "web", Resource: "GET /", Type: "web", Error: 1,
		Tags:    []span.Tag{{Key: "http.url", Value: "http://x/é"}, {Key: "component", Value: "flask"}, {Key: "empty", Value: ""}},
		Metrics: []span.Metric{{Key: "_dd.top_level", Value: 1}, {Key: "process_id", Value: 42.5}},
		Structs: []span.Struct{{Key: "_llmobs", Value: []byte{0x81, 0xa1, 'a', 1, 2}}},
	}
}

func TestReadGivesWhatWasWritten(t *testing.T) {
	w, r := pair(t, 64<<10)
	if !reflect.DeepEqual(r.Description(), desc) || r.PID() != os.Getpid() {
		t.Fatalf("description %+v of pid %d", r.Description(), r.PID())
	}
	// Many laps, so that records cross the seam at every offset.
	var recs []ring.Record
	next := uint64(1)
	for want := uint64(1); want < 3000; {
		for next < want+20 {
			s := sample(next)
			s.Resource = strings.Repeat("r", int(next%97))
			if !w.Span(&s, 5, ring.FlagLocalRoot) {
				t.Fatalf("span %d found no room", next)
			}
			next++
		}
		var err error
		recs, err = r.Read(recs[:0], 100)
		if err != nil {
			t.Fatal(err)
		}
		for i := range recs {
			s := sample(want)
			s.Resource = strings.Repeat("r", int(want%97))
			if !reflect.DeepEqual(recs[i].Span, s) {
				t.Fatalf("span %d:\n got %+v\nwant %+v", want, recs[i].Span, s)
			}
			if recs[i].LocalRoot != 5 || recs[i].Flags != ring.FlagLocalRoot || recs[i].Kind != ring.KindSpan {
				t.Fatalf("span %d: %+v", want, recs[i])
			}
			want++
		}
		if err := r.Commit(r.Pos()); err != nil {
			t.Fatal(err)
		}
	}
	if c, _ := r.Counters(); c.Bad != 0 || c.Dropped != 0 || c.Finished != next-1 {
		t.Fatalf("counters %+v", c)
	}
}

func TestTraceRecord(t *testing.T) {
	w, r := pair(t, 64<<10)
	tags := []span.Tag{{Key: "_dd.p.dm", Value: "-3"}}
	w.Trace(span.TraceID{Low: 9}, 5, -1, tags, nil)
	recs, err := r.Read(nil, 10)
	if err != nil || len(recs) != 1 {
		t.Fatal(recs, err)
	}
	got := recs[0]
	if got.Kind != ring.KindTrace || got.Priority != -1 || got.LocalRoot != 5 || !reflect.DeepEqual(got.Span.Tags, tags) {
		t.Fatalf("%+v", got)
	}
}

func TestNotes(t *testing.T) {
	w, r := pair(t, 64<<10)
	s := sample(1)
	// Many laps of notes of every length between spans, so that they cross the seam.
	for i := range 2000 {
		note := strings.Repeat("n", i%100)
		if !w.Note([]byte(note)) || !w.Span(&s, 1, 0) {
			t.Fatal("no room for", i)
		}
		recs, err := r.Read(nil, 10)
		if err != nil || len(recs) != 2 || recs[0].Kind != ring.KindNote || string(recs[0].Note) != note || recs[1].Span.ID != 1 {
			t.Fatalf("note %d: %+v, %v", i, recs, err)
		}
		if err := r.Commit(r.Pos()); err != nil {
			t.Fatal(err)
		}
	}
	start := w.Head()
	w.Note([]byte("{}"))
	w.Ring()[start&(64<<10-1)+8] = 200 // longer than its record
	w.Span(&s, 1, 0)
	if recs, _ := r.Read(nil, 10); len(recs) != 2 || recs[0].Kind != ring.KindBad || recs[1].Kind != ring.KindSpan {
		t.Fatalf("%+v", recs)
	}
}

func TestRaiseControl(t *testing.T) {
	w, r := pair(t, 64<<10)
	for i := range uint32(3) {
		if got := w.Control(); got != i {
			t.Fatalf("control is %d after %d changes", got, i)
		}
		if err := r.RaiseControl(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUncommittedRecordsAreReadAgain(t *testing.T) {
	w, r := pair(t, 64<<10)
	for id := range uint64(10) {
		s := sample(id + 1)
		w.Span(&s, 1, 0)
	}
	recs, _ := r.Read(nil, 100)
	if err := r.Commit(recs[4].Pos); err != nil {
		t.Fatal(err)
	}
	again, err := ring.Open(w.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	recs, _ = again.Read(nil, 100)
	if len(recs) != 6 || recs[0].Span.ID != 5 {
		t.Fatalf("read %d records after the commit, the first is span %d", len(recs), recs[0].Span.ID)
	}
}

func TestFullRingDropsAndCounts(t *testing.T) {
	w, r := pair(t, 64<<10)
	s := sample(1)
	wrote := 0
	for w.Span(&s, 1, 0) {
		wrote++
	}
	if c, _ := r.Counters(); c.Dropped != 1 || c.Finished != uint64(wrote+1) {
		t.Fatalf("counters %+v after %d spans", c, wrote)
	}
	recs, _ := r.Read(nil, 1<<20)
	if len(recs) != wrote {
		t.Fatalf("read %d of %d", len(recs), wrote)
	}
}

func TestBadRecordsAreSkippedAndCounted(t *testing.T) {
	w, r := pair(t, 64<<10)
	s := sample(1)
	w.Span(&s, 1, 0)
	start := w.Head()
	w.Span(&s, 1, 0)
	w.Ring()[start+4] = 77 // no such kind
	w.Span(&s, 1, 0)
	recs, _ := r.Read(nil, 100)
	if len(recs) != 3 || recs[1].Kind != ring.KindBad || recs[2].Span.ID != 1 {
		t.Fatalf("%+v", recs)
	}
	start = w.Head()
	w.Span(&s, 1, 0)
	w.Ring()[start] = 3 // no such size: all up to head is lost
	w.Span(&s, 1, 0)
	recs, _ = r.Read(nil, 100)
	if len(recs) != 1 || recs[0].Kind != ring.KindBad || r.Pos() != w.Head() {
		t.Fatalf("%+v", recs)
	}
	w.Span(&s, 1, 0)
	if recs, _ = r.Read(nil, 100); len(recs) != 1 || recs[0].Kind != ring.KindSpan {
		t.Fatalf("after the damage: %+v", recs)
	}
	if c, _ := r.Counters(); c.Bad != 2 {
		t.Fatalf("counters %+v", c)
	}
}

func TestSlots(t *testing.T) {
	w, r := pair(t, 64<<10)
	a, b := sample(1), sample(2)
	w.Open(&a, 1)
	w.Open(&b, 1)
	w.Finished(1)
	slots, err := r.Slots(nil)
	if err != nil || len(slots) != 1 {
		t.Fatal(slots, err)
	}
	got := slots[0]
	want := ring.Slot{TraceID: b.TraceID, SpanID: 2, ParentID: 3, LocalRoot: 1, Start: 1e18,
		Name: "flask.request", Service: "web", Resource: "GET /", ThreadID: uint32(unix.Gettid())}
	if got != want {
		t.Fatalf("got %+v", got)
	}
}

func TestMemfd(t *testing.T) {
	fd, err := unix.MemfdCreate("ring", unix.MFD_CLOEXEC)
	if err != nil {
		t.Skip(err)
	}
	defer unix.Close(fd)
	w, err := ringtest.CreateFD(fd, 1, 2, 64<<10, desc)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ring.OpenFD(fd, "memfd")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := sample(1)
	w.Span(&s, 1, 0)
	if recs, err := r.Read(nil, 10); err != nil || len(recs) != 1 {
		t.Fatal(recs, err)
	}
}

func TestWaitIsWokenByARecord(t *testing.T) {
	w, r := pair(t, 64<<10)
	woke := make(chan struct{})
	go func() {
		defer close(woke)
		for {
			if n, _ := r.Behind(); n > 0 {
				return
			}
			_ = r.Wait(ring.MaxWait)
		}
	}()
	time.Sleep(10 * time.Millisecond)
	s := sample(1)
	w.Span(&s, 1, 0)
	<-woke
}

func TestTruncatedFileIsAnErrorNotACrash(t *testing.T) {
	w, r := pair(t, 64<<10)
	s := sample(1)
	w.Span(&s, 1, 0)
	if err := os.Truncate(w.Path, 4096); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(nil, 10); !errors.Is(err, ring.ErrTruncated) {
		t.Fatalf("Read: %v", err)
	}
	if _, err := r.Slots(nil); !errors.Is(err, ring.ErrTruncated) {
		t.Fatalf("Slots: %v", err)
	}
}

func TestOpenRefusesBadHeaders(t *testing.T) {
	w, _ := pair(t, 64<<10)
	good, err := os.ReadFile(w.Path)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "1-2.ring")
	for off := 0; off < 64; off += 4 {
		if off == 24 {
			continue // fewer slots are fine
		}
		for _, word := range [][]byte{{255, 255, 255, 255}, {1, 0, 0, 0x80}, {8, 1, 0, 0}} {
			bad := bytes.Clone(good)
			copy(bad[off:], word)
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if r, err := ring.Open(path); !errors.Is(err, ring.ErrInvalid) {
				if err == nil {
					r.Close()
				}
				t.Errorf("word %v at %d: %v", word, off, err)
			}
		}
	}
	link := filepath.Join(t.TempDir(), "3-4.ring")
	if err := os.Symlink(w.Path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Open(link); err == nil {
		t.Error("a symbolic link was followed")
	}
}

// FuzzReader changes words of a valid file: the header, the strings, the
// records. Whatever it holds, reading must end and must not panic.
func FuzzReader(f *testing.F) {
	w, err := ringtest.Create(f.TempDir(), 64<<10, desc)
	if err != nil {
		f.Fatal(err)
	}
	for id := range uint64(20) {
		s := sample(id + 1)
		w.Open(&s, 1)
		w.Span(&s, 1, 3)
	}
	w.Trace(span.TraceID{Low: 9}, 5, 1, []span.Tag{{Key: "_dd.p.dm", Value: "-3"}}, nil)
	good, err := os.ReadFile(w.Path)
	if err != nil {
		f.Fatal(err)
	}
	bases := [][]byte{good}
	names, _ := filepath.Glob("testdata/*.ring.gz")
	for _, name := range names {
		bases = append(bases, unzip(f, name))
	}
	for i := range bases {
		f.Add(uint8(i), uint32(2363392+200), []byte{255, 0, 0, 255}, uint32(266240+64), []byte("xyz"))
	}
	f.Add(uint8(0), uint32(256), []byte{1, 2, 3, 4, 5, 6, 7, 8}, uint32(2363392), []byte("x"))
	f.Add(uint8(0), uint32(266240), []byte{255, 255, 255, 255}, uint32(2363392+80), []byte{255, 255, 255, 255, 255, 255})
	f.Add(uint8(0), uint32(320), []byte{8}, uint32(2363392), bytes.Repeat([]byte{0x58, 0, 0, 0, 1, 0, 0, 0}, 2000))
	path := filepath.Join(f.TempDir(), "1-2.ring")
	f.Fuzz(func(t *testing.T, base uint8, at1 uint32, data1 []byte, at2 uint32, data2 []byte) {
		b := bytes.Clone(bases[int(base)%len(bases)])
		copy(b[at1%uint32(len(b)):], data1)
		copy(b[at2%uint32(len(b)):], data2)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := ring.Open(path)
		if err != nil {
			return
		}
		defer r.Close()
		total := 0
		for {
			recs, err := r.Read(nil, 64)
			if err != nil {
				t.Fatal(err)
			}
			if len(recs) == 0 {
				break
			}
			if total += len(recs); total > 2*len(b)/88 {
				t.Fatal("more records than fit")
			}
			for i := range recs {
				seen := map[string]bool{}
				for _, tag := range recs[i].Span.Tags {
					if seen[tag.Key] {
						t.Fatalf("two tags %q", tag.Key)
					}
					seen[tag.Key] = true
				}
			}
		}
		if _, err := r.Slots(nil); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	w, r := pair(b, 1<<20)
	recs := make([]ring.Record, 0, 256)
	s := sample(1)
	s.Structs = nil
	b.ReportAllocs()
	n := 0
	for n < b.N {
		b.StopTimer()
		for w.Span(&s, 1, 3) {
		}
		b.StartTimer()
		for {
			recs, _ = r.Read(recs[:0], 256)
			if len(recs) == 0 {
				break
			}
			n += len(recs)
		}
		_ = r.Commit(r.Pos())
	}
}
