// Package parquet is the embedded store: a write-ahead log and a columnar head
// in memory for what is new, immutable time-cut Parquet files for the rest.
// FORMAT.md says what lies on disk.
package parquet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"

	"hoofprint/internal/span"
	"hoofprint/internal/store"
)

// Options of Open. The zero value keeps spans for ever.
type Options struct {
	// Retention is the age at which files are removed; 0 for never.
	Retention time.Duration
	// MaxBytes bounds what the store takes on disk; 0 for no bound.
	MaxBytes int64
	// MinFreeBytes is the free space that the store leaves on its disk.
	MinFreeBytes int64
	// SyncInterval bounds what is lost when the machine loses power; 0 means
	// 1 s. A killed process loses nothing whatever it is.
	SyncInterval time.Duration
	Now          func() time.Time
	Logger       *slog.Logger
}

// Store implements store.Store.
type Store struct {
	dir  string
	opts Options
	log  *slog.Logger
	now  func() time.Time
	lock *os.File
	zstd *zstd.Decoder

	appendMu sync.Mutex // one writer; held before viewMu
	wal      *wal       // of the active head
	nextSeq  uint64

	names    *columnNames            // of the sealer, once the store is open
	fault    func(step string) error // set by tests before the first rotation
	headRows int                     // maxRows, or less in tests

	viewMu  sync.RWMutex // guards what questions see
	active  *head
	sealing []*sealingHead // oldest first
	files   []*file
	closed  bool

	readOnly bool // guarded by viewMu; set by retain

	// sealTried is closed and replaced after each try to seal; sealErr is why
	// the last one failed. Both are guarded by viewMu.
	sealTried chan struct{}
	sealErr   error

	work chan struct{} // wakes the sealer
	stop chan struct{}
	done sync.WaitGroup

	buffers sync.Pool // of *appendBuffers

	skipMu  sync.Mutex
	skipped map[string]bool // files already complained about
}

// appendBuffers hold one Append on its way into log and head.
type appendBuffers struct{ encoded, frame []byte }

// sealingHead is a full head on its way into files.
type sealingHead struct {
	*head
	wal *wal
}

var _ store.Store = (*Store)(nil)

// Open opens the store in a directory, creating it, and replays what a killed
// process left in its log. Damaged files are skipped with a warning.
func Open(dir string, o Options) (*Store, error) {
	if o.SyncInterval <= 0 {
		o.SyncInterval = defaultSync
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open store: create directory %s: %w; choose a directory that can be written", dir, err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	z, err := newDecoder()
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("open store: set up decompression: %w", err)
	}
	s := &Store{dir: dir, opts: o, log: o.Logger, now: o.Now, lock: lock, zstd: z,
		work: make(chan struct{}, 1), stop: make(chan struct{}), skipped: make(map[string]bool), names: newColumnNames(), headRows: maxRows, sealTried: make(chan struct{})}
	s.buffers.New = func() any { return new(appendBuffers) }
	if err := s.recover(); err != nil {
		s.abandon()
		return nil, err
	}
	if err := s.resume(); err != nil {
		s.abandon()
		return nil, err
	}
	s.done.Add(2)
	go s.syncLoop()
	go s.sealLoop()
	s.wake()
	return s, nil
}

// abandon releases what a failed Open holds.
func (s *Store) abandon() {
	for _, h := range s.sealing {
		h.wal.close()
	}
	for _, f := range s.files {
		f.release()
	}
	s.lock.Close()
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Store) wake() {
	select {
	case s.work <- struct{}{}:
	default:
	}
}

// Append implements store.Store.
func (s *Store) Append(ctx context.Context, spans []span.Span) error {
	for len(spans) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := 0
		err := s.waitForSealer(ctx)
		if err == nil {
			n, err = s.appendFrame(spans)
		}
		if errors.Is(err, syscall.ENOSPC) {
			s.wake() // to free what retention allows
			return fmt.Errorf("%w: %w", store.ErrReadOnly, err)
		}
		if err != nil {
			return err
		}
		spans = spans[n:]
	}
	return nil
}

