package collector

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"hoofprint/internal/ring"
	"hoofprint/internal/span"
	"hoofprint/internal/wire/inband"
)

// tracked is one ring and what is under way of it. Each ring has one goroutine:
// a local trace never leaves its process, so nothing is shared between rings
// but the shippers. Asleep it costs a thread in a futex and one wake a second.
type tracked struct {
	path   string // "" for a memfd
	reader *ring.Reader
	desc   ring.Description
	client span.Client
	ship   *shipper
	ledger ledger
	marks  *marks // shared with ledger
	asm    *assembler

	counter   *counter // nil: no client stats
	control   *Control
	followers followers

	writer     writer
	dead       atomic.Bool // its process, or the program that wrote it
	stale      bool        // its process was dead when we came
	events     bool        // its span events become fields
	noPidfd    bool
	lookAtExec atomic.Bool
	hurry      atomic.Bool // its process is about to end, and its container with it
	// Records before this position may have been delivered by a collector that
	// was killed, although no mark says so.
	suspectBefore uint64
	lastEnd       int64 // latest Unix ns seen in the ring

	mapped sync.RWMutex // held to read the mapping from outside the goroutine
	closed bool
}

// drain reads a ring until its process is dead and everything of it is safe, or
// ctx ends.
func (c *Collector) drain(ctx context.Context, t *tracked) {
	stop := context.AfterFunc(ctx, func() { t.wake(true) })
	defer stop()
	defer func() { c.used.Add(-int64(t.asm.bytes)) }() // what stays in the ring
	recs := make([]ring.Record, 0, readBatch)
	poll := max(minPoll, time.Duration(uint64(pollInterval)*min(t.reader.Size(), 16<<20)/(16<<20)))
	lastRead, looked := time.Now(), time.Now()
	var dropped uint64
	var droppedAt time.Time
	for {
		final := ctx.Err() != nil
		dead, hurry := t.dead.Load(), t.hurry.Swap(false) // before reading, so that nothing was written after
		if c.used.Load() > c.cfg.MaxBytes && !final {
			t.asm.flushAll(true)
			if c.used.Load() > c.cfg.MaxBytes {
				sleep(ctx, 10*time.Millisecond) // the ring keeps what comes
				continue
			}
		}
		var err error
		recs, err = t.reader.Read(recs[:0], readBatch)
		if err != nil {
			c.log.Warn("a ring is given up", "ring", t.reader.Name(), "error", err)
			t.asm.flushAll(true)
			return
		}
		now := time.Now()
		if len(recs) > 0 {
			lastRead = now
			c.take(t, recs, now)
			if t.ledger.held() > t.reader.Size()/pressureShare {
				oldest, next := t.ledger.span()
				t.asm.flushBefore(oldest + (next-oldest)/2)
			}
			if len(recs) == readBatch {
				t.hurry.CompareAndSwap(false, hurry)
				continue
			}
		}
		if hurry {
			t.asm.flushAll(false)
			t.ship.statsNow.Store(true)
			t.ship.hurry()
		}
		if final {
			return
		}
		if dead && len(recs) == 0 {
			t.followers.end(true)
			c.finish(ctx, t)
			return
		}
		if counters, err := t.reader.Counters(); err == nil && counters.Dropped != dropped {
			dropped, droppedAt = counters.Dropped, now
			if counters.Finished > dropped {
				t.asm.keepRate = float64(counters.Finished-dropped) / float64(counters.Finished)
			}
		}
		if !droppedAt.IsZero() && now.Sub(droppedAt) > orphanAge {
			t.asm.flushIdle(droppedAt)
			droppedAt = time.Time{}
		}
		if now.Sub(lastRead) < quietAfter {
			sleep(ctx, poll)
			continue
		}
		_ = t.reader.Wait(ring.MaxWait)
		if t.noPidfd && !alive(t.writer.pid, t.writer.start) {
			t.dead.Store(true)
		}
		if now.Sub(looked) > execInterval {
			looked = now
			t.lookAtExec.Store(true)
		}
		if t.lookAtExec.Swap(false) && t.path != "" && !t.writer.hidden && !t.writer.holds(filepath.Base(t.path)) {
			t.dead.Store(true)
		}
	}
}

