package agentinfo

import (
	"context"
	"sync"
	"time"
)

const (
	// lifetime of an answer, and of there being none.
	lifetime = time.Minute
	patience = 3 * time.Second

	timeout = 2 * time.Second
)

// Cache asks each agent once in a while, however many want to know. The zero
// value is ready.
type Cache struct {
	mu     sync.Mutex
	agents map[string]*entry // by URL
}

type entry struct {
	until  time.Time
	info   *Info // nil where there is no answer
	err    error
	asking chan struct{} // closed when the answer is there; nil while nobody asks
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
		info, err, asking := e.info, e.err, e.asking
		c.mu.Unlock()
		if asking == nil {
			return err == nil && info.Serves(path), err
		}
		select {
		case <-asking:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

func (c *Cache) ask(ctx context.Context, agent Agent, e *entry) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	info, err := Read(ctx, agent)
	c.mu.Lock()
	defer c.mu.Unlock()
	e.info, e.err, e.until = info, err, time.Now().Add(lifetime)
	if err != nil {
		e.until = time.Now().Add(patience)
	}
	close(e.asking)
	e.asking = nil
}
