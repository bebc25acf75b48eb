package parquet

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hoofprint/internal/span"
	"hoofprint/internal/store"
	"hoofprint/internal/store/storetest"
)

// idle stops the background work of a store, so that a test can do it.
func (s *Store) idle() {
	close(s.stop)
	s.done.Wait()
	s.stop = make(chan struct{})
}

// hour makes spans that start in an hour after Epoch.
func hour(h, n int) []span.Span {
	spans := storetest.RandomSpans(uint64(h), n)
	for i := range spans {
		spans[i].Start += int64(h) * int64(time.Hour)
	}
	return spans
}

// hours opens a store with a file for each of n hours, its background stopped.
func hours(t *testing.T, n int, o Options) *Store {
	t.Helper()
	s := openTest(t, t.TempDir(), o)
	for h := range n {
		if err := s.Append(context.Background(), hour(h, 300)); err != nil {
			t.Fatal(err)
		}
		sealAll(t, s)
	}
	s.idle()
	return s
}

func TestRetentionByAgeUnlinksWholeFiles(t *testing.T) {
	now := time.Unix(0, storetest.Epoch)
	s := hours(t, 5, Options{Now: func() time.Time { return now }})
	s.opts.Retention = 2 * time.Hour
	now = time.Unix(0, storetest.Epoch).Add(4*time.Hour + time.Minute)
	s.retain(s.free)
	// The spans of hours 0 and 1 are older than 2 h; hour 2 ends within.
	if n := s.count(t, ""); n != 3*300 {
		t.Errorf("%d spans are left, want 900", n)
	}
	if files, _ := filepath.Glob(s.dir + "/*.parquet"); len(files) != 3 {
		t.Errorf("files left: %v", files)
	}
	if u := s.Usage(); u.Oldest < storetest.Epoch+int64(2*time.Hour) || u.Retention != int64(2*time.Hour) {
		t.Errorf("usage %+v", u)
	}
}

func TestRetentionByBytes(t *testing.T) {
	s := hours(t, 5, Options{})
	s.opts.MaxBytes = s.bytes() - s.files[0].size/2
	s.retain(s.free)
	if n := s.count(t, ""); n != 4*300 {
		t.Errorf("%d spans are left, want 1200", n)
	}
	if s.Usage().Bytes > s.opts.MaxBytes || s.Usage().Oldest < storetest.Epoch+int64(time.Hour) {
		t.Errorf("usage %+v", s.Usage())
	}
}

func TestReadOnlyWhenNothingCanBeFreed(t *testing.T) {
	s := hours(t, 2, Options{})
	ctx := context.Background()
	if err := s.Append(ctx, hour(3, 300)); err != nil {
		t.Fatal(err)
	}
	s.opts.MaxBytes = 100
	s.retain(s.free)
	if err := s.Append(ctx, hour(4, 10)); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("append = %v, want ErrReadOnly", err)
	}
	if n := s.count(t, ""); n != 300 { // what the log holds is not thrown away
		t.Errorf("%d spans are left, want 300", n)
	}
	s.opts.MaxBytes = 1 << 30
	s.retain(s.free)
	if err := s.Append(ctx, hour(4, 10)); err != nil {
		t.Errorf("append with room again: %v", err)
	}
}

func TestRetentionByFreeSpace(t *testing.T) {
	s := hours(t, 4, Options{})
	s.opts.MinFreeBytes = 1000
	asked := 0
	s.retain(func() (int64, error) { asked++; return int64(400 * asked), nil }) // each file frees 400
	if n := s.count(t, ""); n != 2*300 {
		t.Errorf("%d spans are left, want 600", n)
	}
	if n, err := s.free(); n <= 0 || err != nil {
		t.Errorf("free space of the real disk: %d, %v", n, err)
	}
}

