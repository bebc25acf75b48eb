package collector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/v04"
	"hoofprint/internal/wire/v05"
)

// HTTPSink posts payloads to a Datadog Agent, or to anything that speaks its
// protocol. For one goroutine.
type HTTPSink struct {
	name    string // the URL as configured, for messages
	base    string
	client  *http.Client
	v04Only bool
	encoder v05.Encoder
	body    []byte
}

// NewHTTPSink makes a sink for http://host:port/prefix, https://.. or
// unix:///path. apiVersion is "v0.4", or "v0.5" and "" for v0.5 with a fall-back
// to v0.4 where an agent does not know it.
func NewHTTPSink(agentURL, apiVersion string) (*HTTPSink, error) {
	u, err := url.Parse(agentURL)
	if err != nil {
		return nil, fmt.Errorf("agent URL %q: %w", agentURL, err)
	}
	transport := &http.Transport{
		MaxIdleConnsPerHost:   1,
		IdleConnTimeout:       55 * time.Second, // below the agent's own 60 s
		ResponseHeaderTimeout: answerTimeout,
		DisableCompression:    true,
	}
	dialer := net.Dialer{Timeout: 2 * time.Second}
	transport.DialContext = dialer.DialContext
	s := &HTTPSink{name: agentURL, v04Only: apiVersion == "v0.4", client: &http.Client{Transport: transport}}
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return nil, fmt.Errorf("agent URL %q: no host", agentURL)
		}
		s.base = strings.TrimRight(agentURL, "/")
	case "unix":
		path := u.Path
		if path == "" {
			return nil, fmt.Errorf("agent URL %q: no path of a socket", agentURL)
		}
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", path)
		}
		s.base = "http://localhost"
	default:
		return nil, fmt.Errorf("agent URL %q: want http://, https:// or unix://", agentURL)
	}
	return s, nil
}

// Close ends idle connections.
func (s *HTTPSink) Close() { s.client.CloseIdleConnections() }

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
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+path, bytes.NewReader(s.body))
	if err != nil {
		return 0, "", err
	}
	// Repeating is the shipper's business, which knows what was acknowledged.
	req.GetBody = nil
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
	resp, err := s.client.Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err // the caller names the address
		}
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" {
			err = fmt.Errorf("%w: %w", errUnreached, err)
		} else {
			err = fmt.Errorf("%w: %w", errUnanswered, err)
		}
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
