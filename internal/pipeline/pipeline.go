// Package pipeline brings received payloads into the form in which spans are
// stored: it drops chunks that cannot be a trace, mends what the Datadog Agent
// would mend, in the same way, and hands the spans on. Payloads from the network
// and from rings on this host take the same path.
package pipeline

import (
	"context"
	"fmt"
	"time"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/inband"
)

// Pipeline normalises payloads. It is safe for concurrent use.
type Pipeline struct {
	next     func(context.Context, []span.Span) error
	stored   func(context.Context, []span.Span) ([]bool, error) // nil: nothing is known
	now      func() time.Time
	counters counters
}

// New makes a pipeline that hands spans to next, which must be done with them
// when it returns.
func New(next func(context.Context, []span.Span) error) *Pipeline {
	return &Pipeline{next: next, now: time.Now}
}

// Process normalises a payload, whose spans it changes, and hands all of them on
// at once. Chunks that cannot be stored are counted and no error; an error is
// next's, and the same payload may be given again then.
func (p *Pipeline) Process(ctx context.Context, payload span.Payload) error {
	kept := make([]span.Chunk, 0, len(payload.Chunks))
	total := 0
	for i := range payload.Chunks {
		chunk := &payload.Chunks[i]
		if r, ok := check(chunk.Spans); !ok {
			p.counters.count(r)
			p.counters.droppedSpans.Add(int64(len(chunk.Spans)))
			continue
		}
		p.normalise(&payload.Client, chunk)
		kept = append(kept, *chunk)
		total += len(chunk.Spans)
	}
	spans := join(kept, total)
	if payload.MayRepeat && p.stored != nil {
		var err error
		if spans, err = p.withoutStored(ctx, spans); err != nil {
			return err
		}
	}
	if len(spans) == 0 {
		return nil
	}
	if err := p.next(ctx, spans); err != nil {
		return fmt.Errorf("store %d spans: %w", len(spans), err)
	}
	p.counters.chunks.Add(int64(len(kept)))
	p.counters.spans.Add(int64(len(spans)))
	return nil
}

// join gives the spans of all chunks, without a copy if there is but one.
func join(chunks []span.Chunk, total int) []span.Span {
	if len(chunks) == 1 {
		return chunks[0].Spans
	}
	spans := make([]span.Span, 0, total)
	for i := range chunks {
		spans = append(spans, chunks[i].Spans...)
	}
	return spans
}

// Snapshot tells what was done so far.
func (p *Pipeline) Snapshot() Snapshot { return p.counters.snapshot() }

// check tells why a chunk cannot be stored, if it cannot.
func check(spans []span.Span) (reason, bool) {
	if len(spans) == 0 {
		return emptyTrace, false
	}
	for i := range spans {
		switch {
		case spans[i].TraceID != spans[0].TraceID:
			return foreignSpan, false
		case spans[i].TraceID.Low == 0:
			return traceIDZero, false
		case spans[i].ID == 0:
			return spanIDZero, false
		}
	}
	return 0, true
}

func (p *Pipeline) normalise(client *span.Client, c *span.Chunk) {
	for i := range c.Spans {
		p.mend(&c.Spans[i], client.Lang)
	}
	if !client.ComputedTopLevel {
		markTopLevel(c.Spans)
	}
	root := &c.Spans[inband.Root(c.Spans)]
	if c.Priority != span.PriorityNone {
		if _, ok := root.Metric(span.KeySamplingPriority); !ok {
			root.SetMetric(span.KeySamplingPriority, float64(c.Priority))
		}
	}
	if c.Origin != "" {
		if _, ok := root.Tag(span.KeyOrigin); !ok {
			root.SetTag(span.KeyOrigin, c.Origin)
		}
	}
	// A search for an environment or a host must find every span of it, but
	// clients may tell both on one span of the chunk only, and the host not at all.
	spread(c.Spans, span.KeyEnv, first(c.Spans, root, span.KeyEnv))
	host := first(c.Spans, root, span.KeyHostname)
	if host == "" {
		host = client.Hostname
	}
	spread(c.Spans, span.KeyHostname, host)
}

// first is the value of a tag of the root, else of the first span that has it.
func first(spans []span.Span, root *span.Span, key string) string {
	if value, ok := root.Tag(key); ok {
		return value
	}
	for i := range spans {
		if value, ok := spans[i].Tag(key); ok {
			return value
		}
	}
	return ""
}

// spread gives a tag to the spans that lack it.
func spread(spans []span.Span, key, value string) {
	if value == "" {
		return
	}
	for i := range spans {
		if !inband.HasTag(spans[i].Tags, key) {
			spans[i].Tags = append(spans[i].Tags, span.Tag{Key: key, Value: value})
		}
	}
}

// markTopLevel sets _dd.top_level on the spans at which a trace enters a service.
func markTopLevel(spans []span.Span) {
	index := make(map[uint64]int, len(spans))
	for i := range spans {
		index[spans[i].ID] = i
	}
	for i := range spans {
		s := &spans[i]
		if s.ParentID != 0 {
			if parent, ok := index[s.ParentID]; ok && spans[parent].Service == s.Service {
				continue
			}
		}
		s.SetMetric(span.KeyTopLevel, 1)
	}
}
