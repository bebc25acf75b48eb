package parquet

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"hoofprint/internal/store"
)

// smallDisk mounts a file system of its own; only root can.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("cannot mount a small disk: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func TestFullDiskRefusesAndRecovers(t *testing.T) {
	disk := smallDisk(t, "3m")
	s := openTest(t, filepath.Join(disk, "store"), Options{})
	s.headRows = 2000
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	acked, refused := int64(0), false
	for h := 0; h < 1000 && !refused; h++ {
		switch err := s.Append(ctx, hour(h, 500)); {
		case err == nil:
			acked += 500
		case errors.Is(err, store.ErrReadOnly):
			refused = true
		default:
			t.Fatal(err)
		}
	}
	if !refused {
		t.Fatal("the disk never got full")
	}
	if n := s.count(t, ""); n != acked {
		t.Errorf("%d spans, %d were acknowledged", n, acked)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(ctx, hour(1001, 500)); err != nil {
		t.Errorf("append with room again: %v", err)
	}
	acked += 500
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, s.dir, Options{})
	if n := s.count(t, ""); n != acked {
		t.Errorf("reopened: %d spans, %d were acknowledged", n, acked)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// A bound on free space removes the oldest files.
	s = openTest(t, s.dir, Options{MinFreeBytes: 1500 << 10})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if n, err := s.free(); err != nil || n >= 1500<<10 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no room was made")
		}
	}
	if n := s.count(t, ""); n == 0 || n >= acked {
		t.Errorf("%d spans are left of %d", n, acked)
	}
}

func TestBurstWaitsForTheSealer(t *testing.T) {
	s := openTest(t, t.TempDir(), Options{})
	s.headRows = 500
	release := make(chan struct{})
	s.fault = func(string) error { <-release; return nil }
	n := 0
	for ; len(s.olderHeads()) < maxSealing; n++ {
		if err := s.Append(context.Background(), hour(n, 400)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Append(ctx, hour(n, 400)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("append with %d full heads: %v", maxSealing, err)
	}
	close(release)
	if err := s.Append(context.Background(), hour(n, 400)); err != nil {
		t.Error(err)
	}
	sealAll(t, s)
	if got := s.count(t, ""); got != int64(n+1)*400 {
		t.Errorf("%d spans, want %d", got, (n+1)*400)
	}
}