// waitForSealer keeps a burst from filling the memory with full heads.
func (s *Store) waitForSealer(ctx context.Context) error {
	for {
		s.viewMu.RLock()
		full, tried, err, closed := len(s.sealing) >= maxSealing, s.sealTried, s.sealErr, s.closed
		s.viewMu.RUnlock()
		switch {
		case closed:
			return store.ErrClosed
		case !full:
			return nil
		case err != nil:
			return fmt.Errorf("append spans: %d full heads wait for a sealing that fails: %w", maxSealing, err)
		}
		select {
		case <-tried:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// appendFrame stores the first spans, as many as make a frame.
func (s *Store) appendFrame(spans []span.Span) (n int, err error) {
	buf := s.buffers.Get().(*appendBuffers)
	defer s.buffers.Put(buf)
	encoded := buf.encoded[:0]
	for n < min(len(spans), frameSpans) && len(encoded) < frameBytes {
		x, err := encodeExtra(&spans[n])
		if err != nil {
			return 0, fmt.Errorf("append span %016x: encode its events: %w", spans[n].ID, err)
		}
		encoded = appendSpan(encoded, &spans[n], x)
		n++
	}
	buf.encoded = encoded
	frame := appendFrame(buf.frame[:0], encoded)
	buf.frame = frame

	s.appendMu.Lock()
	defer s.appendMu.Unlock()
	s.viewMu.RLock()
	closed, readOnly := s.closed, s.readOnly
	s.viewMu.RUnlock()
	if closed {
		return 0, store.ErrClosed
	}
	if readOnly {
		return 0, store.ErrReadOnly
	}
	if h := s.active; h.n+n > s.headRows || h.n > 0 && (h.bytes+int64(len(encoded)) > headBytes || s.logTooLarge()) {
		if err := s.rotate(); err != nil {
			return 0, err
		}
	}
	if err := s.wal.write(frame); err != nil {
		return 0, err
	}
	// The head reads what the log holds, so that a replay gives the same head.
	r := spanReader{data: text(encoded)}
	h := s.active
	older := s.olderHeads()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bytes += int64(len(encoded))
	var row row
next:
	for r.more() {
		if err := r.next(&row); err != nil {
			return 0, fmt.Errorf("append spans: read back: %w", err)
		}
		for _, o := range older {
			if o.has(&row) {
				continue next
			}
		}
		h.append(&row)
	}
	return n, nil
}

// logTooLarge tells whether the log takes so much of the disk limit that it is
// better sealed: only files can be unlinked.
func (s *Store) logTooLarge() bool {
	return s.opts.MaxBytes > 0 && s.wal.size > s.opts.MaxBytes/logShare
}

// olderHeads are full and no longer change.
func (s *Store) olderHeads() []*head {
	s.viewMu.RLock()
	defer s.viewMu.RUnlock()
	var out []*head
	for _, h := range s.sealing {
		out = append(out, h.head)
	}
	return out
}

// rotate hands the active head to the sealer and begins a new one. The caller
// holds appendMu, or is alone.
func (s *Store) rotate() error {
	w, err := createWAL(s.path(walName(s.nextSeq)))
	if err != nil {
		return err
	}
	h := newHead(s.nextSeq, s.now())
	s.nextSeq++
	s.viewMu.Lock()
	if s.active != nil {
		s.sealing = append(s.sealing, &sealingHead{s.active, s.wal})
	}
	s.active, s.wal = h, w
	s.viewMu.Unlock()
	s.wake()
	return nil
}

// acquire returns the parts that may hold spans of a range. Heads and files
// change together under viewMu, so each span is in exactly one part.
func (s *Store) acquire(r store.Range) (parts []part, release func(), err error) {
	s.viewMu.RLock()
	defer s.viewMu.RUnlock()
	if s.closed {
		return nil, nil, store.ErrClosed
	}
	overlaps := func(oldest, newest int64) bool { return newest >= r.From && oldest <= r.To }
	var held []*file
	for _, f := range s.files {
		if overlaps(f.oldest, f.newest) {
			f.retain()
			held = append(held, f)
			parts = append(parts, f.parts()...)
		}
	}
	for _, h := range s.sealing {
		if v := h.view(); overlaps(v.oldest, v.newest) {
			parts = append(parts, v)
		}
	}
	if v := s.active.view(); v.n > 0 && overlaps(v.oldest, v.newest) {
		parts = append(parts, v)
	}
	return parts, func() {
		for _, f := range held {
			f.release()
		}
	}, nil
}

// skip tells whether a question goes on without a damaged file; it says so once
// per file.
func (s *Store) skip(p part, err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	s.skipMu.Lock()
	defer s.skipMu.Unlock()
	if !s.skipped[e.Path] {
		s.skipped[e.Path] = true
		s.log.Warn("skipping a damaged file", "error", e)
	}
	return true
}

// Close implements store.Store. It does not seal: the log is durable and is
// replayed by the next Open.
func (s *Store) Close() error {
	s.appendMu.Lock()
	s.viewMu.Lock()
	if s.closed {
		s.viewMu.Unlock()
		s.appendMu.Unlock()
		return nil
	}
	s.closed = true
	close(s.sealTried)
	s.sealTried = make(chan struct{})
	s.viewMu.Unlock()
	s.appendMu.Unlock()
	close(s.stop)
	s.done.Wait()
	err := s.wal.sync()
	err = errors.Join(err, s.wal.close())
	for _, h := range s.sealing {
		err = errors.Join(err, h.wal.sync(), h.wal.close())
	}
	for _, f := range s.files {
		f.release()
	}
	return errors.Join(err, s.lock.Close())
}
