package parquet

import "hoofprint/internal/span"

// recent finds a span in a head by its ids and start: an open hash of rows,
// because clients send a payload again when an answer was late.
type recent struct {
	slots []uint32 // row+1; 0 is free
	n     int
}

func hashSpan(id span.TraceID, spanID uint64, start int64) uint64 {
	h := spanID ^ id.Low*0x9e3779b97f4a7c15 ^ id.High ^ uint64(start)*0xff51afd7ed558ccd
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>29
}

func (t *recent) has(h *head, s *span.Span) bool {
	if len(t.slots) == 0 {
		return false
	}
	mask := uint64(len(t.slots) - 1)
	for i := hashSpan(s.TraceID, s.ID, s.Start) & mask; t.slots[i] != 0; i = (i + 1) & mask {
		if id, spanID, start := h.key(int(t.slots[i] - 1)); spanID == s.ID && start == s.Start && id == s.TraceID {
			return true
		}
	}
	return false
}

// add notes a row that has not just answered to has.
func (t *recent) add(h *head, row int) {
	if 2*t.n >= len(t.slots) {
		old := t.slots
		t.slots = make([]uint32, max(1024, 2*len(old)))
		for _, r := range old {
			if r != 0 {
				t.put(h, r)
			}
		}
	}
	t.put(h, uint32(row+1))
	t.n++
}

func (t *recent) put(h *head, r uint32) {
	mask := uint64(len(t.slots) - 1)
	i := hashSpan(h.key(int(r-1))) & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = r
}
