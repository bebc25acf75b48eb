package parquet

import (
	"cmp"
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
	for _, e := range entries {
		name := e.Name()
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
			s.log.Warn("skipping a damaged file", "error", err)
			continue
		}
		s.files = append(s.files, f)
		for _, g := range f.groups {
			for _, c := range g.columns {
				s.names.keep(c.id, c.name)
			}
		}
	}
	slices.SortFunc(s.files, func(a, b *file) int { return cmp.Compare(a.oldest, b.oldest) })
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
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return &Error{Op: "replay log", Path: path, Offset: -1, Err: err, Hint: "check permissions"}
	}
	h := newHead(seq, s.now())
	good, err := replayWAL(path, f, func(r *row) {
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
		f.Close()
		return err // what a newer binary acknowledged is not ours to drop
	}
	if err != nil {
		s.log.Warn("the log ends early", "error", err, "spans", h.n)
	}
	if h.n == 0 {
		f.Close()
		if err != nil && good == 0 {
			return s.setAside(walName(seq))
		}
		return s.remove(walName(seq))
	}
	s.sealing = append(s.sealing, &sealingHead{h, openedWAL(f, path, good)})
	return nil
}

// setAside keeps a log of which nothing can be read, for a person to look at.
func (s *Store) setAside(name string) error {
	path := s.path(name)
	if err := os.Rename(path, path+damagedSuffix); err != nil {
		return &Error{Op: "set aside log", Path: path, Offset: -1, Err: err, Hint: "check permissions of the directory"}
	}
	return nil
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
