package api

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"hoofprint/internal/span"
)

// maxRingClients bounds the processes remembered; each worker of a server is one.
const maxRingClients = 1000

// RingClients remembers the processes of this host whose spans came through
// shared memory.
type RingClients struct {
	mu   sync.Mutex
	seen map[ringProcess]*Client
}

type ringProcess struct {
	service string
	pid     int
}

// Saw notes a payload of one process.
func (c *RingClients) Saw(p span.Payload, now time.Time) {
	if len(p.Chunks) == 0 || len(p.Chunks[0].Spans) == 0 {
		return
	}
	spans := p.Chunks[0].Spans
	root := rootOf(spans)
	service := root.Service
	if base, _ := root.Tag(span.KeyBaseService); base != "" {
		service = base
	}
	pid := 0
	if n, _ := root.Metric("process_id"); n > 0 && n < 1<<31 {
		pid = int(n)
	}
	id := ringProcess{service, pid}
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.seen[id]
	if known == nil && pid == 0 {
		known = c.latestOf(service) // spans that had not finished, or a part of a trace: their process is known
	}
	if known == nil {
		if c.seen == nil {
			c.seen = map[ringProcess]*Client{}
		}
		if len(c.seen) >= maxRingClients {
			c.forgetOldest()
		}
		known = &Client{
			Service: service, Lang: p.Client.Lang, LangVersion: p.Client.LangVersion, TracerVersion: p.Client.TracerVersion,
			PID: pid, Via: "ring",
		}
		c.seen[id] = known
	}
	known.LastSeen = now.UnixNano()
}

func (c *RingClients) latestOf(service string) *Client {
	var latest *Client
	for id, client := range c.seen {
		if id.service == service && (latest == nil || client.LastSeen > latest.LastSeen) {
			latest = client
		}
	}
	return latest
}

func (c *RingClients) forgetOldest() {
	var oldest ringProcess
	var at int64
	for id, client := range c.seen {
		if at == 0 || client.LastSeen < at {
			oldest, at = id, client.LastSeen
		}
	}
	delete(c.seen, oldest)
}

// List gives the processes, the latest first.
func (c *RingClients) List() []Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Client, 0, len(c.seen))
	for _, client := range c.seen {
		out = append(out, *client)
	}
	slices.SortFunc(out, func(a, b Client) int {
		return cmp.Or(cmp.Compare(b.LastSeen, a.LastSeen), cmp.Compare(a.Service, b.Service), cmp.Compare(a.PID, b.PID))
	})
	return out
}
