package collector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/v04"
	"hoofprint/internal/wire/v05"
)

// HTTPSink posts payloads to an agent. For one goroutine.
type HTTPSink struct {
	name    string // the URL as configured, for messages
	agent   *Agent
	v04Only bool
	encoder v05.Encoder
	body    []byte
}

// NewHTTPSink makes a sink for an agent. apiVersion is "v0.4", or "v0.5" and ""
// for v0.5 with a fall-back to v0.4 where an agent does not know it.
func NewHTTPSink(agent *Agent, apiVersion string) *HTTPSink {
	return &HTTPSink{name: agent.url, agent: agent, v04Only: apiVersion == "v0.4"}
}

// Deliver implements Sink.
func (s *HTTPSink) Deliver(ctx context.Context, p span.Payload) error {
	what := fmt.Sprintf("%d chunks", len(p.Chunks))
	out, err := s.post(ctx, p)
	if err != nil {
		return fmt.Errorf("send %s to %s: %w", what, s.name, err)
	}
	if out.status == http.StatusRequestEntityTooLarge {
		return s.split(ctx, p)
	}
	return out.problem(what, s.name)
}

// post sends p once, or twice where the agent turns out not to know v0.5.
func (s *HTTPSink) post(ctx context.Context, p span.Payload) (out answer, err error) {
	if !s.v04Only && v05.CanCarry(p.Chunks) {
		s.body = s.encoder.Append(s.body[:0], p.Chunks)
		out, err = s.request(ctx, "/v0.5/traces", &p)
		if err != nil || out.status != http.StatusNotFound && out.status != http.StatusUnsupportedMediaType {
			return out, err
		}
		s.v04Only = true
	}
	s.body = v04.Append(s.body[:0], p.Chunks)
	return s.request(ctx, "/v0.4/traces", &p)
}

func (s *HTTPSink) request(ctx context.Context, path string, p *span.Payload) (answer, error) {
	h := http.Header{}
	h.Set("X-Datadog-Trace-Count", strconv.Itoa(len(p.Chunks)))
	h.Set("Datadog-Send-Real-Http-Status", "true")
	if version := s.agent.ratesVersion(); version != "" {
		h.Set(headerRates, version)
	}
	if id := BatchID(ctx); id != "" {
		h.Set("Hoofprint-Batch-Id", id)
	}
	if MayRepeat(ctx) {
		h.Set("Hoofprint-May-Repeat", "true")
	}
	c := &p.Client
	if c.ComputedTopLevel {
		h.Set("Datadog-Client-Computed-Top-Level", "true")
	}
	if c.ComputedStats {
		h.Set("Datadog-Client-Computed-Stats", "true")
	}
	if c.DroppedTraces > 0 || c.DroppedSpans > 0 {
		h.Set("Datadog-Client-Dropped-P0-Traces", strconv.FormatInt(c.DroppedTraces, 10))
		h.Set("Datadog-Client-Dropped-P0-Spans", strconv.FormatInt(c.DroppedSpans, 10))
	}
	return s.agent.post(ctx, path, s.body, c, h)
}

// split sends the halves of a payload that is too large.
func (s *HTTPSink) split(ctx context.Context, p span.Payload) error {
	a, b := p, p
	switch {
	case len(p.Chunks) > 1:
		n := len(p.Chunks) / 2
		a.Chunks, b.Chunks = p.Chunks[:n:n], p.Chunks[n:]
	case len(p.Chunks) == 1 && len(p.Chunks[0].Spans) > 1:
		c := p.Chunks[0]
		n := len(c.Spans) / 2
		c1, c2 := c, c
		c1.Spans, c2.Spans = c.Spans[:n:n], c.Spans[n:]
		a.Chunks, b.Chunks = []span.Chunk{c1}, []span.Chunk{c2}
	default:
		return &Refused{Reason: fmt.Sprintf("%s refused a span: it is too large", s.name)}
	}
	b.Client.DroppedTraces, b.Client.DroppedSpans = 0, 0 // told with the first half
	errA := s.Deliver(ctx, a)
	var refused *Refused
	if errA != nil && !errors.As(errA, &refused) {
		var part *Partial
		if errors.As(errA, &part) {
			rest := p
			rest.Chunks = append(append([]span.Chunk(nil), part.Rest.Chunks...), b.Chunks...)
			return &Partial{Rest: rest, Err: part.Err}
		}
		return errA
	}
	errB := s.Deliver(ctx, b)
	if errB != nil && !errors.As(errB, &refused) {
		var part *Partial
		if errors.As(errB, &part) {
			return part
		}
		return &Partial{Rest: b, Err: errB}
	}
	if errA != nil {
		return errA
	}
	return errB
}
