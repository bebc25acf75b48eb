package collector

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hoofprint/internal/span"
)

// maxAnswer is how much of an answer is read: the rates of a few thousand services.
const maxAnswer = 1 << 20

// answer is what an agent said to a payload.
type answer struct {
	status int
	reason string // the beginning of the text
	after  time.Duration
	body   []byte
}

// post sends a payload of a client.
func (a *Agent) post(ctx context.Context, path string, body []byte, c *span.Client, header http.Header) (out answer, err error) {
	req, err := a.NewRequest(ctx, http.MethodPost, path, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	h := req.Header
	for key := range header {
		h[key] = header[key]
	}
	h.Set("Content-Type", "application/msgpack")
	for key, value := range map[string]string{
		"Datadog-Meta-Lang":             c.Lang,
		"Datadog-Meta-Lang-Version":     c.LangVersion,
		"Datadog-Meta-Lang-Interpreter": c.Interpreter,
		"Datadog-Meta-Tracer-Version":   c.TracerVersion,
		"Datadog-Container-ID":          c.ContainerID,
	} {
		if value != "" {
			h.Set(key, value)
		}
	}
	resp, err := a.Do(req)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	if state := resp.Header.Get("Datadog-Agent-State"); state != "" && state != a.known().state {
		a.told.Store(&state)
	}
	out.status = resp.StatusCode
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		text = nil // the status says enough
	}
	out.body = text
	out.reason = strings.TrimSpace(string(text))
	if len(out.reason) > 200 {
		out.reason = out.reason[:200] + "..."
	}
	out.after = retryAfter(resp.Header.Get("Retry-After"))
	if out.status < 300 {
		a.takeRates(resp.Header.Get(headerRates), text)
	}
	return out, nil
}

// problem is the error of an answer, nil of a good one. What does not name itself
// is the payload's fault for good.
func (o *answer) problem(what, name string) error {
	switch {
	case o.status < 300:
		return nil
	case o.status == http.StatusTooManyRequests, o.status == http.StatusRequestTimeout, o.status == http.StatusServiceUnavailable,
		o.status == http.StatusBadGateway, o.status == http.StatusGatewayTimeout:
		return &busy{after: o.after, text: fmt.Sprintf("send %s to %s: it answered %d %s", what, name, o.status, o.reason)}
	case o.status >= 500:
		return fmt.Errorf("send %s to %s: %w: it answered %d %s", what, name, errServer, o.status, o.reason)
	}
	return &Refused{Reason: fmt.Sprintf("%s refused %s: %d %s", name, what, o.status, o.reason)}
}

// busy is an agent that wants to be asked again later.
type busy struct {
	after time.Duration // as it said; 0 unknown
	text  string
}

func (b *busy) Error() string { return b.text }

// retryAfter reads the header of that name, seconds or a date; at most maxRetryAfter.
func retryAfter(text string) time.Duration {
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(time.Until(at), 0), maxRetryAfter)
	}
	return 0
}

const headerRates = "Datadog-Rates-Payload-Version"

// agentRates are the sampling rates that an agent gives to its clients.
type agentRates struct {
	version string // as the agent names it
	rates   map[string]float64
}

// takeRates passes on the rates of an answer that has some.
func (a *Agent) takeRates(version string, body []byte) {
	var in struct {
		Rates map[string]float64 `json:"rate_by_service"`
	}
	if len(body) < 3 || json.Unmarshal(body, &in) != nil || in.Rates == nil {
		return // none, or those of the version that we named
	}
	a.rates.Store(&agentRates{version: version, rates: in.Rates})
	if f := a.onRates; f != nil {
		f(in.Rates)
	}
}

// ratesVersion is that of the rates that are known; "" for none.
func (a *Agent) ratesVersion() string {
	if r := a.rates.Load(); r != nil {
		return r.version
	}
	return ""
}
