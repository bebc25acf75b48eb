package uses

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path, Options{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func counts(s *Store) (n int64) {
	for _, u := range s.Summary(Filter{}).Uses {
		n += u.Count
	}
	return n
}

func take(t *testing.T, s *Store, p ...Process) {
	t.Helper()
	if err := s.Take(Report{p}); err != nil {
		t.Fatal(err)
	}
}

// TestLogIsReadWhateverItsEnd: a process that is killed leaves any number of its
// last bytes.
func TestLogIsReadWhateverItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "uses.log")
	s := open(t, path)
	take(t, s, lived("a", day, 1))
	first := s.size
	take(t, s, lived("b", day, 10))
	s.Close()
	whole, err := os.ReadFile(path)
	if err != nil || int64(len(whole)) != s.size {
		t.Fatal(len(whole), err)
	}
	for cut := 0; cut < len(whole); cut += 11 {
		cutPath := filepath.Join(t.TempDir(), "uses.log")
		if err := os.WriteFile(cutPath, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, cutPath)
		want := int64(0)
		if int64(cut) >= first {
			want = 1
		}
		if n := counts(s); n != want {
			t.Fatalf("cut at %d: %d uses, want %d", cut, n, want)
		}
		take(t, s, lived("c", day, 100))
		s.Close()
		s = open(t, cutPath)
		if n := counts(s); n != want+100 {
			t.Fatalf("cut at %d: then %d uses, want %d", cut, n, want+100)
		}
		s.Close()
	}
}

func TestDamageIsToldAndLeftBehind(t *testing.T) {
	for name, damage := range map[string]func([]byte){
		"another file": func(b []byte) { b[0] = 'X' },
		"a flipped bit": func(b []byte) {
			b[len(b)-3] ^= 1
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "uses.log")
			s := open(t, path)
			take(t, s, lived("a", day, 1))
			take(t, s, lived("b", day, 10))
			s.Close()
			b, _ := os.ReadFile(path)
			damage(b)
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			s = open(t, path)
			take(t, s, lived("c", day, 100))
			s.Close()
			s = open(t, path)
			defer s.Close()
			if n, want := counts(s), map[string]int64{"another file": 100, "a flipped bit": 101}[name]; n != want {
				t.Fatalf("%d uses, want %d", n, want)
			}
		})
	}
}

func TestLogIsWrittenAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "uses.log")
	s := open(t, path)
	s.least, s.compact = 4000, 4000
	p := lived("a", day, 1)
	for i := range int64(200) {
		p.Uses[0].Count = i + 1
		take(t, s, p)
	}
	ended := lived("b", day, 7)
	ended.Ended = true
	take(t, s, ended)
	if info, err := os.Stat(path); err != nil || info.Size() > 5_000 {
		t.Fatal(info, err)
	}
	want := counts(s)
	s.Close()
	s = open(t, path)
	defer s.Close()
	if n := counts(s); n != want || n != 207 {
		t.Fatal(n)
	}
}

func TestOneProcessWritesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "uses.log")
	s := open(t, path)
	if _, err := Open(path, Options{}); !errors.Is(err, ErrHeld) {
		t.Fatal(err)
	}
	take(t, s, lived("a", day, 3))
	got, read, err := ReadFiles([]string{path, path + ".none"}, Filter{}, noon) // reading is free
	if err != nil || len(read) != 1 || len(got.Uses) != 1 || got.Uses[0].Count != 3 {
		t.Fatalf("%+v %v %v", got, read, err)
	}
	s.Close()
	open(t, path).Close()
}

// TestFilesOfTwoCollectors: a process that went from one collector to the next is in
// both their files.
func TestFilesOfTwoCollectors(t *testing.T) {
	dir := t.TempDir()
	one, two := open(t, filepath.Join(dir, "1")), open(t, filepath.Join(dir, "2"))
	take(t, one, lived("a", day, 3), lived("b", day, 10), lived("c", day, 100))
	a, b := lived("a", day, 4), lived("b", day, 10)
	b.Ended = true
	take(t, two, a, b)
	one.Close()
	two.Close()
	for _, files := range [][]string{{"1", "2"}, {"2", "1"}} {
		got, _, err := ReadFiles([]string{filepath.Join(dir, files[0]), filepath.Join(dir, files[1])}, Filter{}, noon)
		if err != nil || len(got.Uses) != 1 || got.Uses[0].Count != 114 {
			t.Fatalf("%v: %+v %v", files, got.Uses, err)
		}
	}
}

func TestUnsentWaitsForItsAgent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "uses.log")
	const agent = "http://localhost:8126"
	s := open(t, path)
	p := lived("a", day, 3)
	p.Agent, p.Ended = agent, true
	take(t, s, p)
	s.Close()
	s = open(t, path)
	if got := s.Waiting(); len(got) != 1 || got[0] != agent {
		t.Fatal(got)
	}
	report, sent := s.Unsent(agent)
	if len(report.Processes) != 1 || report.Processes[0].Uses[0].Count != 3 || !report.Processes[0].Ended || report.Processes[0].Agent != "" {
		t.Fatalf("%+v", report)
	}
	p.Uses[0].Count = 4 // while it was on its way
	take(t, s, p)
	if err := sent(); err != nil {
		t.Fatal(err)
	}
	report, sent = s.Unsent(agent)
	if len(report.Processes) != 1 || report.Processes[0].Uses[0].Count != 4 {
		t.Fatalf("%+v", report)
	}
	if err := sent(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = open(t, path)
	defer s.Close()
	if got := s.Waiting(); len(got) != 0 || counts(s) != 4 || len(s.tally.living) != 0 {
		t.Fatal(got, counts(s), s.tally.living)
	}
}
