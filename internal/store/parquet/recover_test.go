package parquet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hoofprint/internal/span"
	"hoofprint/internal/store/storetest"
)

// twoDays gives spans that are sealed into two files.
func twoDays() []span.Span {
	spans := storetest.RandomSpans(1, 600)
	for i := range spans[:200] {
		spans[i].Start -= int64(24 * time.Hour)
	}
	return spans
}

// TestKillAtAnyStepOfSealing stops a sealing before each of its steps, as a kill
// would, and opens the store again.
func TestKillAtAnyStepOfSealing(t *testing.T) {
	var steps []string
	run := func(t *testing.T, stop int) {
		s := openTest(t, t.TempDir(), Options{})
		reached := make(chan struct{})
		at := 0
		s.fault = func(step string) error {
			if stop < 0 {
				steps = append(steps, step)
				return nil
			}
			if at++; at > stop {
				if at == stop+1 {
					close(reached)
				}
				return errors.New("killed before " + step)
			}
			return nil
		}
		if err := s.Append(context.Background(), twoDays()); err != nil {
			t.Fatal(err)
		}
		if stop < 0 {
			sealAll(t, s)
		} else {
			s.appendMu.Lock()
			err := s.rotate()
			s.appendMu.Unlock()
			if err != nil {
				t.Fatal(err)
			}
			<-reached
		}
		if err := s.Append(context.Background(), hour(5, 10)); err != nil { // the new log
			t.Fatal(err)
		}
		check := func(s *Store) {
			t.Helper()
			if n := s.count(t, ""); n != 610 {
				t.Errorf("%d spans, want 610", n)
			}
			for _, sp := range twoDays() {
				got, err := s.Trace(context.Background(), sp.TraceID)
				if err != nil || !slices.ContainsFunc(got, func(o span.Span) bool { return o.ID == sp.ID }) {
					t.Fatalf("span %x: %v", sp.ID, err)
				}
			}
		}
		check(s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openTest(t, s.dir, Options{})
		check(s)
		sealAll(t, s)
		check(s)
		if temps, _ := filepath.Glob(s.dir + "/*" + tempSuffix); temps != nil {
			t.Errorf("left behind: %v", temps)
		}
	}
	run(t, -1)
	if len(steps) < 7 {
		t.Fatalf("steps: %v", steps)
	}
	for i, step := range slices.Clone(steps) {
		t.Run(fmt.Sprint(i, " before ", step), func(t *testing.T) { run(t, i) })
	}
}

func TestTornLogKeepsWhatIsWhole(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, Options{})
	ctx := context.Background()
	for h := range 3 {
		if err := s.Append(ctx, hour(h, 100)); err != nil {
			t.Fatal(err)
		}
	}
	path := s.wal.path
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{1, 12, 500} {
		if err := os.WriteFile(path, whole[:len(whole)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(t.TempDir(), "store")
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		s := openTest(t, copied, Options{})
		if n := s.count(t, ""); n != 200 {
			t.Errorf("cut by %d: %d spans, want the 200 of the whole frames", cut, n)
		}
		sealAll(t, s)
		if n := s.count(t, ""); n != 200 {
			t.Errorf("cut by %d, sealed: %d spans", cut, n)
		}
	}
}

func TestUnreadableLogIsSetAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, walName(3))
	if err := os.WriteFile(path, make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openTest(t, dir, Options{})
	if _, err := os.Stat(path + damagedSuffix); err != nil {
		t.Error(err)
	}
	if s.active.seq != 4 {
		t.Errorf("the next log is %d", s.active.seq)
	}
}

func TestNewerLogIsRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, walName(3))
	if err := os.WriteFile(path, append([]byte(walMagic), formatVersion+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, errVersion) {
		t.Errorf("open = %v", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestSecondProcessIsKeptOut(t *testing.T) {
	s := openTest(t, t.TempDir(), Options{})
	if _, err := Open(s.dir, Options{}); err == nil {
		t.Error("opened twice")
	}
}

func TestLogsOfFullHeadsAreSyncedToo(t *testing.T) {
	s := openTest(t, t.TempDir(), Options{SyncInterval: time.Hour})
	s.headRows = 100
	release := make(chan struct{})
	s.fault = func(string) error { <-release; return nil }
	defer close(release)
	for h := range 4 {
		if err := s.Append(context.Background(), hour(h, 90)); err != nil {
			t.Fatal(err)
		}
	}
	unsynced := func() (n int) {
		s.appendMu.Lock()
		defer s.appendMu.Unlock()
		for _, h := range s.sealing {
			if h.wal.dirty || !h.wal.listed {
				n++
			}
		}
		if s.wal.dirty || !s.wal.listed {
			n++
		}
		return n
	}
	if n := unsynced(); n != 4 {
		t.Errorf("%d logs wait to be synced, want 4", n)
	}
	if err := s.syncLogs(); err != nil {
		t.Fatal(err)
	}
	if n := unsynced(); n != 0 {
		t.Errorf("%d logs were left out", n)
	}
}
