package telemetry

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"hoofprint/internal/collector"
	"hoofprint/internal/settings"
)

const (
	closeTimeout     = 2500 * time.Millisecond
	deliveryPatience = 1200 * time.Millisecond

	defaultHeartbeat = time.Minute
	defaultExtended  = 24 * time.Hour
	metricsInterval  = 10 * time.Second
)

// session is the telemetry of one process. What it knows belongs to the
// goroutine of run, but for the fields under mu.
type session struct {
	r        *Reporter
	p        collector.Process
	ctx      context.Context
	cancel   context.CancelFunc
	counters *counters
	more     chan struct{}
	closing  chan struct{}
	done     chan struct{}
	ended    bool

	mu           sync.Mutex
	waiting      [][]byte
	waitingBytes int

	app  application
	host host
	seq  uint64 // of messages
	conf configurationState

	told      bool // the process has said what its environment is
	off       bool
	started   bool // app-started was sent, or is not due
	ancestors []string

	heartbeat, extended             time.Duration
	metricsWanted, dependencyWanted bool

	path       []string
	modules    map[string]bool
	newModules []string

	dependencies    []dependency
	hasDependency   map[string]bool
	integrations    map[string]integrated
	integrationList []string // the names, in the order they came

	pending []event // not sent yet
	drops   uint64  // of the ring, as counted already

	deliveries [8]int64 // as counted already
}

func newSession(r *Reporter, p collector.Process) *session {
	s := &session{
		r: r, p: p, app: applicationOf(&p.Description), host: hostOf(&p.Description),
		counters: newCounters(metricsInterval),
		more:     make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{}),
		heartbeat: defaultHeartbeat, extended: defaultExtended, metricsWanted: true, dependencyWanted: true,
		modules: map[string]bool{}, hasDependency: map[string]bool{}, integrations: map[string]integrated{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.configure(p.Description.Settings)
	return s
}

// configure takes the settings that concern telemetry itself.
func (s *session) configure(environment map[string]string) {
	lookup := func(name string) (string, bool) { v, ok := environment[name]; return v, ok }
	resolve := func(name string) string {
		known, _ := settings.Lookup(name)
		return known.Resolve(lookup).Text
	}
	s.off = !settings.BoolOf(environment, "DD_INSTRUMENTATION_TELEMETRY_ENABLED", true)
	s.heartbeat = seconds(resolve("DD_TELEMETRY_HEARTBEAT_INTERVAL"), defaultHeartbeat)
	s.extended = seconds(resolve("_DD_TELEMETRY_EXTENDED_HEARTBEAT_INTERVAL"), defaultExtended)
	s.metricsWanted = settings.Bool(resolve("DD_TELEMETRY_METRICS_ENABLED"))
	s.dependencyWanted = settings.Bool(resolve("DD_TELEMETRY_DEPENDENCY_COLLECTION_ENABLED"))
	s.counters.interval = min(metricsInterval, max(s.heartbeat.Truncate(time.Second), time.Second))
}

func seconds(text string, fallback time.Duration) time.Duration {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f > 0) {
		return fallback
	}
	return max(100*time.Millisecond, time.Duration(min(f, 1e9)*float64(time.Second)))
}

