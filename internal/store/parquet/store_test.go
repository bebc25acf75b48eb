package parquet

import (
	"log/slog"
	"math"
	"testing"
	"time"

	"hoofprint/internal/query"
	"hoofprint/internal/store"
	"hoofprint/internal/store/storetest"
)

func openTest(t *testing.T, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformanceOfTheHead(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return openTest(t, t.TempDir(), Options{}) }, nil)
}

func TestConformanceAfterReplay(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return openTest(t, t.TempDir(), Options{}) },
		func(t *testing.T, s store.Store) store.Store {
			dir := s.(*Store).dir
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return openTest(t, dir, Options{})
		})
}

// sealAll moves everything into files.
func sealAll(t *testing.T, s *Store) {
	t.Helper()
	s.appendMu.Lock()
	err := s.rotate()
	s.appendMu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		s.viewMu.RLock()
		n := len(s.sealing)
		s.viewMu.RUnlock()
		if n == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("sealing does not end")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestConformanceOfFiles(t *testing.T) {
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	storetest.Run(t, func(t *testing.T) store.Store { return openTest(t, t.TempDir(), Options{Logger: log}) },
		func(t *testing.T, s store.Store) store.Store {
			sealAll(t, s.(*Store))
			return s
		})
}

func TestConformanceOfReopenedFiles(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return openTest(t, t.TempDir(), Options{}) },
		func(t *testing.T, s store.Store) store.Store {
			sealAll(t, s.(*Store))
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return openTest(t, s.(*Store).dir, Options{})
		})
}

// everything is the range of all times for a search.
func everything(t *testing.T, q string) store.Range {
	t.Helper()
	where, err := query.Parse(q)
	if err != nil {
		t.Fatal(err)
	}
	return store.Range{From: math.MinInt64, To: math.MaxInt64, Where: where}
}
