package tell

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"hoofprint/internal/collector"
	"hoofprint/internal/uses"
)

const (
	firstRetry  = time.Second
	maxRetry    = time.Minute
	sendTimeout = 5 * time.Second
)

// sender tells one agent, in a goroutine of its own that lives while something
// is to be told. Its fields are guarded by Reporter.mu.
type sender struct {
	agent  *collector.Agent
	ctx    context.Context
	cancel context.CancelFunc
	again  bool          // something came while it worked
	idle   chan struct{} // closed when nothing is left or the agent is away; nil while it rests
	away   bool          // the last try failed
}

// poke has what is unsent sent.
func (r *Reporter) poke(agent *collector.Agent) *sender {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.senders[agent.URL()]
	if s == nil {
		s = &sender{agent: agent}
		s.ctx, s.cancel = context.WithCancel(context.Background())
		r.senders[agent.URL()] = s
	}
	s.agent = agent
	s.again = true
	if s.idle == nil {
		s.idle = make(chan struct{})
		go r.send(s, s.idle)
	}
	return s
}

// wait gives an agent that answers a moment to hear of the end of a process.
func (r *Reporter) wait(s *sender) {
	if s == nil {
		return
	}
	r.mu.Lock()
	idle := s.idle
	if s.away {
		idle = nil // what is unsent stays in the file
	}
	r.mu.Unlock()
	if idle == nil {
		return
	}
	select {
	case <-idle:
	case <-time.After(patience):
	}
}

// send works until nothing is unsent.
func (r *Reporter) send(s *sender, idle chan struct{}) {
	retry := r.Retry
	for {
		r.mu.Lock()
		s.again = false
		agent, store := s.agent, r.store
		r.mu.Unlock()
		err := r.sendAll(s.ctx, store, agent)
		r.mu.Lock()
		if err != nil && s.ctx.Err() == nil {
			first := !s.away
			s.away = true
			close(idle) // nobody waits for an agent that is away
			idle = make(chan struct{})
			s.idle = idle
			r.mu.Unlock()
			if first {
				r.Log.Warn("uses of removed names wait for the agent", "agent", agent.URL(), "error", err)
			}
			select {
			case <-s.ctx.Done():
			case <-time.After(retry):
			}
			retry = min(2*retry, max(maxRetry, r.Retry))
			continue
		}
		back := err == nil && s.away
		s.away = false
		if s.again && s.ctx.Err() == nil {
			r.mu.Unlock()
			continue
		}
		s.idle = nil
		close(idle)
		r.mu.Unlock()
		if back {
			r.Log.Info("uses of removed names reach the agent again", "agent", agent.URL())
		}
		return
	}
}

// sendAll tells an agent everything that it does not know, if it takes such.
func (r *Reporter) sendAll(ctx context.Context, store *uses.Store, agent *collector.Agent) error {
	for ctx.Err() == nil {
		report, sent := store.Unsent(agent.URL())
		if len(report.Processes) == 0 {
			return nil
		}
		serves, err := r.Info.Serves(ctx, agent, uses.Endpoint)
		if err != nil {
			return err
		}
		if serves {
			err := post(ctx, agent, report)
			if errors.Is(err, errRefused) { // it would be again
				r.Log.Warn("uses of removed names are only in the file of this host", "error", err)
			} else if err != nil {
				return err
			}
		}
		if err := sent(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

var errRefused = errors.New("refused")

func post(ctx context.Context, agent *collector.Agent, report uses.Report) error {
	body, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("encode uses of removed names: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	req, err := agent.NewRequest(ctx, http.MethodPost, uses.Endpoint, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("send uses of removed names to %s: %w", agent.URL(), err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := agent.Do(req)
	if err != nil {
		return fmt.Errorf("send uses of removed names to %s: %w", agent.URL(), err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	switch code := resp.StatusCode; {
	case code < 300:
		return nil
	case code >= 400 && code < 500 && code != http.StatusRequestTimeout && code != http.StatusTooManyRequests && code != http.StatusNotFound:
		return fmt.Errorf("send uses of removed names to %s: %w: it answered %s", agent.URL(), errRefused, resp.Status)
	}
	return fmt.Errorf("send uses of removed names to %s: it answered %s", agent.URL(), resp.Status)
}
