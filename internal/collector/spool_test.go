package collector

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoofprint/internal/span"
	"hoofprint/internal/waittest"
)

func bigChunk(id uint64) []span.Chunk {
	return []span.Chunk{{Priority: 1, Spans: []span.Span{{TraceID: span.TraceID{High: 3, Low: 4}, ID: id, Name: "n", Service: "s",
		Resource: strings.Repeat("x", 1<<20)}}}}
}

func mustClaim(t *testing.T, root string, max int64, create bool) *spool {
	t.Helper()
	s, err := claimSpool(root, "http://a", max, create)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSpoolKeepsOrderOverRestarts(t *testing.T) {
	root := t.TempDir()
	if s := mustClaim(t, root, 1<<30, false); s != nil {
		t.Fatal("found a spool where none was")
	}
	s := mustClaim(t, root, 1<<30, true)
	meta := spoolMeta{ID: "b", Client: span.Client{Lang: "python", ComputedTopLevel: true}}
	for id := range uint64(40) { // three segments
		if lost, err := s.append(meta, bigChunk(id+1), 1); err != nil || lost != 0 {
			t.Fatal(lost, err)
		}
	}
	// Another collector keeps out of it.
	other := mustClaim(t, root, 1<<30, true)
	if other.dir == s.dir {
		t.Fatal("two owners")
	}
	other.close()
	next := uint64(1)
	read := func(s *spool, n int) {
		for range n {
			m, chunks, err := s.first()
			if m.Repeat != (next == 21) {
				t.Fatalf("%d: may repeat: %v", next, m.Repeat)
			}
			m.Repeat = false
			if err != nil || chunks[0].Spans[0].ID != next || m != meta || chunks[0].Spans[0].TraceID.High != 3 {
				t.Fatalf("at %d: %+v %v", next, m, err)
			}
			s.done()
			next++
		}
	}
	read(s, 20)
	s.close()
	if urls := spooledAgents(root); len(urls) != 1 || urls[0] != "http://a" {
		t.Fatal(urls)
	}
	s = mustClaim(t, root, 1<<30, false)
	if s == nil || s.spans != 20 {
		t.Fatalf("%+v", s)
	}
	if _, err := s.append(meta, bigChunk(41), 1); err != nil {
		t.Fatal(err)
	}
	read(s, 21)
	if !s.empty() || s.bytes != 0 || s.spans != 0 {
		t.Fatalf("%d bytes, %d spans left", s.bytes, s.spans)
	}
	s.close()
	if left, _ := os.ReadDir(root); len(left) != 0 {
		t.Fatal("empty directories stay")
	}
}

func TestSpoolOfACollectorThatEndsLaterIsTakenOver(t *testing.T) {
	dir, root := t.TempDir(), t.TempDir()
	earlier := mustClaim(t, root, 1<<30, true)
	if _, err := earlier.append(spoolMeta{ID: "b"}, bigChunk(1), 1); err != nil {
		t.Fatal(err)
	}
	sink := &memory{}
	start(t, Config{RunDirs: []string{dir}, AgentURL: "http://a", SpoolDir: root, Route: routeTo(sink)})
	kill(t, child(t, "writer", "TEST_DIR="+dir, "TEST_SPANS=3"))
	waittest.Until(t, "new spans are delivered", func() bool { n, _ := sink.counts(); return n == 3 })
	earlier.close()
	waittest.Until(t, "those of the earlier collector are", func() bool { n, _ := sink.counts(); return n == 4 })
	waittest.Until(t, "the spool is gone", func() bool { return len(spooledAgents(root)) == 0 })
}

func TestSpoolIsBounded(t *testing.T) {
	s := mustClaim(t, t.TempDir(), 40<<20, true)
	defer s.close()
	lost := 0
	for id := range uint64(100) {
		n, err := s.append(spoolMeta{}, bigChunk(id+1), 1)
		if err != nil {
			t.Fatal(err)
		}
		lost += n
	}
	if s.bytes > 40<<20+segmentBytes || lost == 0 || s.spans+lost != 100 {
		t.Fatalf("%d bytes, %d spans, %d lost", s.bytes, s.spans, lost)
	}
	if _, chunks, err := s.first(); err != nil || chunks[0].Spans[0].ID != uint64(lost+1) {
		t.Fatal("not the oldest were dropped", err)
	}
}

func TestSpoolSurvivesATornWriteAndDamage(t *testing.T) {
	root := t.TempDir()
	s := mustClaim(t, root, 1<<30, true)
	for id := range uint64(3) {
		if _, err := s.append(spoolMeta{}, bigChunk(id+1), 1); err != nil {
			t.Fatal(err)
		}
	}
	third, second := s.queue[2], s.queue[1]
	path := s.path(1)
	s.close()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[second.offset+spoolHead+100] ^= 1
	if err := os.WriteFile(path, b[:third.offset+third.length-1], 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustClaim(t, root, 1<<30, false)
	defer s.close()
	if s == nil || s.spans != 2 {
		t.Fatalf("%+v", s)
	}
	if _, _, err := s.first(); err != nil {
		t.Fatal(err)
	}
	s.done()
	if _, _, err := s.first(); err == nil {
		t.Fatal("a damaged entry was read")
	}
	s.done()
	if !s.empty() {
		t.Fatal("more than was written")
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
}

func FuzzSpool(f *testing.F) {
	root := f.TempDir()
	s, err := claimSpool(root, "http://a", 1<<30, true)
	if err != nil {
		f.Fatal(err)
	}
	chunk := bigChunk(1)
	chunk[0].Spans[0].Resource = "r"
	for range 3 {
		if _, err := s.append(spoolMeta{ID: "b"}, chunk, 1); err != nil {
			f.Fatal(err)
		}
	}
	good, err := os.ReadFile(s.path(1))
	if err != nil {
		f.Fatal(err)
	}
	s.close()
	f.Add(good)
	f.Add(good[:len(good)-5])
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "000000000001.seg"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := openSpool(dir, "http://a", 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		defer s.close()
		for n := 0; !s.empty(); n++ {
			if n > len(b)/spoolHead {
				t.Fatal("more entries than fit")
			}
			_, _, _ = s.first()
			s.done()
		}
	})
}
