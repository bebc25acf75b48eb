package collector

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"hoofprint/internal/span"
	"hoofprint/internal/stats"
	"hoofprint/internal/wire/inband"
)

// batch is a payload on its way to one agent.
type batch struct {
	id      string
	payload span.Payload
	spans   int
	bytes   int
	acks    []ack
	read    bool // its chunks are as the wire decoders give them
	repeat  bool // see MayRepeat

	stats    bool       // its processes want client stats
	counters []*counter // of the chunks, until they are thinned
	thinned  bool
	config   stats.Config
	counted  []counted // when it is delivered
}

// count sets the number of spans anew.
func (b *batch) count() {
	b.spans = 0
	for i := range b.payload.Chunks {
		b.spans += len(b.payload.Chunks[i].Spans)
	}
}

// batchKey is what all chunks of a batch have in common.
type batchKey struct {
	client span.Client
	repeat bool
	stats  bool
}

// ack is what a delivered batch gives back to one ring.
type ack struct {
	ledger *ledger
	seqs   []uint64
}

func (b *batch) settle() {
	for i := range b.acks {
		b.acks[i].ledger.done(b.acks[i].seqs)
	}
	b.acks = nil
	now := time.Now()
	for i := range b.counted {
		b.counted[i].counter.add(&b.counted[i].chunk, b.config, now)
	}
	b.counted = nil
}

// shipper sends the chunks of all rings to one agent, in order, and spools them
// while that agent is away.
type shipper struct {
	url       string
	sink      Sink
	agent     *Agent // nil where the sink is this program and it listens nowhere
	log       *slog.Logger
	flush     time.Duration // under mu
	used      *atomic.Int64 // bytes of spans in memory, over all rings
	openSpool func(create bool) (*spool, error)
	prefix    string // of batch ids
	inProcess bool   // the sink is no wire

	mu    sync.Mutex
	seq   uint64
	open  map[batchKey]*batch
	ready []*batch
	now   bool // do not wait for the next flush
	left  bool // stopped with batches neither delivered nor spooled
	wake  chan struct{}
	// counters of the processes on this agent; true once the process is gone.
	counters map[*counter]bool
	maxBatch int // bytes

	waiting  atomic.Int64 // spans on disk
	statsNow atomic.Bool  // send also what is still being counted

	// Of the loop alone:
	info      infoAge
	carry     span.Client // what was dropped since the last payload
	stats     []statsPayload
	spool     *spool
	look      look
	outage    outage
	refused   int // spans, since the last line about it
	refusedAt time.Time
}

// look is the search for spools of collectors that have ended.
type look struct {
	next   time.Time
	wait   time.Duration
	failed bool // which is told once
}

// outage is the time in which the agent is away.
type outage struct {
	since   time.Time // zero: none
	next    time.Time // of the next attempt
	backoff time.Duration
	tries   int // of the payload at the head
	kept    int // spans that went to disk
	lost    int // spans that the spool had no room for
	full    bool
	quiet   bool // nobody was told
}

func newShipper(url string, sink Sink, agent *Agent, c *Collector) *shipper {
	var id [8]byte
	_, _ = rand.Read(id[:])
	_, wire := sink.(*HTTPSink)
	return &shipper{
		url: url, sink: sink, agent: agent, log: c.log, flush: c.cfg.FlushInterval, used: &c.used,
		openSpool: func(create bool) (*spool, error) { return claimSpool(c.cfg.SpoolDir, url, c.cfg.SpoolBytes, create) },
		prefix:    hex.EncodeToString(id[:]), inProcess: !wire,
		open: map[batchKey]*batch{}, wake: make(chan struct{}, 1), counters: map[*counter]bool{}, maxBatch: batchBytes,
	}
}

// add takes over a chunk; its bytes already count as used.
func (s *shipper) add(client span.Client, counter *counter, a assembled, l *ledger) {
	s.mu.Lock()
	key := batchKey{client, a.repeat, counter != nil}
	b := s.open[key]
	if b == nil {
		s.seq++
		b = &batch{id: fmt.Sprintf("%s-%d", s.prefix, s.seq), payload: span.Payload{Client: client}, repeat: a.repeat, stats: key.stats}
		s.open[key] = b
	}
	b.payload.Chunks = append(b.payload.Chunks, a.chunk)
	if key.stats {
		b.counters = append(b.counters, counter)
	}
	b.spans += len(a.chunk.Spans)
	b.bytes += a.bytes
	if n := len(b.acks); n > 0 && b.acks[n-1].ledger == l {
		b.acks[n-1].seqs = append(b.acks[n-1].seqs, a.seqs...)
	} else {
		b.acks = append(b.acks, ack{l, append([]uint64(nil), a.seqs...)})
	}
	full := b.bytes >= s.maxBatch
	if full {
		delete(s.open, key)
		s.ready = append(s.ready, b)
	}
	s.mu.Unlock()
	if full {
		s.notify()
	}
}

func (s *shipper) notify() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// hurry sends what there is: a process has ended, and its ring waits for that.
func (s *shipper) hurry() {
	s.mu.Lock()
	s.now = true
	s.mu.Unlock()
	s.notify()
}

