package parquet

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// sealLoop writes full heads into files, and old active heads too.
func (s *Store) sealLoop() {
	defer s.done.Done()
	tick := time.NewTicker(sealTick)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-s.work:
		case <-tick.C:
			if err := s.rotateOld(); err != nil {
				s.log.Error("cannot begin a new log; going on with the old one", "error", err)
			}
		}
		for s.sealNext() {
			select {
			case <-s.stop:
				return
			default:
			}
		}
		s.retain(s.free)
		s.unmapIdle(time.Now())
	}
}

// rotateOld ends a head that has collected long enough.
func (s *Store) rotateOld() error {
	s.appendMu.Lock()
	defer s.appendMu.Unlock()
	if s.active.n == 0 || s.now().Sub(s.active.created) < headAge {
		return nil
	}
	return s.rotate()
}

// sealNext seals the oldest full head. It returns false when there is none or
// it failed; the head then stays searchable and is tried again.
func (s *Store) sealNext() bool {
	s.viewMu.RLock()
	var h *sealingHead
	if len(s.sealing) > 0 {
		h = s.sealing[0]
	}
	s.viewMu.RUnlock()
	if h == nil {
		return false
	}
	err := s.seal(h)
	s.viewMu.Lock()
	s.sealErr = err
	close(s.sealTried)
	s.sealTried = make(chan struct{})
	s.viewMu.Unlock()
	if err != nil {
		s.log.Error("cannot seal spans into a file; they stay in the log and in memory, and it is tried again", "error", err)
		return false
	}
	return true
}

// seal moves a head into files. A kill between any two steps leaves either the
// log, or the files, as the truth: see recover.
func (s *Store) seal(h *sealingHead) error {
	e, err := newEncoder()
	if err != nil {
		return err
	}
	var names []string
	if h.n > 0 {
		for i, rows := range h.slices() {
			name := fileName(h.seq, i)
			if err := s.step("write " + name); err != nil {
				return err
			}
			if err := s.writeSlice(e, h.head, rows, s.path(name+tempSuffix)); err != nil {
				return err
			}
			names = append(names, name)
		}
	}
	var files []*file
	undo := func() {
		for _, f := range files {
			f.release()
		}
	}
	for _, name := range names {
		if err := s.step("rename " + name); err != nil {
			undo()
			return err
		}
		path := s.path(name)
		if err := os.Rename(path+tempSuffix, path); err != nil {
			undo()
			return &Error{Op: "publish file", Path: path, Offset: -1, Err: err, Hint: "check permissions of the directory"}
		}
		f, err := openFile(path, s.zstd)
		if err != nil {
			undo()
			return fmt.Errorf("read back what was sealed: %w", err)
		}
		files = append(files, f)
	}
	if err := s.step("sync directory"); err != nil {
		undo()
		return err
	}
	if err := syncDir(s.dir); err != nil {
		undo()
		return err
	}
	if err := s.step("drop log"); err != nil {
		undo()
		return err
	}
	// From here the files are the truth; questions change over at once.
	if err := os.Remove(h.wal.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		undo()
		return &Error{Op: "drop log", Path: h.wal.path, Offset: -1, Err: err, Hint: "check permissions of the directory"}
	}
	s.viewMu.Lock()
	s.sealing = slices.Delete(s.sealing, 0, 1) // and let go of its columns
	s.files = append(s.files, files...)
	s.viewMu.Unlock()
	if err := s.step("sync dropped log"); err != nil {
		return err
	}
	return errors.Join(h.wal.close(), syncDir(s.dir))
}

func (s *Store) writeSlice(e *encoder, h *head, rows []int32, path string) error {
	list := h.chunks(rows)
	chunks := make([]*encodedChunk, len(list))
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = s.names.of(c.name)
		var err error
		if chunks[i], err = e.encode(c, len(rows)); err != nil {
			return fmt.Errorf("encode column %s of %s: %w", names[i], path, err)
		}
	}
	return writeFile(path, chunks, list, names, len(rows))
}

// step is where tests stop a sealing as a kill would.
func (s *Store) step(name string) error {
	if s.fault == nil {
		return nil
	}
	return s.fault(name)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return &Error{Op: "sync directory", Path: dir, Offset: -1, Err: err, Hint: "check the disk"}
	}
	return nil
}
