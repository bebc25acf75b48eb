package intake

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/inband"
)

// keyProcessID is the metric in which tracers tell their process on root spans.
const keyProcessID = "process_id"

type counters struct {
	payloads, chunks, spans, droppedByClients                      atomic.Int64
	refused, refusedChunks, overloaded, failed, failedSpans, asked atomic.Int64
}

// Snapshot counts what arrived since the start.
type Snapshot struct {
	Payloads, Chunks, Spans int64 // taken
	// Refused payloads were malformed, too large, too slow or foreign; Overloaded
	// ones came while too many others were being worked on; RefusedChunks is what
	// both announced to hold.
	Refused, Overloaded, RefusedChunks int64
	// Failed payloads could not be stored; their clients were told.
	Failed, FailedSpans int64
	// DroppedByClients counts spans that clients say they dropped unsampled.
	DroppedByClients int64
	// Asked counts requests for /info.
	Asked   int64
	Clients []Client // the latest first
}

// Client is a process that sent payloads.
type Client struct {
	Service, Lang, LangVersion, TracerVersion, Hostname string
	PID                                                 int // 0 if it did not tell
	LastSeen                                            time.Time
	Payloads                                            int64
}

// Snapshot tells what arrived so far.
func (i *Intake) Snapshot() Snapshot {
	c := &i.counters
	return Snapshot{
		Payloads: c.payloads.Load(), Chunks: c.chunks.Load(), Spans: c.spans.Load(),
		Refused: c.refused.Load(), Overloaded: c.overloaded.Load(), RefusedChunks: c.refusedChunks.Load(),
		Failed: c.failed.Load(), FailedSpans: c.failedSpans.Load(), DroppedByClients: c.droppedByClients.Load(),
		Asked: c.asked.Load(), Clients: i.clients.list(),
	}
}

// identity tells clients apart.
type identity struct {
	service, lang, langVersion, tracerVersion, hostname string
	pid                                                 int
}

// clients remembers who sent payloads lately.
type clients struct {
	now  func() time.Time
	mu   sync.Mutex
	seen map[identity]*Client
}

// saw notes a payload, before the pipeline changes it.
func (c *clients) saw(p *span.Payload) {
	if len(p.Chunks) == 0 || len(p.Chunks[0].Spans) == 0 {
		return
	}
	spans := p.Chunks[0].Spans
	root := &spans[inband.Root(spans)]
	service, ok := root.Tag(span.KeyBaseService)
	if !ok || service == "" {
		service = root.Service
	}
	pid, _ := root.Metric(keyProcessID)
	if !(pid > 0 && pid < 1<<31) {
		pid = 0
	}
	id := identity{text200(service), p.Client.Lang, p.Client.LangVersion, p.Client.TracerVersion, p.Client.Hostname, int(pid)}
	now := c.now()

	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.seen[id]; ok {
		known.LastSeen = now
		known.Payloads++
		return
	}
	if c.seen == nil {
		c.seen = map[identity]*Client{}
	}
	if len(c.seen) >= maxClients {
		c.forgetOldest()
	}
	c.seen[id] = &Client{Service: id.service, Lang: id.lang, LangVersion: id.langVersion, TracerVersion: id.tracerVersion,
		Hostname: id.hostname, PID: id.pid, LastSeen: now, Payloads: 1}
}

// text200 copies at most maxHeader bytes, so that a remembered name does not keep
// its whole payload.
func text200(s string) string { return string([]byte(s[:min(len(s), maxHeader)])) }

func (c *clients) forgetOldest() {
	var oldest identity
	var at time.Time
	for id, client := range c.seen {
		if at.IsZero() || client.LastSeen.Before(at) {
			oldest, at = id, client.LastSeen
		}
	}
	delete(c.seen, oldest)
}

func (c *clients) list() []Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Client, 0, len(c.seen))
	for _, client := range c.seen {
		out = append(out, *client)
	}
	slices.SortFunc(out, func(a, b Client) int { return b.LastSeen.Compare(a.LastSeen) })
	return out
}
