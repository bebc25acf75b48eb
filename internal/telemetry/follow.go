// Package telemetry builds the instrumentation telemetry of traced processes and
// sends it to their agent: which settings they run with and where those came
// from, which libraries they use, which integrations are on, that they live, and
// what the tracer counts. It never sends anything anywhere else.
package telemetry

import (
	"log/slog"
	"time"

	"hoofprint/internal/agentinfo"
	"hoofprint/internal/collector"
	"hoofprint/internal/settings"
	"hoofprint/internal/span"
)

const maxWaiting = 4 << 20 // bytes of notes that were not looked at yet

// Reporter reports for every process of a collector.
type Reporter struct {
	info    *agentinfo.Cache
	log     *slog.Logger
	folders folders
}

// New makes a reporter.
func New(info *agentinfo.Cache, log *slog.Logger) *Reporter {
	return &Reporter{info: info, log: log}
}

// Follow begins the session of a process; nil where it wants none.
func (r *Reporter) Follow(p collector.Process) collector.Follower {
	if p.Agent == nil || !settings.BoolOf(p.Description.Settings, "DD_INSTRUMENTATION_TELEMETRY_ENABLED", true) {
		return nil
	}
	s := newSession(r, p)
	go s.run()
	return s
}

// Note implements collector.Follower.
func (s *session) Note(b []byte) {
	s.mu.Lock()
	if s.waitingBytes+len(b) <= maxWaiting {
		s.waiting = append(s.waiting, append([]byte(nil), b...))
		s.waitingBytes += len(b)
	}
	s.mu.Unlock()
	s.wake()
}

// Span counts a finished span.
func (s *session) Span(one *span.Span) { s.counters.span(one) }

// Close implements collector.Follower.
func (s *session) Close(ended bool) {
	s.ended = ended // read after the channel is closed
	hurry := time.AfterFunc(closeTimeout, s.cancel)
	defer hurry.Stop()
	close(s.closing)
	<-s.done
	s.cancel()
}

func (s *session) wake() {
	select {
	case s.more <- struct{}{}:
	default:
	}
}
