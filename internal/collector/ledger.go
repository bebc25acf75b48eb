package collector

import (
	"sync"

	"hoofprint/internal/ring"
)

// ledger follows each record of a ring from reading to delivery and moves the
// ring's tail over every leading stretch that is done.
type ledger struct {
	commit func(pos uint64)
	marks  *marks

	mu      sync.Mutex
	entries []entry
	first   int    // index of the oldest entry
	base    uint64 // sequence number of entries[0]
	next    uint64 // position behind the newest entry
	open    int    // entries and extras not done
	extras  int    // unfinished spans under way, which have no record

	deliveries Deliveries
}

type entry struct {
	pos      uint64
	done     bool
	unmarked bool // too short to have a mark of its own
}

// extra is the sequence number of a span without a record.
const extra = ^uint64(0)

// add takes in what was read and returns the sequence number of the first.
func (l *ledger) add(recs []ring.Record) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first > 4096 && l.first > len(l.entries)/2 {
		n := copy(l.entries, l.entries[l.first:])
		l.entries, l.base, l.first = l.entries[:n], l.base+uint64(l.first), 0
	}
	seq := l.base + uint64(len(l.entries))
	for i := range recs {
		l.entries = append(l.entries, entry{pos: recs[i].Pos, unmarked: recs[i].Size < marksGranule})
		l.next = recs[i].Pos + recs[i].Size
	}
	l.open += len(recs)
	return seq
}

// addExtras announces n unfinished spans.
func (l *ledger) addExtras(n int) {
	l.mu.Lock()
	l.extras += n
	l.open += n
	l.mu.Unlock()
}

// done marks records as delivered, spooled or worthless.
func (l *ledger) done(seqs []uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, seq := range seqs {
		if seq == extra {
			l.open--
			if l.extras--; l.extras == 0 {
				l.marks.setUnfinished()
			}
			continue
		}
		e := &l.entries[seq-l.base]
		if e.done {
			continue
		}
		e.done = true
		l.open--
		if !e.unmarked {
			l.marks.set(e.pos)
		}
	}
	moved := false
	for l.first < len(l.entries) && l.entries[l.first].done {
		l.first++
		moved = true
	}
	if !moved {
		return
	}
	if l.first == len(l.entries) {
		l.commit(l.next)
		l.base, l.entries, l.first = l.base+uint64(l.first), l.entries[:0], 0
		return
	}
	l.commit(l.entries[l.first].pos)
}

// held is how many bytes of the ring are read and not given back.
func (l *ledger) held() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == len(l.entries) {
		return 0
	}
	return l.next - l.entries[l.first].pos
}

// span returns the sequence numbers of the oldest entry and of the next one to come.
func (l *ledger) span() (oldest, next uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.base + uint64(l.first), l.base + uint64(len(l.entries))
}

// settled tells whether nothing is under way.
func (l *ledger) settled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open == 0
}

// forgetMarks closes the marks; acknowledgements may still come, unless clean.
func (l *ledger) forgetMarks(clean bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if clean {
		l.marks.setClean()
	}
	l.marks.close()
	l.marks = nil
}
