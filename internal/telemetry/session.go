package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"hoofprint/internal/collector"
	"hoofprint/internal/settings"
)

const (
	endpoint = "/telemetry/proxy/"
	path     = endpoint + "api/v2/apmtelemetry"

	sendTimeout  = 2 * time.Second
	closeTimeout = 2500 * time.Millisecond
	maxPending   = 100

	deliveryPatience = 1200 * time.Millisecond

	defaultHeartbeat = time.Minute
	defaultExtended  = 24 * time.Hour
	metricsInterval  = 10 * time.Second
)

var errRefused = errors.New("the agent refused it")

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
	s.off = off(environment["DD_INSTRUMENTATION_TELEMETRY_ENABLED"])
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
	return map[string]product{
		"tracer":               {Enabled: true, Version: version},
		"remote_configuration": {Enabled: !off(s.p.Description.Settings["DD_REMOTE_CONFIGURATION_ENABLED"]), Version: version},
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

// flush sends pending events; what cannot be sent now waits, within bounds.
func (s *session) flush() {
	if !s.started || len(s.pending) == 0 {
		s.pending = nil
		return
	}
	var err error
	if len(s.pending) == 1 {
		err = s.send(s.pending[0].RequestType, s.pending[0].Payload)
	} else {
		err = s.send("message-batch", s.pending)
	}
	kept := s.pending[:0]
	if err != nil && !errors.Is(err, errRefused) {
		for _, e := range s.pending {
			if e.RequestType != "app-heartbeat" && len(kept) < maxPending {
				kept = append(kept, e)
			}
		}
	}
	s.pending = kept
}

func (s *session) extend() {
	if !s.started {
		return
	}
	all := extended{Configuration: s.conf.all(), Dependencies: s.dependencies, Integrations: s.allIntegrations()}
	if all.Dependencies == nil {
		all.Dependencies = []dependency{}
	}
	_ = s.send("app-extended-heartbeat", all) // logged; the next one says the same
}

// send posts one message, where the agent takes such.
func (s *session) send(kind string, payload any) (err error) {
	defer func() {
		if err != nil {
			s.r.log.Debug("telemetry was not delivered", "service", s.app.ServiceName, "message", kind, "error", err)
		}
	}()
	if s.off {
		return errRefused
	}
	serves, err := s.r.info.Serves(s.ctx, s.p.Agent, endpoint)
	if err != nil {
		return err
	}
	if !serves {
		return fmt.Errorf("%w: it does not list %s", errRefused, endpoint)
	}
	s.seq++
	body, err := json.Marshal(message{
		APIVersion: "v2", RequestType: kind, TracerTime: time.Now().Unix(), RuntimeID: s.p.Description.RuntimeID,
		SeqID: s.seq, Application: s.app, Host: s.host, Payload: payload,
	})
	if err != nil {
		return fmt.Errorf("%w: encode: %w", errRefused, err)
	}
	ctx, cancel := context.WithTimeout(s.ctx, sendTimeout)
	defer cancel()
	req, err := s.p.Agent.NewRequest(ctx, http.MethodPost, path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	id := s.p.Description.RuntimeID
	h := req.Header
	h.Set("Content-Type", "application/json")
	h.Set("DD-Telemetry-API-Version", "v2")
	h.Set("DD-Telemetry-Request-Type", kind)
	h.Set("DD-Client-Library-Language", "python")
	h.Set("DD-Client-Library-Version", s.app.TracerVersion)
	h.Set("DD-Session-ID", id)
	if n := len(s.ancestors); n > 0 {
		h.Set("DD-Root-Session-ID", s.ancestors[0])
		h.Set("DD-Parent-Session-ID", s.ancestors[n-1])
	}
	if s.host.ContainerID != "" {
		h.Set("Datadog-Container-ID", s.host.ContainerID)
	}
	resp, err := s.p.Agent.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	switch {
	case resp.StatusCode < 300:
		return nil
	case resp.StatusCode >= 500, resp.StatusCode == http.StatusTooManyRequests:
		return fmt.Errorf("%s answered %s", s.p.Agent.URL(), resp.Status)
	}
	return fmt.Errorf("%w: %s answered %s", errRefused, s.p.Agent.URL(), resp.Status)
}