// run tells the agent what is new until the session is closed.
func (s *session) run() {
	defer close(s.done)
	begin := time.Now()
	beat := begin.Add(s.heartbeat)
	extend := begin.Add(s.extended)
	for {
		next := beat
		if roll := time.Now().Truncate(s.counters.interval).Add(s.counters.interval); roll.Before(next) {
			next = roll
		}
		timer := time.NewTimer(max(time.Until(next), 0))
		select {
		case <-s.more:
			timer.Stop()
			was, wasExtended := s.heartbeat, s.extended
			s.absorb()
			if s.heartbeat != was || s.extended != wasExtended {
				beat, extend = begin.Add(s.heartbeat), begin.Add(s.extended)
			}
			s.start()
		case <-timer.C:
			now := time.Now()
			s.counters.roll(now.Add(-time.Millisecond))
			s.countDeliveries(now.Add(-time.Millisecond))
			if now.Before(beat) {
				s.start()
				continue
			}
			beat = now.Add(s.heartbeat)
			if !s.told { // an earlier collector was told; it has also said that it started
				s.adopt(now)
			}
			s.start()
			s.changes()
			s.pending = append(s.pending, event{RequestType: "app-heartbeat"})
			s.flush()
			s.ask()
			if !now.Before(extend) {
				extend = now.Add(s.extended)
				s.extend()
			}
		case <-s.closing:
			timer.Stop()
			s.absorb()
			s.start()
			s.awaitDelivery()
			s.counters.roll(time.Now())
			s.countDeliveries(time.Now())
			s.changes()
			if s.ended && len(s.ancestors) == 0 {
				s.pending = append(s.pending, event{RequestType: "app-closing"})
			}
			s.flush()
			return
		}
	}
}

// ask makes the process tell what is new at its next local root; the next
// heartbeat passes it on.
func (s *session) ask() {
	if s.p.Control == nil || s.off {
		return
	}
	if err := s.p.Control.Ask(); err != nil {
		s.r.log.Debug("a traced process cannot be asked what is new", "service", s.app.ServiceName, "error", err)
	}
}

// awaitDelivery gives the last spans of a process that has ended a moment, so
// that their delivery is counted.
func (s *session) awaitDelivery() {
	if !s.ended || !s.started || s.p.Settled == nil {
		return
	}
	for until := time.Now().Add(deliveryPatience); !s.p.Settled() && time.Now().Before(until) && s.ctx.Err() == nil; {
		time.Sleep(10 * time.Millisecond)
	}
}

// adopt goes on where an earlier collector was: its numbers are not known, but
// they are below what time makes of them.
func (s *session) adopt(now time.Time) {
	s.told, s.started = true, true
	s.seq = uint64(max(now.Sub(s.p.Created)/time.Second, 0)) + 100
}

// start says that the process has started, once, as soon as that can be said.
func (s *session) start() {
	if s.started || !s.told || s.off {
		return
	}
	if len(s.ancestors) > 0 { // a forked child goes on with what its parent has said
		s.started = true
		return
	}
	payload := started{
		Products: s.products(), Configuration: s.conf.take(),
		Dependencies: []dependency{}, Integrations: []integrated{},
	}
	err := s.send("app-started", payload)
	if err != nil && !errors.Is(err, errRefused) {
		s.conf.untake(payload.Configuration)
		return
	}
	s.started = true
}

func (s *session) products() map[string]product {
	version := s.app.TracerVersion
	remote := settings.BoolOf(s.p.Description.Settings, "DD_REMOTE_CONFIGURATION_ENABLED", true)
	return map[string]product{
		"tracer":               {Enabled: true, Version: version},
		"remote_configuration": {Enabled: remote, Version: version},
	}
}

// changes puts what is new into pending events.
func (s *session) changes() {
	if !s.started {
		return
	}
	if found := s.findDependencies(); len(found) > 0 {
		s.dependencies = append(s.dependencies, found...)
		s.pending = append(s.pending, event{"app-dependencies-loaded", dependencies{found}})
	}
	if changed := s.takeIntegrations(); len(changed) > 0 {
		s.pending = append(s.pending, event{"app-integrations-change", integrations{changed}})
	}
	if changed := s.conf.take(); len(changed) > 0 {
		s.pending = append(s.pending, event{"app-client-configuration-change", configurations{changed}})
	}
	if c, err := s.p.Counters(); err == nil && c.Dropped > s.drops {
		s.counters.add(time.Now(), "spans_dropped", []string{"reason:overfull_buffer"}, float64(c.Dropped-s.drops))
		s.drops = c.Dropped
	}
	if taken := s.counters.take(); s.metricsWanted && len(taken) > 0 {
		s.pending = append(s.pending, event{"generate-metrics", metrics{taken}})
	}
}
