package parquet

import (
	"cmp"
	"math"
	"slices"
	"time"

	"hoofprint/internal/store"
)

// Usage implements store.Store.
func (s *Store) Usage() store.Usage {
	s.viewMu.RLock()
	defer s.viewMu.RUnlock()
	u := store.Usage{LimitBytes: s.opts.MaxBytes, Retention: int64(s.opts.Retention)}
	oldest, newest := int64(math.MaxInt64), int64(math.MinInt64)
	days := make(map[int64]store.DayUsage)
	add := func(spans, bytes, from, to int64) {
		u.Spans += spans
		u.Bytes += bytes
		if spans == 0 {
			return
		}
		oldest, newest = min(oldest, from), max(newest, to)
		day := from - mod(from, int64(24*time.Hour))
		d := days[day]
		d.Day = day
		d.Spans += spans
		d.Bytes += bytes
		days[day] = d
	}
	for _, f := range s.files {
		add(f.spans, f.size, f.oldest, f.newest)
	}
	for _, h := range s.sealing {
		add(int64(h.n), h.wal.bytes(), h.oldest, h.newest)
	}
	if s.active != nil && !s.closed {
		v := s.active.view()
		add(int64(v.n), s.wal.bytes(), v.oldest, v.newest)
	}
	u.Oldest, u.Newest = timesOf(oldest, newest)
	for _, d := range days {
		u.BytesPerDay = append(u.BytesPerDay, d)
	}
	slices.SortFunc(u.BytesPerDay, func(a, b store.DayUsage) int { return cmp.Compare(a.Day, b.Day) })
	return u
}

// mod is the remainder towards minus infinity.
func mod(a, b int64) int64 { return (a%b + b) % b }
