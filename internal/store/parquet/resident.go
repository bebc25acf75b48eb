package parquet

import (
	"log/slog"
	"syscall"
	"time"
)

// unmapIdle lets go of the memory that questions mapped of files nobody has
// asked for a while. The kernel keeps the content as long as it has room; else
// one question over all files would leave the process as large as the store.
// Only the sealer calls it.
func (s *Store) unmapIdle(now time.Time) {
	s.viewMu.RLock()
	defer s.viewMu.RUnlock() // keeps the mappings: files are released after they left s.files
	for _, f := range s.files {
		switch asked := f.asked.Load(); {
		case asked == f.askedBefore:
			if f.mapped && now.Sub(f.askedAt) >= residentTime {
				f.mapped = false
				if err := syscall.Madvise(f.data, syscall.MADV_DONTNEED); err != nil {
					s.log.Debug("a file stays in memory", slog.String("file", f.path), slog.Any("error", err))
				}
			}
		default:
			f.askedBefore, f.askedAt, f.mapped = asked, now, f.data != nil
		}
	}
}
