package parquet

import (
	"errors"
	"math"
	"os"
	"slices"
	"strings"
)

// recover brings the directory to a state that some moment without a kill could
// have left: a head is either its log or its files.
func (s *Store) recover() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return &Error{Op: "open store", Path: s.dir, Offset: -1, Err: err, Hint: "check permissions"}
	}
	var logs []uint64
	for _, e := range entries {
		if seq, ok := parseWALName(e.Name()); ok {
			logs = append(logs, seq)
		}
	}
	slices.Sort(logs)
	for _, e := range entries { // by name, and so in the order in which they were written
		name := e.Name()
		if strings.HasSuffix(name, damagedSuffix) {
			s.keepUnreadable(name)
			continue
		}
		if strings.HasSuffix(name, tempSuffix) {
			if err := s.remove(name); err != nil {
				return err
			}
			continue
		}
		seq, ok := parseFileName(name)
		if !ok {
			continue
		}
		s.nextSeq = max(s.nextSeq, seq+1)
		if _, unfinished := slices.BinarySearch(logs, seq); unfinished {
			// Sealing was interrupted before it dropped the log.
			if err := s.remove(name); err != nil {
				return err
			}
			continue
		}
		f, err := openFile(s.path(name), s.zstd)
		if err != nil {
			s.log.Warn("skipping a damaged file; it takes room until retention removes it", "error", err)
			s.keepUnreadable(name)
			continue
		}
		s.files = append(s.files, f)
		for _, g := range f.groups {
			for _, c := range g.columns {
				s.names.keep(c.id, c.name)
			}
		}
	}
	for _, seq := range logs {
		s.nextSeq = max(s.nextSeq, seq+1)
		if err := s.replay(seq); err != nil {
			return err
		}
	}
	return nil
}

// replay turns a log into a head that waits for sealing.
func (s *Store) replay(seq uint64) error {
	path := s.path(walName(seq))
	data, err := os.ReadFile(path)
	if err != nil {
		return &Error{Op: "replay log", Path: path, Offset: -1, Err: err, Hint: "check permissions and the disk"}
	}
	h := newHead(seq, s.now())
	got, err := replayWAL(path, data, func(r *row) {
		for _, o := range s.sealing {
			if o.has(r) {
				return
			}
		}
		if h.n < maxRows {
			h.append(r)
		}
	})
	if errors.Is(err, errVersion) {
		return err // what a newer binary acknowledged is not ours to drop
	}
	if err != nil {
		s.log.Warn("a log is not whole; the rest of its spans is kept", "error", err, "spans", h.n)
	}
	switch {
	case h.n == 0 && got.damaged == 0 && got.good > 0 || len(data) < walHeader:
		return s.remove(walName(seq)) // nothing was acknowledged
	case h.n == 0:
		return s.setAside(walName(seq))
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return &Error{Op: "reopen log", Path: path, Offset: -1, Err: err, Hint: "check permissions"}
	}
	h.bytes = got.good // less than its spans take in memory, but a bound
	s.sealing = append(s.sealing, &sealingHead{h, openedWAL(f, path, got.good)})
	return nil
}

// resume goes on with the newest head where the last process left it, so that
// restarts do not each leave a small file.
func (s *Store) resume() error {
	if len(s.sealing) == 0 {
		return s.rotate()
	}
	last := s.sealing[len(s.sealing)-1]
	if last.seq+1 != s.nextSeq || last.n > maxRows/2 {
		return s.rotate()
	}
	if err := last.wal.file.Truncate(last.wal.size); err != nil { // a torn tail
		return &Error{Op: "cut log", Path: last.wal.path, Offset: last.wal.size, Err: err, Hint: "check the disk"}
	}
	s.active, s.wal = last.head, last.wal
	s.sealing = s.sealing[:len(s.sealing)-1]
	return nil
}

// setAside keeps a log of which nothing can be read, for a person to look at.
func (s *Store) setAside(name string) error {
	path := s.path(name)
	if err := os.Rename(path, path+damagedSuffix); err != nil {
		return &Error{Op: "set aside log", Path: path, Offset: -1, Err: err, Hint: "check permissions of the directory"}
	}
	s.keepUnreadable(name + damagedSuffix)
	return nil
}

// keepUnreadable lets usage count, and retention remove, what cannot be read.
func (s *Store) keepUnreadable(name string) {
	path := s.path(name)
	info, err := os.Stat(path)
	if err != nil {
		s.log.Warn("cannot tell the size of a damaged file; it is not counted", "file", path, "error", err)
		return
	}
	s.files = append(s.files, unreadable(path, info))
}

func (s *Store) remove(name string) error {
	path := s.path(name)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return &Error{Op: "remove", Path: path, Offset: -1, Err: err, Hint: "check permissions of the directory"}
	}
	return nil
}

// timesOf is a helper of Usage: nothing stored has no times.
func timesOf(oldest, newest int64) (int64, int64) {
	if oldest == math.MaxInt64 {
		return 0, 0
	}
	return oldest, newest
}
