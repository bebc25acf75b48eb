package ring

import (
	"encoding/binary"
	"sync/atomic"
	"unsafe"

	"hoofprint/internal/span"
)

// Slot is a span that is open in the writer's process.
type Slot struct {
	TraceID   span.TraceID
	SpanID    uint64
	ParentID  uint64
	LocalRoot uint64
	Start     int64 // Unix ns
	Name      string
	Service   string // "" when not interned
	Resource  string // "" when not interned
	ThreadID  uint32 // native
}

// Slots appends the open spans to dst. A slot that changes while it is read is
// left out: its span finished, or is about to be listed by the next call.
func (r *Reader) Slots(dst []Slot) (out []Slot, err error) {
	defer guard(&err)()
	out = dst
	for off := 0; off+slotSize <= len(r.slots); off += slotSize {
		id := (*uint64)(unsafe.Pointer(&r.slots[off]))
		before := atomic.LoadUint64(id)
		if before == 0 {
			continue
		}
		var b [slotSize]byte
		copy(b[:], r.slots[off:off+slotSize])
		if atomic.LoadUint64(id) != before {
			continue
		}
		le := binary.LittleEndian
		s := Slot{
			SpanID:    before,
			TraceID:   span.TraceID{High: le.Uint64(b[8:]), Low: le.Uint64(b[16:])},
			ParentID:  le.Uint64(b[24:]),
			Start:     int64(le.Uint64(b[32:])),
			LocalRoot: le.Uint64(b[40:]),
			ThreadID:  le.Uint32(b[60:]),
		}
		s.Name, _ = r.strings.get(le.Uint32(b[48:]))
		s.Service, _ = r.strings.get(le.Uint32(b[52:]))
		s.Resource, _ = r.strings.get(le.Uint32(b[56:]))
		if s.TraceID.IsZero() {
			continue
		}
		out = append(out, s)
	}
	return out, nil
}