// take removes the oldest batch; with all, of those still filling, too.
func (s *shipper) take(all bool) *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if all || s.now {
		s.now = false
		for key, b := range s.open {
			delete(s.open, key)
			s.ready = append(s.ready, b)
		}
	}
	if len(s.ready) == 0 {
		return nil
	}
	b := s.ready[0]
	s.ready = s.ready[1:]
	return b
}

func (s *shipper) putBack(b *batch) {
	s.mu.Lock()
	s.ready = append([]*batch{b}, s.ready...)
	s.mu.Unlock()
}

// run ships until ctx ends; then delivers what there is within stopDeadline and
// spools the rest.
func (s *shipper) run(ctx context.Context) {
	// A request under way at the end is not torn down at once: nobody would know
	// whether it was taken.
	patient, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(stopDeadline, cancel) })()
	interval := s.interval()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	s.lookForSpool(time.Now())
	s.noteWaiting()
	for {
		all := false
		if now := s.interval(); now != interval {
			interval = now
			tick.Reset(interval)
		}
		select {
		case <-ctx.Done():
			s.stop(ctx, patient)
			return
		case <-tick.C:
			all = true
		case <-s.wake:
		}
		if !s.inProcess {
			s.agent.refresh(ctx, &s.info, time.Now())
		}
		s.lookForSpool(time.Now())
		s.deliverSpooled(ctx, patient)
		for ctx.Err() == nil {
			b := s.take(all)
			if b == nil {
				break
			}
			all = false
			if !s.ship(ctx, patient, b) {
				s.putBack(b)
				break
			}
		}
		s.flushStats(patient, time.Now(), s.statsNow.Swap(false))
		s.noteWaiting()
	}
}

// lookForSpool claims what an earlier collector left on disk. It looks again, at
// growing intervals: one that is about to end gives up its spool at its very end.
func (s *shipper) lookForSpool(now time.Time) {
	if s.spool != nil || now.Before(s.look.next) {
		return
	}
	s.look.wait = min(max(2*s.look.wait, firstLook), adoptInterval)
	s.look.next = now.Add(s.look.wait)
	sp, err := s.openSpool(false)
	if err != nil {
		if !s.look.failed {
			s.look.failed = true
			s.log.Error("cannot look for spans of an earlier run", "agent", s.url, "error", err)
		}
		return
	}
	if sp == nil {
		return
	}
	s.spool = sp
	if s.outage.since.IsZero() {
		s.outage = outage{since: now, backoff: firstBackoff}
	}
	s.outage.kept += sp.spans
	s.log.Info("spans wait from an earlier run", "agent", s.url, "spans", sp.spans)
}

// noteWaiting tells whether this collector still has something to do.
func (s *shipper) noteWaiting() {
	n := 0
	if s.spool != nil {
		n = len(s.spool.queue)
	}
	s.waiting.Store(int64(n))
}

// stop is the end of run. What is neither delivered nor spooled stays in its
// ring, for the next collector.
func (s *shipper) stop(ctx, patient context.Context) {
	for b := s.take(true); b != nil; b = s.take(false) {
		if !s.ship(ctx, patient, b) {
			s.left = true
		}
	}
	s.flushStats(patient, time.Now(), true)
	if s.spool != nil {
		if n := s.spool.spans; n > 0 {
			s.log.Info("spans are kept on disk for the next start", "agent", s.url, "spans", n)
		}
		s.spool.close()
	}
	if s.agent != nil {
		s.agent.Close()
	}
}

// ship delivers or spools one batch; false when neither was possible.
func (s *shipper) ship(ctx, patient context.Context, b *batch) bool {
	if !s.inProcess {
		before := len(b.payload.Chunks)
		b.thin(s.agent.known())
		b.tallyThinned(before - len(b.payload.Chunks))
	}
	c := &b.payload.Client
	if len(b.payload.Chunks) == 0 {
		s.carry.DroppedTraces += c.DroppedTraces
		s.carry.DroppedSpans += c.DroppedSpans
		s.settle(b)
		return true
	}
	if c.ComputedStats {
		c.DroppedTraces += s.carry.DroppedTraces
		c.DroppedSpans += s.carry.DroppedSpans
		s.carry = span.Client{}
	}
	if s.spool == nil || s.spool.empty() {
		err := s.attempt(patient, b)
		var later *busy
		for i := 0; err != nil && i < blipRetries && s.outage.since.IsZero(); i++ {
			if errors.As(err, &later) && later.after > 0 {
				break // it said when
			}
			if !sleep(ctx, firstBackoff<<i) {
				break
			}
			err = s.attempt(patient, b)
		}
		if err == nil {
			s.settle(b)
			s.recovered()
			return true
		}
		s.away(err)
	}
	if err := s.keep(b); err != nil {
		if !s.outage.full {
			s.outage.full = true
			s.log.Error("cannot spool spans; they wait in memory and in the rings", "agent", s.url, "error", err)
		}
		return false
	}
	s.settle(b)
	return true
}

