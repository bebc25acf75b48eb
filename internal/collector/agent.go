package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Agent is the way to one Datadog Agent, or to anything that speaks its
// protocol, shared by all that talk to it. Safe for concurrent use.
type Agent struct {
	url  string
	base string
	http *http.Client

	info    atomic.Pointer[agentInfo]
	told    atomic.Pointer[string] // the state that the agent told of, if it is another
	rates   atomic.Pointer[agentRates]
	onRates func(map[string]float64) // set before its first use
}

// NewAgent makes the way to http://host:port/prefix, https://.. or unix:///path.
func NewAgent(agentURL string) (*Agent, error) {
	u, err := url.Parse(agentURL)
	if err != nil {
		return nil, fmt.Errorf("agent URL %q: %w", agentURL, err)
	}
	transport := &http.Transport{
		MaxIdleConnsPerHost:   4,
		IdleConnTimeout:       55 * time.Second, // below the agent's own 60 s
		ResponseHeaderTimeout: answerTimeout,
		DisableCompression:    true,
	}
	dialer := net.Dialer{Timeout: 2 * time.Second}
	transport.DialContext = dialer.DialContext
	a := &Agent{url: agentURL, http: &http.Client{Transport: transport}}
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return nil, fmt.Errorf("agent URL %q: no host", agentURL)
		}
		a.base = strings.TrimRight(agentURL, "/")
	case "unix":
		path := u.Path
		if path == "" {
			return nil, fmt.Errorf("agent URL %q: no path of a socket", agentURL)
		}
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", path)
		}
		a.base = "http://localhost"
	default:
		return nil, fmt.Errorf("agent URL %q: want http://, https:// or unix://", agentURL)
	}
	return a, nil
}

// URL of the agent as it was configured.
func (a *Agent) URL() string { return a.url }

// NewRequest makes a request to a path of the agent, as "/info".
func (a *Agent) NewRequest(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, body)
	if err != nil {
		return nil, err
	}
	// Repeating is the business of callers, who know what was acknowledged.
	req.GetBody = nil
	return req, nil
}

// Do sends a request; the caller closes the body of the answer. The agent's
// answer may take long: bound it by the request's context.
func (a *Agent) Do(req *http.Request) (*http.Response, error) {
	resp, err := a.http.Do(req)
	if err == nil {
		return resp, nil
	}
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err // the caller names the address
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return nil, fmt.Errorf("%w: %w", errUnreached, err)
	}
	return nil, fmt.Errorf("%w: %w", errUnanswered, err)
}

// Close ends idle connections.
func (a *Agent) Close() { a.http.CloseIdleConnections() }
