// Package tell brings what traced processes say about removed names that they use
// to a file of this host and to the agents that take such.
package tell

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"hoofprint/internal/agentinfo"
	"hoofprint/internal/collector"
	"hoofprint/internal/uses"
)

const (
	// beat is how often a process that runs with the bridge, or has used a removed
	// name, is said to live and asked what it uses by now.
	beat = 5 * time.Minute
	// settle gathers the first uses of a program that starts.
	settle = 100 * time.Millisecond
	// patience is how long the end of a process waits for the agent.
	patience = 2 * time.Second
	// keep is for how long the file of this host knows of a use.
	keep = 90 * 24 * time.Hour
	// collectors of one user and machine have files of their own.
	maxFiles = 16
)

// Config of a Reporter.
type Config struct {
	Info *agentinfo.Cache
	// Dir is where the file of this host is.
	Dir string
	// Own takes reports of processes whose agent is this program itself, where it
	// listens nowhere; nil where there is no such.
	Own func(uses.Report) error
	Log *slog.Logger
	// Beat and Retry are for tests; 0 for their usual.
	Beat, Retry time.Duration
}

// Reporter reports for every process of a collector.
type Reporter struct {
	Config

	mu      sync.Mutex
	store   *uses.Store // nil until something is to be kept
	senders map[string]*sender
	begun   bool
}

// New makes a reporter. It touches nothing until a process has something to tell
// or a collector before it left something.
func New(c Config) *Reporter {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Beat <= 0 {
		c.Beat = beat
	}
	if c.Retry <= 0 {
		c.Retry = firstRetry
	}
	return &Reporter{Config: c, senders: map[string]*sender{}}
}

// Path is the file of the n-th collector that uses a directory.
func Path(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("uses-%d.log", n)) }

// Files lists the files in the directory of a collector.
func Files(dir string) []string {
	found, _ := filepath.Glob(filepath.Join(dir, "uses-*.log")) // the pattern is right
	return found
}

// Follow begins with a process.
func (r *Reporter) Follow(p collector.Process) collector.Follower {
	r.begin()
	return &follower{r: r, p: p}
}

// begin sends what an earlier collector could not, once.
func (r *Reporter) begin() {
	r.mu.Lock()
	first := !r.begun
	r.begun = true
	r.mu.Unlock()
	if !first || len(Files(r.Dir)) == 0 {
		return
	}
	store := r.open()
	for _, url := range store.Waiting() {
		if agent, err := collector.NewAgent(url); err == nil {
			r.poke(agent)
		}
	}
}

// open gives the store of this collector; where no file can be had, one in memory.
func (r *Reporter) open() *uses.Store {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.store != nil {
		return r.store
	}
	err := uses.ErrHeld
	for n := 0; n < maxFiles && errors.Is(err, uses.ErrHeld); n++ {
		r.store, err = uses.Open(Path(r.Dir, n), uses.Options{Retention: keep, Log: r.Log})
	}
	if err != nil {
		r.Log.Warn("uses of removed names are not kept on this host, only told to the agent", "error", err)
		r.store, _ = uses.Open("", uses.Options{Retention: keep, Log: r.Log}) // needs nothing
	}
	return r.store
}

// Close gives the file free, for a collector that stops while its program goes on.
func (r *Reporter) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.senders {
		s.cancel()
	}
	if r.store == nil {
		return nil
	}
	return r.store.Close()
}
