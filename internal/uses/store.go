package uses

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// compactFrom is the size of a log from which it is written anew, once it is
	// also four times what it was after the last time.
	compactFrom  = 1 << 20
	tidyInterval = time.Hour
)

// ErrHeld says that another process writes a file.
var ErrHeld = errors.New("another process has this file")

// Options of a Store.
type Options struct {
	// Retention is how long a use is kept after it was seen last; 0 for ever.
	Retention time.Duration
	// Sync makes what was taken outlast a loss of power.
	Sync bool
	Log  *slog.Logger
	Now  func() time.Time
}

// Store keeps uses, in a file. It is safe for concurrent use.
type Store struct {
	path string
	o    Options

	mu      sync.Mutex
	tally   *tally
	file    *os.File // nil for a store without a file
	lock    *os.File
	size    int64
	compact int64 // the size from which the log is written anew
	least   int64 // the smallest such size
	tidied  time.Time
	full    bool // the last report held more than is kept
}

// Open makes or reads the store in a file; "" keeps everything in memory alone.
// It fails with ErrHeld while another process has the file open.
func Open(path string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Store{path: path, o: o, tally: newTally(), least: compactFrom}
	if path == "" {
		return s, nil
	}
	if err := s.open(); err != nil {
		s.release()
		return nil, fmt.Errorf("open the uses of removed names in %s: %w", path, err)
	}
	return s, nil
}

func (s *Store) open() error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return err
	}
	var err error
	if s.lock, err = os.OpenFile(s.path+".lock", os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	if err := unix.Flock(int(s.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			return ErrHeld
		}
		return err
	}
	good, err := load(s.path, s.tally)
	var gone *os.PathError
	switch {
	case errors.As(err, &gone):
		return err
	case errors.Is(err, errForeign):
		aside := fmt.Sprintf("%s.%d", s.path, s.o.Now().Unix())
		s.o.Log.Error("the uses of removed names that were seen before cannot be read; they are begun anew", "file", s.path, "moved to", aside, "error", err)
		if err := os.Rename(s.path, aside); err != nil {
			return err
		}
		good = 0
	case errors.Is(err, io.ErrUnexpectedEOF): // a write that was cut short, never acknowledged
	case err != nil:
		s.o.Log.Warn("some of the uses of removed names that were seen before cannot be read", "file", s.path, "error", err)
	}
	if s.file, err = os.OpenFile(s.path, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	if good == 0 {
		if err := s.file.Truncate(0); err != nil {
			return err
		}
		if _, err := s.file.WriteAt([]byte(logMagic), 0); err != nil {
			return err
		}
		good = len(logMagic)
		if err := s.sync(s.file); err != nil {
			return err
		}
	} else if err := s.file.Truncate(int64(good)); err != nil {
		return err
	}
	s.size, s.compact = int64(good), max(s.least, 2*int64(good))
	return s.syncDir()
}

// Take keeps a report. When it returns nil, it is safe.
func (s *Store) Take(r Report) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.take(r)
}

func (s *Store) take(r Report) error {
	if err := s.write(entry{Report: &r}); err != nil {
		return fmt.Errorf("keep uses of removed names in %s: %w", s.path, err)
	}
	s.tally.take(r)
	if s.tally.full && !s.full {
		s.o.Log.Warn("no more places that use removed names are kept, there are too many", "file", s.path)
	}
	s.full, s.tally.full = s.tally.full, false
	if now := s.o.Now(); now.Sub(s.tidied) > tidyInterval {
		s.tidied = now
		s.tally.tidy(now, s.o.Retention)
	}
	if s.size > s.compact {
		if err := s.rewrite(); err != nil {
			s.compact = 2 * s.size
			s.o.Log.Warn("the log of uses of removed names grows", "file", s.path, "error", err)
		}
	}
	return nil
}

// write appends one frame. When it fails the log is cut back.
func (s *Store) write(e entry) error {
	if s.file == nil {
		return nil
	}
	frame, err := appendFrame(nil, e)
	if err != nil {
		return err
	}
	_, err = s.file.WriteAt(frame, s.size)
	if err == nil {
		err = s.sync(s.file)
	}
	if err != nil {
		return errors.Join(err, s.file.Truncate(s.size))
	}
	s.size += int64(len(frame))
	return nil
}

// rewrite replaces the log by one that holds the state alone.
func (s *Store) rewrite() error {
	state := s.tally.state()
	content, err := appendFrame([]byte(logMagic), entry{State: &state})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.path+".new", os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(f.Name(), s.path)
	}
	if err != nil {
		f.Close()
		return err
	}
	s.file.Close()
	s.file, s.size = f, int64(len(content))
	s.compact = max(s.least, 4*s.size)
	return s.syncDir()
}

func (s *Store) sync(f *os.File) error {
	if !s.o.Sync {
		return nil
	}
	return f.Sync()
}

func (s *Store) syncDir() error {
	if !s.o.Sync {
		return nil
	}
	dir, err := os.Open(filepath.Dir(s.path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// Summary tells what is known.
func (s *Store) Summary(f Filter) Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	s.tally.tidy(now, s.o.Retention)
	return s.tally.summarise(f, now)
}

// Waiting lists the agents that something was not told to yet.
func (s *Store) Waiting() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[string]bool{}
	var out []string
	for _, p := range s.tally.living {
		if p.unsent && !seen[p.agent] {
			seen[p.agent] = true
			out = append(out, p.agent)
		}
	}
	return out
}

// Unsent gives the processes that an agent is to be told of, whole, and a
// function to call when it was.
func (s *Store) Unsent(agent string) (Report, func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, told := s.tally.unsent(agent)
	size := 0
	for i := range all {
		for _, u := range all[i].Uses {
			size += u.size()
		}
		if i > 0 && (size > MaxReport/2 || i == MaxProcesses) {
			all = all[:i] // the others are for the next report
			break
		}
	}
	sent := make([]Process, len(all))
	for i, p := range all {
		p.Agent, p.Sent = "", false
		sent[i] = p
	}
	return Report{Processes: sent}, func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		var done Report
		for i, p := range all {
			// What it told meanwhile is for the next time.
			if now := s.tally.living[p.ID]; now != nil && now.told == told[i] {
				p.Uses, p.Sent = nil, true
				done.Processes = append(done.Processes, p)
			}
		}
		if len(done.Processes) == 0 {
			return nil
		}
		return s.take(done)
	}
}

// Close leaves the file to others.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.release()
}

func (s *Store) release() (err error) {
	if s.file != nil {
		err = errors.Join(s.file.Sync(), s.file.Close())
		s.file = nil
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

// ReadFiles sums up what files hold that other processes may be writing.
// It tells which of them could be read.
func ReadFiles(paths []string, f Filter, now time.Time) (Summary, []string, error) {
	whole := newTally()
	var read []string
	var failed error
	for _, path := range paths {
		one := newTally()
		good, err := load(path, one)
		if good == 0 {
			failed = errors.Join(failed, err)
			continue
		}
		read = append(read, path)
		whole.merge(one)
	}
	return whole.summarise(f, now), read, failed
}