func TestQuestionsKeepReadingRemovedFiles(t *testing.T) {
	s := hours(t, 3, Options{})
	parts, release, err := s.acquire(everything(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	s.opts.MaxBytes = 1
	s.retain(s.free)
	if len(s.files) != 0 {
		t.Fatal("files are left")
	}
	g := grouping{q: store.Group{Range: everything(t, "@user.id:*")}, index: map[string]int{}}
	for _, p := range parts {
		hits, err := selectRows(p, g.q.Range)
		if err == nil {
			err = g.add(p, hits)
		}
		if err != nil {
			t.Error(err)
		}
	}
	release()
	if n := g.result().Total.Spans; n != 900 {
		t.Errorf("%d spans seen, want 900", n)
	}
}

// A limit far below the size of a full head: heads are sealed early, and old
// files make room for new ones without a refusal.
func TestSmallDiskLimitKeepsTheNewest(t *testing.T) {
	const limit = 400_000
	s := openTest(t, t.TempDir(), Options{MaxBytes: limit})
	for h := range 30 {
		if err := s.Append(context.Background(), hour(h, 500)); err != nil {
			t.Fatalf("hour %d: %v", h, err)
		}
	}
	sealAll(t, s)
	s.idle()
	s.retain(s.free)
	n := s.count(t, "")
	if u := s.Usage(); u.Bytes > limit || n < 1000 || n >= 30*500 || u.Newest < storetest.Epoch+int64(29*time.Hour) {
		t.Errorf("%d spans, %+v", n, u)
	}
	if err := s.Append(context.Background(), hour(31, 500)); err != nil {
		t.Error(err)
	}
}

// TestOneBogusStartKeepsNoFile holds retention to the time at which a file was
// written when its spans claim to be of the future.
func TestOneBogusStartKeepsNoFile(t *testing.T) {
	s := openTest(t, t.TempDir(), Options{})
	ctx := context.Background()
	year2100 := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	spans := hour(0, 300)
	spans[0].Start = year2100
	if err := s.Append(ctx, spans); err != nil {
		t.Fatal(err)
	}
	sealAll(t, s)
	s.idle()
	s.opts.Retention = time.Hour
	s.now = func() time.Time { return time.Now().Add(59 * time.Minute) }
	s.retain(s.free)
	if n := s.count(t, ""); n != 1 {
		t.Errorf("%d spans are left, want the one of a day of its own", n)
	}
	s.now = func() time.Time { return time.Now().Add(61 * time.Minute) }
	s.retain(s.free)
	if n := s.count(t, ""); n != 0 {
		t.Errorf("%d spans are left", n)
	}
}

// TestAClockThatWasAheadKeepsNoFile: the file that follows was written earlier.
func TestAClockThatWasAheadKeepsNoFile(t *testing.T) {
	s := hours(t, 2, Options{})
	ahead := time.Now().AddDate(70, 0, 0).UnixNano()
	s.files[0].written, s.files[0].newest = ahead, ahead
	s.files[1].newest = ahead
	s.opts.Retention = time.Hour
	s.now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	s.retain(s.free)
	if n := s.count(t, ""); n != 0 {
		t.Errorf("%d spans are left", n)
	}
}

func TestUnreadableFilesCountAndAge(t *testing.T) {
	s := hours(t, 2, Options{})
	dir, whole := s.dir, s.Usage()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, fileName(0, 0))
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	aside := filepath.Join(dir, walName(9)+damagedSuffix)
	if err := os.WriteFile(aside, make([]byte, 500), 0o600); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir, Options{})
	s.idle()
	lost := int64(0)
	for _, f := range s.files {
		if f.groups == nil {
			lost += f.size
		}
	}
	if u := s.Usage(); lost != 600 || u.Spans != 300 || u.Bytes >= whole.Bytes || u.Bytes < 600 || u.Oldest < storetest.Epoch+int64(time.Hour) {
		t.Errorf("%d bytes cannot be read; usage %+v, was %+v", lost, u, whole)
	}
	s.opts.Retention = time.Hour
	s.now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	s.retain(s.free)
	for _, p := range []string{path, aside} {
		if _, err := os.Stat(p); err == nil {
			t.Errorf("%s is still there", p)
		}
	}
}
