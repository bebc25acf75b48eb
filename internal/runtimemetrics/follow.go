// Package runtimemetrics sends the runtime metrics of traced processes as
// DogStatsD: CPU, memory, threads and context switches as the kernel tells them,
// and what the process tells of its garbage collector. It costs the process
// nothing but that.
package runtimemetrics

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"hoofprint/internal/collector"
	"hoofprint/internal/settings"
	"hoofprint/internal/wire/dogstatsd"
)

const (
	defaultInterval = 10 * time.Second
	// restarted: a process that had its ring for so long was followed before.
	restarted = 2 * time.Second
)

// Sender sends for every process of a collector.
type Sender struct {
	// Interval between two measurements; 0 means 10 s.
	Interval time.Duration
	log      *slog.Logger

	mu         sync.Mutex
	complained bool
}

// New makes a sender.
func New(log *slog.Logger) *Sender { return &Sender{log: log} }

// Follow makes the metrics of a process possible. They begin when it asks for
// them, as its environment or its code wants.
func (s *Sender) Follow(p collector.Process) collector.Follower {
	if p.Ended || p.PID <= 0 {
		return nil
	}
	f := &follower{s: s, p: p}
	if time.Since(p.Created) > restarted {
		f.ask() // an earlier collector was told whether metrics are wanted
	}
	return f
}

type follower struct {
	s    *Sender
	p    collector.Process
	done sync.WaitGroup

	mu          sync.Mutex
	running     chan struct{} // closed to end the goroutine; nil where there is none
	url         string        // that the goroutine was started with
	gauges      bool          // not distributions
	gc          gc
	hasGC       bool
	processTags string
}

// Note implements collector.Follower.
func (f *follower) Note(b []byte) {
	text := string(b)
	if !strings.Contains(text, `"runtime_metrics"`) && !strings.Contains(text, `"gc"`) && !strings.Contains(text, `"process_tags"`) {
		return
	}
	var n struct {
		RuntimeMetrics *struct {
			Enabled bool   `json:"enabled"`
			URL     string `json:"dogstatsd_url"`
		} `json:"runtime_metrics"`
		GC          *gc    `json:"gc"`
		ProcessTags string `json:"process_tags"`
	}
	if json.Unmarshal(b, &n) != nil {
		return
	}
	f.mu.Lock()
	if n.GC != nil && len(n.GC.Count) <= 3 && len(n.GC.Collections) <= 3 {
		longest := max(f.gc.PauseMax, n.GC.PauseMax)
		f.gc, f.hasGC = *n.GC, true
		f.gc.PauseMax = longest
	}
	if n.ProcessTags != "" && len(n.ProcessTags) < 2000 {
		f.processTags = n.ProcessTags
	}
	f.mu.Unlock()
	switch {
	case n.RuntimeMetrics == nil:
	case n.RuntimeMetrics.Enabled:
		f.enable(n.RuntimeMetrics.URL)
	default:
		f.disable()
	}
}

// Close implements collector.Follower.
func (f *follower) Close(bool) {
	f.disable()
	f.done.Wait()
}

// enable begins to measure; url "" is what the settings name.
func (f *follower) enable(url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running != nil && f.url == url {
		return // a process tells it again now and then
	}
	set := f.p.Description.Settings
	if settings.BoolOf(set, "DD_DOGSTATSD_DISABLE", false) {
		return
	}
	var to address
	var err error
	if url != "" {
		to, err = parseAddress(url)
	} else {
		to, err = addressOf(set)
	}
	if err != nil {
		f.s.complain(err)
		return
	}
	if f.running != nil {
		close(f.running)
	}
	for feature := range strings.SplitSeq(set["DD_TRACE_EXPERIMENTAL_FEATURES_ENABLED"], ",") {
		if strings.TrimSpace(feature) == "DD_RUNTIME_METRICS_ENABLED" {
			f.gauges = true
		}
	}
	running := make(chan struct{})
	f.running, f.url = running, url
	f.done.Go(func() { f.run(to, running) })
}

func (f *follower) disable() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running != nil {
		close(f.running)
		f.running = nil
	}
}

func (f *follower) run(to address, stop <-chan struct{}) {
	interval := f.s.Interval
	if interval == 0 {
		interval = defaultInterval
	}
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	var conn net.Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	before, err := read(f.p.PID, f.p.StartTime)
	if err != nil {
		return // it is gone
	}
	gcBefore, _ := f.takeGC()
	at := time.Now()
	f.ask()
	for {
		select {
		case <-stop:
			return
		case <-ticks.C:
		}
		now, err := read(f.p.PID, f.p.StartTime)
		if err != nil {
			return
		}
		gcNow, hasGC := f.takeGC()
		f.mu.Lock()
		gauges := f.gauges
		f.mu.Unlock()
		measured := measure(before, now, time.Since(at))
		if hasGC {
			measured = append(measureGC(gcBefore, gcNow), measured...)
		}
		before, gcBefore, at = now, gcNow, time.Now()
		kind := dogstatsd.Distribution
		if gauges {
			kind = dogstatsd.Gauge
		}
		for i := range measured {
			measured[i].Type = kind
		}
		if conn == nil {
			if conn, err = net.DialTimeout(to.network, to.host, time.Second); err != nil {
				f.s.complain(fmt.Errorf("send runtime metrics to %s: %w", to.host, err))
				continue
			}
		}
		for _, datagram := range dogstatsd.Encode(measured, f.tags(), to.size) {
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			// Nobody listening shows as a refused write: metrics are lossy, and the
			// socket of one who comes back is found anew.
			if _, err := conn.Write(datagram); err != nil {
				conn.Close()
				conn = nil
				break
			}
		}
		f.ask()
	}
}

// takeGC gives what the process told last; its longest pause counts once.
func (f *follower) takeGC() (gc, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	g := f.gc
	f.gc.PauseMax = 0
	return g, f.hasGC
}

// ask makes the process tell of its garbage collector at its next local root.
func (f *follower) ask() {
	if f.p.Control != nil {
		_ = f.p.Control.Ask() // a process that cannot be asked tells nothing
	}
}

// tags of every metric, in the order of ddtrace.
func (f *follower) tags() []string {
	d := &f.p.Description
	var tags []string
	taken := map[string]bool{}
	add := func(key, value string) {
		if key != "" && value != "" && !taken[key] {
			taken[key] = true
			tags = append(tags, key+":"+value)
		}
	}
	add("service", d.Service)
	add("env", d.Env)
	add("version", d.Version)
	for _, pair := range settings.Pairs(d.Settings["DD_TAGS"]) {
		add(pair.Key, pair.Value)
	}
	add("lang", "python")
	add("lang_interpreter", d.Interpreter)
	add("lang_version", d.LangVersion)
	add("tracer_version", d.TracerVersion)
	for _, name := range []string{"DD_TRACE_EXPERIMENTAL_RUNTIME_ID_ENABLED", "DD_RUNTIME_METRICS_RUNTIME_ID_ENABLED"} {
		if settings.BoolOf(d.Settings, name, false) {
			add("runtime-id", d.RuntimeID)
		}
	}
	f.mu.Lock()
	process := f.processTags
	f.mu.Unlock()
	if process != "" {
		tags = append(tags, strings.Split(process, ",")...)
	}
	return tags
}

// complain logs once that metrics cannot be sent.
func (s *Sender) complain(err error) {
	s.mu.Lock()
	first := !s.complained
	s.complained = true
	s.mu.Unlock()
	if first {
		s.log.Warn("runtime metrics cannot be sent", "error", err)
	}
}
