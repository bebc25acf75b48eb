package collector

import (
	"sync"
	"time"

	"hoofprint/internal/ring"
	"hoofprint/internal/span"
)

// Process is a traced process, as those see it that follow it (Config.Follow).
// A process that makes a second ring, after an exec, counts as another one.
type Process struct {
	PID         int
	StartTime   uint64    // clock ticks since boot
	Created     time.Time // of its ring
	Description ring.Description
	Client      span.Client
	// Agent is where its traces go; nil where that is this program itself and it
	// listens nowhere.
	Agent *Agent
	// Control tells the process what the agent and its users ask of it.
	Control *Control
	// Counters are the process's own counts. They fail once Close was called.
	Counters func() (ring.Counters, error)
	// Deliveries counts what became of its chunks.
	Deliveries *Deliveries
	// Settled tells whether all that was read of its spans was delivered.
	Settled func() bool
	// Ended says that the process was dead before the collector found its ring.
	Ended bool
}

// Follower follows one process. Note, Span and Close are called from one
// goroutine, which also reads the ring: they must be quick, and leave to a
// goroutine of their own what takes time. A follower that has nothing to do is
// nil.
//
// A Follower that also has the method Span(*span.Span) gets each finished span
// of the process, before it is changed for the wire; it must not keep it.
type Follower interface {
	// Note takes what the process tells (kind 3 in ring/FORMAT.md), JSON that
	// nobody has checked. Notes that a killed collector has read already may come
	// again.
	Note(note []byte)
	// Close ends it; it must return within three seconds. ended: the process is
	// gone. Otherwise the collector stops, and another may follow the process.
	Close(ended bool)
}

type spanFollower interface{ Span(*span.Span) }

// followers of one ring; those of the goroutine of the ring.
type followers struct {
	all   []Follower
	spans []spanFollower
	done  sync.WaitGroup
}

func (c *Collector) follow(t *tracked) {
	for _, follow := range c.cfg.Follow {
		f := follow(Process{
			PID: t.writer.pid, StartTime: t.writer.start, Created: time.Unix(0, t.reader.Created()),
			Description: t.desc, Client: t.client, Agent: t.ship.agent, Control: t.control, Counters: t.counters, Deliveries: &t.ledger.deliveries, Settled: t.ledger.settled, Ended: t.stale,
		})
		if f == nil {
			continue
		}
		t.followers.all = append(t.followers.all, f)
		if s, ok := f.(spanFollower); ok {
			t.followers.spans = append(t.followers.spans, s)
		}
	}
}

func (f *followers) note(note []byte) {
	for _, one := range f.all {
		one.Note(note)
	}
}

func (f *followers) span(s *span.Span) {
	for _, one := range f.spans {
		one.Span(s)
	}
}

// end closes all; they need not wait for the delivery of the last spans.
func (f *followers) end(ended bool) {
	all := f.all
	f.all, f.spans = nil, nil
	for _, one := range all {
		f.done.Go(func() { one.Close(ended) })
	}
}

// counters reads those of the ring while it is mapped.
func (t *tracked) counters() (ring.Counters, error) {
	t.mapped.RLock()
	defer t.mapped.RUnlock()
	if t.closed {
		return ring.Counters{}, errGone
	}
	return t.reader.Counters()
}

func (t *tracked) raiseControl() error {
	t.mapped.RLock()
	defer t.mapped.RUnlock()
	if t.closed {
		return nil
	}
	return t.reader.RaiseControl()
}
