package collector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

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
	status, reason, err := s.post(ctx, p)
	if err != nil {
		return fmt.Errorf("send %d chunks to %s: %w", len(p.Chunks), s.name, err)
	}
	switch {
	case status < 300:
		return nil
	case status == http.StatusRequestEntityTooLarge:
		return s.split(ctx, p)
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status == http.StatusServiceUnavailable,
		status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		return fmt.Errorf("send %d chunks to %s: it answered %d %s", len(p.Chunks), s.name, status, reason)
	case status >= 500:
		return fmt.Errorf("send %d chunks to %s: %w: it answered %d %s", len(p.Chunks), s.name, errServer, status, reason)
	}
	return &Refused{Reason: fmt.Sprintf("%s refused a payload: %d %s", s.name, status, reason)}
}

// post sends p once, or twice where the agent turns out not to know v0.5.
func (s *HTTPSink) post(ctx context.Context, p span.Payload) (status int, reason string, err error) {
	if !s.v04Only && v05.CanCarry(p.Chunks) {
		s.body = s.encoder.Append(s.body[:0], p.Chunks)
		status, reason, err = s.request(ctx, "/v0.5/traces", &p)
		if err != nil || status != http.StatusNotFound && status != http.StatusUnsupportedMediaType {
			return status, reason, err
		}
		s.v04Only = true
	}
	s.body = v04.Append(s.body[:0], p.Chunks)
	return s.request(ctx, "/v0.4/traces", &p)
}

func (s *HTTPSink) request(ctx context.Context, path string, p *span.Payload) (status int, reason string, err error) {
	req, err := s.agent.NewRequest(ctx, http.MethodPost, path, bytes.NewReader(s.body))
	if err != nil {
		return 0, "", err
	}
	h := req.Header
	h.Set("Content-Type", "application/msgpack")
	h.Set("X-Datadog-Trace-Count", strconv.Itoa(len(p.Chunks)))
	h.Set("Datadog-Send-Real-Http-Status", "true")
	c := &p.Client
	for key, value := range map[string]string{
		"Datadog-Meta-Lang":             c.Lang,
		"Datadog-Meta-Lang-Version":     c.LangVersion,
		"Datadog-Meta-Lang-Interpreter": c.Interpreter,
		"Datadog-Meta-Tracer-Version":   c.TracerVersion,
		"Datadog-Container-ID":          c.ContainerID,
		"Hoofprint-Batch-Id":            BatchID(ctx),
	} {
		if value != "" {
			h.Set(key, value)
		}
	}
	if MayRepeat(ctx) {
		h.Set("Hoofprint-May-Repeat", "true")
	}
	if c.ComputedTopLevel {
		h.Set("Datadog-Client-Computed-Top-Level", "true")
	}
	resp, err := s.agent.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil && resp.StatusCode >= 300 {
		text = nil // the status says enough
	}
	reason = strings.TrimSpace(string(text))
	if len(reason) > 200 {
		reason = reason[:200] + "..."
	}
	return resp.StatusCode, reason, nil
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
