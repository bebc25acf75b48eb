// Package remote asks the agent of each traced process for its remote
// configuration, checks it, and hands what is meant for the process to it.
package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hoofprint/internal/agentinfo"
	"hoofprint/internal/collector"
	"hoofprint/internal/settings"
)

const (
	endpoint        = "/v0.7/config"
	defaultInterval = 5 * time.Second
	minInterval     = 50 * time.Millisecond
	pollTimeout     = 5 * time.Second
)

// Configuration polls for every process of a collector.
type Configuration struct {
	info *agentinfo.Cache
	log  *slog.Logger

	mu         sync.Mutex
	complained map[string]bool // agents, so that an outage is one line
}

// New makes a client for all processes.
func New(info *agentinfo.Cache, log *slog.Logger) *Configuration {
	return &Configuration{info: info, log: log, complained: map[string]bool{}}
}

// poller polls for one process.
type poller struct {
	c        *Configuration
	p        collector.Process
	client   *client
	interval time.Duration
	cancel   context.CancelFunc
	done     chan struct{}
	last     string // what the process was given

	processTags atomic.Pointer[[]string]
}

// Follow begins to poll for a process; nil where it wants no remote configuration.
func (c *Configuration) Follow(p collector.Process) collector.Follower {
	d := &p.Description
	enabled := settings.BoolOf(d.Settings, "DD_REMOTE_CONFIGURATION_ENABLED", true)
	if p.Agent == nil || p.Control == nil || p.Ended || !enabled {
		return nil
	}
	hostname := d.Hostname
	if hostname == "" {
		hostname, _ = os.Hostname()
	}
	ctx, cancel := context.WithCancel(context.Background())
	one := &poller{c: c, p: p, client: newClient(d, hostname), interval: interval(d.Settings), cancel: cancel, done: make(chan struct{}), last: "?"}
	go one.run(ctx)
	return one
}

// interval between two polls, as the process asks for.
func interval(set map[string]string) time.Duration {
	known, _ := settings.Lookup("DD_REMOTE_CONFIG_POLL_INTERVAL_SECONDS")
	v := known.Resolve(func(name string) (string, bool) { text, ok := set[name]; return text, ok })
	f, err := strconv.ParseFloat(strings.TrimSpace(v.Text), 64)
	if err != nil || !(f >= 0) {
		return defaultInterval
	}
	return max(minInterval, time.Duration(min(f, 1e6)*float64(time.Second)))
}

// Note implements collector.Follower.
func (o *poller) Note(note []byte) {
	if !bytes.Contains(note, []byte(`"process_tags"`)) {
		return
	}
	var told struct {
		ProcessTags string `json:"process_tags"`
	}
	if json.Unmarshal(note, &told) == nil && told.ProcessTags != "" && len(told.ProcessTags) < 10_000 {
		tags := strings.Split(told.ProcessTags, ",")
		o.processTags.Store(&tags)
	}
}

// Close implements collector.Follower.
func (o *poller) Close(bool) {
	o.cancel()
	<-o.done
}

func (o *poller) run(ctx context.Context) {
	defer close(o.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		err := o.poll(ctx)
		if ctx.Err() != nil {
			return
		}
		o.c.said(o.p.Agent.URL(), err)
		timer.Reset(o.interval)
	}
}

var errNotServed = errors.New("the agent serves no remote configuration")

// poll asks once and passes on what has changed.
func (o *poller) poll(ctx context.Context) error {
	err := o.ask(ctx)
	if errors.Is(err, errNotServed) {
		o.client.clear()
		err = nil
	}
	if err != nil {
		return err
	}
	d := &o.p.Description
	merged := merge(o.client.files, d.Service, d.Env)
	if string(merged) == o.last {
		return nil
	}
	if err := o.p.Control.SetRemote(merged); err != nil {
		return fmt.Errorf("pass the remote configuration on to process %d: %w", o.p.PID, err)
	}
	o.last = string(merged)
	return nil
}

func (o *poller) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	agent := o.p.Agent
	serves, err := o.c.info.Serves(ctx, agent, endpoint)
	if err != nil {
		return err
	}
	if !serves {
		return errNotServed
	}
	if tags := o.processTags.Load(); tags != nil {
		o.client.process["process_tags"] = *tags
	}
	body, err := o.client.request()
	if err != nil {
		return err
	}
	req, err := agent.NewRequest(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask %s for remote configuration: %w", agent.URL(), err)
	}
	req.Header.Set("Content-Type", "application/json")
	if id := o.p.Description.ContainerID; id != "" {
		req.Header.Set("Datadog-Container-ID", id)
	}
	resp, err := agent.Do(req)
	if err != nil {
		return fmt.Errorf("ask %s for remote configuration: %w", agent.URL(), err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return errNotServed
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("ask %s for remote configuration: it answered %s", agent.URL(), resp.Status)
	case err != nil:
		return fmt.Errorf("ask %s for remote configuration: %w", agent.URL(), err)
	case len(answer) > maxBody:
		return fmt.Errorf("ask %s for remote configuration: its answer has more than %d bytes", agent.URL(), maxBody)
	}
	if err := o.client.answer(answer); err != nil {
		return fmt.Errorf("remote configuration of %s for service %q: %w", agent.URL(), o.p.Description.Service, err)
	}
	return nil
}

// said logs the first failure of an agent after a success.
func (c *Configuration) said(agent string, err error) {
	c.mu.Lock()
	first := err != nil && !c.complained[agent]
	c.complained[agent] = err != nil
	c.mu.Unlock()
	if first {
		c.log.Debug("no remote configuration for now", "error", err)
	}
}
