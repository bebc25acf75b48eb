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
	mu        sync.Mutex
	until     time.Time
	endpoints []string
	err       error
}

// Serves tells whether the agent lists an endpoint, or one below it where path
// ends in a slash. The error says that it could not be asked.
func (c *Cache) Serves(ctx context.Context, agent Agent, path string) (bool, error) {
	c.mu.Lock()
	if c.agents == nil {
		c.agents = map[string]*entry{}
	}
	e := c.agents[agent.URL()]
	if e == nil {
		e = &entry{}
		c.agents[agent.URL()] = e
	}
	c.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if now := time.Now(); now.After(e.until) {
		endpoints, err := ask(ctx, agent)
		if ctx.Err() != nil {
			return false, ctx.Err() // the caller's haste, not the agent's silence
		}
		e.endpoints, e.err, e.until = endpoints, err, now.Add(lifetime)
		if err != nil {
			e.until = now.Add(patience)
		}
	}
	for _, endpoint := range e.endpoints {
		if endpoint == path || strings.HasSuffix(path, "/") && strings.HasPrefix(endpoint, path) {
			return true, nil
		}
	}
	return false, e.err
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
