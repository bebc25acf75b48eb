package ring

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
)

// table caches the strings region as Go strings: they outlive the mapping.
// Safe for concurrent use, because slots are listed while records are read.
type table struct {
	region []byte
	head   *uint64 // string head, stored by the writer

	mu   sync.Mutex // serialises grow
	next int        // offset of the first entry not yet in list
	list atomic.Pointer[[]string]
}

func (t *table) get(id uint32) (string, bool) {
	if list := t.list.Load(); list != nil && int(id) < len(*list) {
		return (*list)[id], true
	}
	if id >= maxStrings {
		return "", false
	}
	list := t.grow()
	if int(id) < len(list) {
		return list[id], true
	}
	return "", false
}

// grow takes in what the writer has appended since. A damaged entry ends the
// table for good: nothing tells where the next one starts.
func (t *table) grow() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []string
	if old := t.list.Load(); old != nil {
		list = *old
	}
	head := atomic.LoadUint64(t.head)
	if head > uint64(len(t.region)) {
		return list
	}
	region := t.region[:head]
	for len(list) < maxStrings && len(region)-t.next >= 4 {
		n := uint64(binary.LittleEndian.Uint32(region[t.next:]))
		if n > uint64(len(region)-t.next-4) {
			break
		}
		start := t.next + 4
		list = append(list, valid(string(region[start:start+int(n)])))
		t.next = start + (int(n)+3)&^3
		if t.next > len(region) {
			t.next = len(region)
		}
	}
	t.list.Store(&list)
	return list
}