// take hands records to the assembler.
func (c *Collector) take(t *tracked, recs []ring.Record, now time.Time) {
	seq := t.ledger.add(recs)
	before := t.asm.added
	var worthless []uint64
	for i := range recs {
		rec := &recs[i]
		delivered := rec.Size >= marksGranule && t.marks.isSet(rec.Pos)
		if delivered || rec.Kind == ring.KindBad || rec.Kind == ring.KindNote {
			worthless = append(worthless, seq+uint64(i))
		}
		switch {
		case rec.Kind == ring.KindBad:
			continue
		case rec.Kind == ring.KindNote:
			t.followers.note(rec.Note)
			continue
		}
		if rec.Kind == ring.KindSpan {
			t.lastEnd = max(t.lastEnd, rec.Span.End())
			if !delivered {
				c.spans.Add(1)
				t.followers.span(&rec.Span)
			}
			if t.events {
				inband.ReadEvents(&rec.Span)
			}
		}
		t.asm.suspect = rec.Pos < t.suspectBefore
		t.asm.add(rec, seq+uint64(i), delivered, now)
	}
	if worthless != nil {
		t.ledger.done(worthless)
	}
	// The shipper gives these bytes back.
	c.used.Add(int64(t.asm.added - before))
}

// emit passes a chunk on to the agent's shipper.
func (c *Collector) emit(t *tracked, a assembled) {
	if len(a.chunk.Spans) == 0 {
		t.ledger.done(a.seqs)
		return
	}
	t.ship.add(t.client, t.counter, a, &t.ledger)
}

// finish is the end of a ring whose process is dead: its open spans are reported,
// and once everything is delivered or on disk the file goes.
func (c *Collector) finish(ctx context.Context, t *tracked) {
	if !t.marks.unfinished() {
		slots, err := t.reader.Slots(nil)
		if err != nil {
			c.log.Warn("the open spans of a process cannot be read", "ring", t.reader.Name(), "error", err)
		}
		death := time.Now().UnixNano()
		if t.stale {
			// It died before we came: the last thing it did is the best guess.
			death = t.lastEnd
			for i := range slots {
				death = max(death, slots[i].Start)
			}
		}
		before := t.asm.added
		t.ledger.addExtras(len(slots))
		t.asm.suspect = t.suspectBefore > 0
		for i := range slots {
			t.asm.addUnfinished(unfinished(&slots[i], &t.desc, death), slots[i].LocalRoot)
		}
		c.used.Add(int64(t.asm.added - before))
		c.unfinished.Add(int64(len(slots)))
	}
	t.asm.flushAll(false)
	t.ship.hurry()
	for !t.ledger.settled() {
		if !sleep(ctx, pollInterval) {
			return
		}
	}
	if t.path == "" {
		return
	}
	if err := os.Remove(t.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		c.log.Warn("cannot remove a ring", "error", err)
	}
	removeMarks(marksPath(t.path))
}

func (t *tracked) wake(stop bool) {
	t.mapped.RLock()
	defer t.mapped.RUnlock()
	if !t.closed {
		_ = t.reader.Wake(stop)
	}
}

// commit is the ledger's way to the tail; acknowledgements may come late.
func (t *tracked) commit(pos uint64) {
	t.mapped.RLock()
	defer t.mapped.RUnlock()
	if !t.closed {
		_ = t.reader.Commit(pos)
	}
}

func (t *tracked) close(clean bool) {
	t.mapped.Lock()
	defer t.mapped.Unlock()
	if !t.closed {
		t.closed = true
		t.reader.Close()
		t.ledger.forgetMarks(clean)
	}
}
