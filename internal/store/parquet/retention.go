package parquet

import (
	"errors"
	"math"
	"os"
	"slices"
	"syscall"
)

// retain unlinks whole files, oldest first: those past the retention, and as
// many as the disk bounds ask for. When nothing is left to unlink and a bound
// is still passed, the store refuses new spans until there is room again. Only
// the sealer calls it.
func (s *Store) retain(free func() (int64, error)) {
	if s.opts.Retention > 0 {
		horizon := s.now().Add(-s.opts.Retention).UnixNano()
		for f := s.oldestFile(); f != nil; f = s.oldestFile() {
			if f.age >= horizon {
				break
			}
			if !s.unlink(f.file, "older than the retention") {
				break
			}
		}
	}
	readOnly := false
	for {
		why, over := s.overBounds(free)
		if !over {
			break
		}
		f := s.oldestFile()
		if f == nil || !s.unlink(f.file, why) {
			readOnly = !s.shrinking()
			break
		}
	}
	s.viewMu.Lock()
	was := s.readOnly
	s.readOnly = readOnly
	s.viewMu.Unlock()
	switch {
	case readOnly && !was:
		s.log.Error("no room for spans: new ones are refused; raise the disk limit, free space or shorten the retention", "directory", s.dir)
	case was && !readOnly:
		s.log.Info("there is room again: spans are stored", "directory", s.dir)
	}
}

// shrinking tells whether heads are on their way into files, which take less
// than half of their logs and can be unlinked.
func (s *Store) shrinking() bool {
	s.viewMu.RLock()
	defer s.viewMu.RUnlock()
	return len(s.sealing) > 0 && s.sealErr == nil
}

// overBounds tells whether the store takes more than it may.
func (s *Store) overBounds(free func() (int64, error)) (why string, over bool) {
	if s.opts.MaxBytes > 0 && s.bytes() > s.opts.MaxBytes {
		return "over the disk limit", true
	}
	if s.opts.MinFreeBytes > 0 {
		n, err := free()
		if err != nil {
			s.log.Warn("cannot tell the free space; its bound is not kept", "directory", s.dir, "error", err)
			return "", false
		}
		return "too little free space", n < s.opts.MinFreeBytes
	}
	return "", false
}

// free is the space that the disk has left for this user.
func (s *Store) free() (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(s.dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * st.Bsize, nil
}

// bytes is what files and logs take.
func (s *Store) bytes() int64 {
	s.viewMu.RLock()
	defer s.viewMu.RUnlock()
	n := s.wal.bytes()
	for _, h := range s.sealing {
		n += h.wal.bytes()
	}
	for _, f := range s.files {
		n += f.size
	}
	return n
}

// agedFile is a file and the Unix ns that retention goes by: its newest start,
// or when it was written if that came first. One span from the year 2100 would
// else keep its file for ever.
type agedFile struct {
	*file
	age int64
}

// oldestFile is nil without files. Files lie in the order in which they were
// written, so that a time of writing from a clock that was ahead is betrayed by
// the files that follow.
func (s *Store) oldestFile() *agedFile {
	s.viewMu.RLock()
	defer s.viewMu.RUnlock()
	var oldest *agedFile
	written := int64(math.MaxInt64)
	for _, f := range slices.Backward(s.files) {
		written = min(written, f.written)
		if age := min(f.newest, written); oldest == nil || age <= oldest.age {
			oldest = &agedFile{f, age}
		}
	}
	return oldest
}

// unlink removes a file. Questions that hold it read on: its mapping goes with
// the last of them.
func (s *Store) unlink(f *file, why string) bool {
	if err := os.Remove(f.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.log.Error("cannot remove a file that is "+why, "file", f.path, "error", err)
		return false
	}
	s.viewMu.Lock()
	s.files = slices.DeleteFunc(s.files, func(o *file) bool { return o == f })
	s.viewMu.Unlock()
	f.release()
	s.log.Debug("removed a file", "file", f.path, "why", why, "spans", f.spans)
	return true
}