func (s *shipper) settle(b *batch) {
	b.settle()
	s.used.Add(-int64(b.bytes))
}

// attempt delivers a batch once. A refused one counts as delivered.
func (s *shipper) attempt(ctx context.Context, b *batch) error {
	if s.inProcess && !b.read {
		b.read = true
		for i := range b.payload.Chunks {
			inband.Read(&b.payload.Chunks[i])
		}
	}
	ctx = withBatchID(ctx, b.id)
	if b.repeat {
		ctx = withMayRepeat(ctx)
	}
	err := s.sink.Deliver(ctx, b.payload)
	b.tally(len(b.payload.Chunks), err)
	var refused *Refused
	var part *Partial
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		s.refused += b.spans
		if now := time.Now(); now.Sub(s.refusedAt) >= refusalInterval {
			s.log.Error("spans were lost: the agent refuses them", "agent", s.url, "spans", s.refused, "error", refused)
			s.refused, s.refusedAt = 0, now
		}
		return nil
	case errors.As(err, &part):
		b.payload = part.Rest
		b.id += "p" // another content, hence another name
		b.payload.Client.DroppedTraces, b.payload.Client.DroppedSpans = 0, 0
		b.count()
	}
	if s.inProcess || errors.Is(err, errUnanswered) {
		b.repeat = true
	}
	return err
}

// keep puts a batch on disk.
func (s *shipper) keep(b *batch) error {
	if s.spool == nil {
		sp, err := s.openSpool(true)
		if err != nil {
			return err
		}
		s.spool = sp
	}
	lost, err := s.spool.append(spoolMeta{ID: b.id, Client: b.payload.Client, Repeat: b.repeat}, b.payload.Chunks, b.spans)
	s.outage.lost += lost
	if err == nil {
		s.outage.kept += b.spans
	}
	return err
}

// deliverSpooled sends what waits on disk, oldest first, when it is time to try.
func (s *shipper) deliverSpooled(ctx, patient context.Context) {
	for s.spool != nil && !s.spool.empty() && ctx.Err() == nil {
		if time.Now().Before(s.outage.next) {
			return
		}
		meta, chunks, err := s.spool.first()
		if err != nil {
			s.log.Error("spooled spans were lost", "spans", s.spool.queue[0].spans, "error", err)
			s.spool.done()
			continue
		}
		if meta.Stats {
			p := statsPayload{client: meta.Client, body: s.spool.raw, obfuscated: meta.Obfuscated}
			// Marked first: should this collector be killed now, they are not sent twice.
			s.spool.mark(1)
			if err := s.postStats(patient, &p); err != nil && worthKeeping(err) {
				s.spool.mark(0)
				s.away(err)
				return
			}
			s.outage.backoff = firstBackoff
			s.spool.done()
			continue
		}
		b := &batch{id: meta.ID, payload: span.Payload{Client: meta.Client, Chunks: chunks}, spans: s.spool.queue[0].spans, read: true, repeat: meta.Repeat}
		switch err := s.attempt(patient, b); {
		case err == nil:
		case errors.Is(err, errServer) && s.outage.tries >= poisonRetries:
			s.log.Error("spans were lost: the agent fails on them", "agent", s.url, "spans", b.spans, "error", err)
		default:
			var part *Partial
			if errors.As(err, &part) {
				// What is left goes to the end: a shorter entry cannot take its place.
				if kerr := s.keep(b); kerr == nil {
					s.spool.done()
				}
			}
			s.outage.tries++
			s.spool.found = b.repeat
			s.away(err)
			return
		}
		s.outage.tries, s.outage.backoff = 0, firstBackoff
		s.spool.done()
	}
	if s.spool != nil && s.spool.empty() {
		s.recovered()
	}
}

// away notes a failed attempt; the first one of an outage is worth a line.
func (s *shipper) away(err error) {
	now := time.Now()
	if s.outage.since.IsZero() || s.outage.quiet {
		s.outage = outage{since: now, backoff: firstBackoff, kept: s.outage.kept}
		s.log.Warn("the agent is away; spans are kept on disk until it is back", "agent", s.url, "error", err)
	}
	limit := maxBackoff
	if errors.Is(err, errUnreached) {
		limit = reachBackoff
	}
	s.outage.backoff = min(s.outage.backoff, limit)
	s.outage.next = now.Add(s.outage.backoff)
	var later *busy
	if errors.As(err, &later) && later.after > s.outage.backoff {
		s.outage.next = now.Add(later.after)
	}
	s.outage.backoff = min(2*s.outage.backoff, limit)
}

// recovered ends an outage.
func (s *shipper) recovered() {
	if s.outage.since.IsZero() {
		return
	}
	if !s.outage.quiet {
		s.log.Info("the agent is back; all kept spans are delivered", "agent", s.url,
			"after", time.Since(s.outage.since).Round(time.Millisecond), "kept", s.outage.kept, "lost", s.outage.lost)
	}
	s.outage = outage{}
	s.info.next = time.Time{} // it may be another agent by now
	if s.spool != nil {
		s.spool.close()
		s.spool = nil
	}
}

// sleep waits unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
