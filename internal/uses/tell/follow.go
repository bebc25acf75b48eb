package tell

import (
	"fmt"
	"sync"
	"time"

	"hoofprint/internal/collector"
	"hoofprint/internal/uses"
)

// follower gathers what one process tells.
type follower struct {
	r *Reporter
	p collector.Process

	mu     sync.Mutex
	bridge bool
	told   bool       // there is something to report
	fresh  []uses.Use // not reported yet
	soon   *time.Timer
	beat   *time.Timer
	closed bool
}

// Note implements collector.Follower.
func (f *follower) Note(b []byte) {
	note, ok := uses.ParseNote(b, time.Now())
	if !ok {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = true
	f.bridge = f.bridge || note.Bridge
	f.fresh = append(f.fresh, note.Uses...)
	if len(f.fresh) > 4*uses.MaxPlaces { // the counts of later ones hold those before
		f.fresh = f.fresh[len(f.fresh)-2*uses.MaxPlaces:]
	}
	if f.soon == nil && !f.closed {
		f.soon = time.AfterFunc(settle, f.report)
	}
	if f.beat == nil && !f.closed {
		f.beat = time.AfterFunc(f.r.Beat, f.lives)
	}
}

// lives says that the process is there, and has it say what it uses by now.
func (f *follower) lives() {
	if f.p.Control != nil {
		if err := f.p.Control.Ask(); err != nil {
			f.r.Log.Debug("a traced process cannot be asked what it uses", "service", f.p.Description.Service, "error", err)
		}
	}
	f.report()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.beat.Reset(f.r.Beat)
	}
}

// report keeps what is new and has it sent.
func (f *follower) report() {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return
	}
	process := f.take(false)
	f.mu.Unlock()
	f.r.report(process, f.p.Agent)
}

// take gives what is new. f.mu is held.
func (f *follower) take(ended bool) uses.Process {
	d := &f.p.Description
	now := time.Now()
	first := f.p.Created
	if first.IsZero() || first.After(now) {
		first = now
	}
	id := d.RuntimeID
	if id == "" {
		id = fmt.Sprintf("%d-%d-%d", f.p.PID, f.p.StartTime, first.UnixNano())
	}
	process := uses.Process{
		ID: id, Service: d.Service, Env: d.Env, Version: d.Version, LangVersion: d.LangVersion,
		Bridge: f.bridge, First: first.UnixMilli(), Last: now.UnixMilli(), Ended: ended, Uses: f.fresh,
	}
	f.fresh, f.soon = nil, nil
	return process
}

// Close implements collector.Follower.
func (f *follower) Close(ended bool) {
	f.mu.Lock()
	f.closed = true
	for _, timer := range []*time.Timer{f.soon, f.beat} {
		if timer != nil {
			timer.Stop()
		}
	}
	told := f.told
	process := f.take(ended)
	f.mu.Unlock()
	if !told {
		return
	}
	f.r.wait(f.r.report(process, f.p.Agent))
}

// report keeps what is told of a process, and has it sent to its agent.
func (r *Reporter) report(process uses.Process, agent *collector.Agent) *sender {
	direct := agent == nil
	if !direct {
		process.Agent = agent.URL()
	}
	report := uses.Report{Processes: []uses.Process{process}}
	if err := r.open().Take(report); err != nil {
		r.Log.Warn("uses of removed names are lost", "service", process.Service, "error", err)
	}
	if !direct {
		return r.poke(agent)
	}
	if r.Own != nil {
		if err := r.Own(report); err != nil {
			r.Log.Warn("uses of removed names are lost", "service", process.Service, "error", err)
		}
	}
	return nil
}
