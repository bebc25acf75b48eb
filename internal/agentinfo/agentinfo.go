// Package agentinfo knows what an agent serves, as its /info tells.
package agentinfo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// lifetime of an answer, and of there being none.
	lifetime = time.Minute
	patience = 3 * time.Second

	timeout = 2 * time.Second
	maxBody = 1 << 20
)

// Agent is the way to an agent.
type Agent interface {
	URL() string
	NewRequest(ctx context.Context, method, path string, body io.Reader) (*http.Request, error)
	Do(req *http.Request) (*http.Response, error)
}

// Cache asks each agent once in a while, however many want to know. The zero
// value is ready.
type Cache struct {
	mu     sync.Mutex
	agents map[string]*entry // by URL
}

type entry struct {
	until     time.Time
	endpoints []string
	err       error
	asking    chan struct{} // closed when the answer is there; nil while nobody asks
}

// Serves tells whether the agent lists an endpoint, or one below it where path
// ends in a slash. The error says that it could not be asked.
func (c *Cache) Serves(ctx context.Context, agent Agent, path string) (bool, error) {
	for {
		c.mu.Lock()
		if c.agents == nil {
			c.agents = map[string]*entry{}
		}
		e := c.agents[agent.URL()]
		if e == nil {
			e = &entry{}
			c.agents[agent.URL()] = e
		}
		if e.asking == nil && time.Now().After(e.until) {
			e.asking = make(chan struct{})
			// For all who wait, and not only for this caller, who may be in a hurry.
			go c.ask(context.WithoutCancel(ctx), agent, e)
		}
		endpoints, err, asking := e.endpoints, e.err, e.asking
		c.mu.Unlock()
		if asking == nil {
			return lists(endpoints, path), err
		}
		select {
		case <-asking:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

func lists(endpoints []string, path string) bool {
	for _, endpoint := range endpoints {
		if endpoint == path || strings.HasSuffix(path, "/") && strings.HasPrefix(endpoint, path) {
			return true
		}
	}
	return false
}

func (c *Cache) ask(ctx context.Context, agent Agent, e *entry) {
	endpoints, err := ask(ctx, agent)
	c.mu.Lock()
	defer c.mu.Unlock()
	e.endpoints, e.err, e.until = endpoints, err, time.Now().Add(lifetime)
	if err != nil {
		e.until = time.Now().Add(patience)
	}
	close(e.asking)
	e.asking = nil
}

func ask(ctx context.Context, agent Agent) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := agent.NewRequest(ctx, http.MethodGet, "/info", nil)
	if err != nil {
		return nil, fmt.Errorf("ask %s what it serves: %w", agent.URL(), err)
	}
	resp, err := agent.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask %s what it serves: %w", agent.URL(), err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("ask %s what it serves: %w", agent.URL(), err)
	}
	if resp.StatusCode == http.StatusNotFound {
		return nil, nil // an old agent: it takes traces and no more
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask %s what it serves: it answered %s", agent.URL(), resp.Status)
	}
	var info struct {
		Endpoints []string `json:"endpoints"`
	}
	if err := json.Unmarshal(body, &info); err != nil {
		return nil, fmt.Errorf("read what %s says it serves: %w", agent.URL(), err)
	}
	return info.Endpoints, nil
}
