// Package telemetry builds the instrumentation telemetry of traced processes and
// sends it to their agent: which settings they run with and where those came
// from, which libraries they use, which integrations are on, that they live, and
// what the tracer counts. It never sends anything anywhere else.
package telemetry

import (
	"log/slog"
	"strings"
	"sync"
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

	mu       sync.Mutex
	sessions map[key]*session
}

type key struct {
	pid     int
	start   uint64
	created int64
}

func keyOf(p *collector.Process) key { return key{p.PID, p.StartTime, p.Created.UnixNano()} }

// New makes a reporter.
func New(info *agentinfo.Cache, log *slog.Logger) *Reporter {
	return &Reporter{info: info, log: log, sessions: map[key]*session{}}
}

// Follow begins the session of a process; nil where it wants none.
func (r *Reporter) Follow(p collector.Process) collector.Follower {
	if p.Agent == nil || off(p.Description.Settings["DD_INSTRUMENTATION_TELEMETRY_ENABLED"]) {
		return nil
	}
	s := newSession(r, p)
	r.mu.Lock()
	r.sessions[keyOf(&p)] = s
	r.mu.Unlock()
	go s.run()
	return s
}

// Remote tells that the remote configuration of a process is config now, by the
// keys of a lib_config; none when there is none any more.
func (r *Reporter) Remote(p collector.Process, config map[string]any) {
	r.mu.Lock()
	s := r.sessions[keyOf(&p)]
	r.mu.Unlock()
	if s == nil {
		return
	}
	s.mu.Lock()
	s.remote, s.remoteChanged = config, true
	s.mu.Unlock()
	s.wake()
}

// off: a boolean that is set and not true, as the traced process reads it.
func off(text string) bool { return strings.TrimSpace(text) != "" && !settings.Bool(text) }

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
	s.r.mu.Lock()
	delete(s.r.sessions, keyOf(&s.p))
	s.r.mu.Unlock()
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
