package collector

import (
	"context"
	"errors"
	"net/http"
	"time"

	"hoofprint/internal/span"
	wire "hoofprint/internal/wire/stats"
)

const (
	// maxStats bounds the stats that wait in memory for an agent, in payloads.
	maxStats = 1000
	// statsTurn is how long stats may keep traces waiting at a time: each of some
	// hundred processes has a payload of its own, and the agent may be slow.
	statsTurn = 2 * time.Second
)

// statsPayload is on its way to /v0.6/stats.
type statsPayload struct {
	client     span.Client
	body       []byte
	obfuscated bool
}

// startCounting starts counting for a process.
func (s *shipper) startCounting(c *counter) {
	if c == nil || s.inProcess {
		return
	}
	s.mu.Lock()
	s.counters[c] = false
	s.mu.Unlock()
}

// endCounting sends the rest of what was counted for a process that is gone.
func (s *shipper) endCounting(c *counter) {
	if c == nil || s.inProcess {
		return
	}
	s.mu.Lock()
	s.counters[c] = true
	s.mu.Unlock()
	s.notify()
}

// flushStats sends the stats whose time has come; with all, everything. What
// cannot be sent goes to the spool, or waits.
func (s *shipper) flushStats(patient context.Context, now time.Time, all bool) {
	if s.inProcess {
		return
	}
	s.mu.Lock()
	var due []*counter
	var ended []bool
	for c, end := range s.counters {
		due, ended = append(due, c), append(ended, end)
		if end {
			delete(s.counters, c)
		}
	}
	s.mu.Unlock()
	for i, c := range due {
		if p := c.flush(now, all || ended[i]); p != nil {
			s.stats = append(s.stats, statsPayload{client: c.client, body: wire.Append(nil, p), obfuscated: s.agent.known().config.Obfuscate})
		}
	}
	for len(s.stats) > 0 && (all || time.Since(now) < statsTurn) {
		if s.deliverOrKeep(patient, &s.stats[0]) != nil {
			break
		}
		s.stats = s.stats[1:]
	}
	if n := len(s.stats) - maxStats; n > 0 {
		s.stats = s.stats[n:]
	}
	if len(s.stats) == 0 {
		s.stats = nil
	}
}

func (s *shipper) deliverOrKeep(ctx context.Context, p *statsPayload) error {
	if s.outage.since.IsZero() && ctx.Err() == nil {
		err := s.postStats(ctx, p)
		if err == nil || !worthKeeping(err) {
			return nil
		}
	}
	if s.spool == nil {
		sp, err := s.openSpool(true)
		if err != nil {
			return err
		}
		s.spool = sp
		if s.outage.since.IsZero() {
			s.outage = outage{since: time.Now(), backoff: firstBackoff, quiet: true}
		}
	}
	lost, err := s.spool.write(spoolMeta{Client: p.client, Stats: true, Obfuscated: p.obfuscated}, p.body, 0)
	s.outage.lost += lost
	return err
}

// worthKeeping tells whether stats may be taken later. Those that may have been
// taken are not repeated: nothing tells the agent that it has them.
func worthKeeping(err error) bool {
	var refused *Refused
	return !errors.As(err, &refused) && !errors.Is(err, errUnanswered)
}

// postStats sends one payload.
func (s *shipper) postStats(ctx context.Context, p *statsPayload) error {
	h := http.Header{}
	if p.obfuscated {
		h.Set("Datadog-Obfuscation-Version", "1")
	}
	out, err := s.agent.post(ctx, "/v0.6/stats", p.body, &p.client, h)
	if err != nil {
		return err
	}
	return out.problem("stats", s.url)
}
