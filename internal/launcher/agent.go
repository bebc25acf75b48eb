package launcher

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"hoofprint/internal/agentinfo"
	"hoofprint/internal/settings"
)

// defaultAgentSocket is where the Datadog Agent's package puts its socket.
const defaultAgentSocket = "/var/run/datadog/apm.socket"

// agentTimeout is for a look at an agent on the same host or network.
const agentTimeout = 2 * time.Second

// AgentURL resolves where traces go, as the traced process does.
func AgentURL(lookup func(string) (string, bool)) string {
	if address, ok := lookup("DD_TRACE_AGENT_URL"); ok && address != "" {
		return address
	}
	host, port := first(lookup, "DD_TRACE_AGENT_HOSTNAME", "DD_AGENT_HOST"), port(lookup)
	if host == "" && port == "" {
		if _, err := os.Stat(defaultAgentSocket); err == nil {
			return "unix://" + defaultAgentSocket
		}
	}
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = "8126"
	}
	return "http://" + net.JoinHostPort(host, port)
}

func first(lookup func(string) (string, bool), names ...string) string {
	for _, name := range names {
		if value, ok := lookup(name); ok && value != "" {
			return value
		}
	}
	return ""
}

func port(lookup func(string) (string, bool)) string {
	for _, name := range []string{"DD_TRACE_AGENT_PORT", "DD_AGENT_PORT"} {
		setting, _ := settings.Lookup(name)
		if value := setting.Resolve(lookup); value.Set && value.Text != "" {
			return strings.TrimSpace(value.Text)
		}
	}
	return ""
}

// wanted are the endpoints of an agent that we use, with what for.
var wanted = []struct{ path, purpose string }{
	{"/v0.4/traces", "traces"},
	{"/v0.6/stats", "statistics"},
	{"/v0.7/config", "remote configuration"},
	{"/telemetry/proxy/", "telemetry"},
}

// askAgent asks the agent for its /info. The error is in words for the user.
func askAgent(address string) AgentInfo {
	found := AgentInfo{URL: address, Lacks: []string{}}
	answer, err := getInfo(address)
	if err != nil {
		found.Error = err.Error()
		return found
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		found.Error = fmt.Sprintf("%s answered %s to /info: it is not an agent, or an old one", withoutPassword(address), answer.Status)
		return found
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, agentinfo.MaxBody))
	if err != nil {
		found.Error = fmt.Sprintf("%s broke off its answer to /info: %v", withoutPassword(address), err)
		return found
	}
	told, err := agentinfo.Parse(body)
	if err != nil {
		found.Error = fmt.Sprintf("%s answered /info with what is not JSON: it is not an agent", withoutPassword(address))
		return found
	}
	found.Reached, found.Version = true, told.Version
	for _, endpoint := range wanted {
		if !told.Serves(endpoint.path) {
			found.Lacks = append(found.Lacks, endpoint.path+" ("+endpoint.purpose+")")
		}
	}
	return found
}

func getInfo(address string) (*http.Response, error) {
	shown := withoutPassword(address)
	transport := &http.Transport{DisableKeepAlives: true}
	target := strings.TrimSuffix(address, "/") + "/info"
	if path, ok := strings.CutPrefix(address, "unix://"); ok {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}
		target = "http://localhost/info"
	} else if parsed, err := url.Parse(address); err != nil || parsed.Host == "" {
		return nil, fmt.Errorf("%q is not an address of an agent: it must be http://host:port or unix:///path", shown)
	}
	client := &http.Client{Transport: transport, Timeout: agentTimeout}
	answer, err := client.Get(target)
	if err != nil {
		return nil, fmt.Errorf("no answer at %s: %w; start `hoofprint serve`, or set DD_TRACE_AGENT_URL", shown, rootCause(err))
	}
	return answer, nil
}

// rootCause strips the request from an error of net/http: the address is said already.
func rootCause(err error) error {
	if wrapped, ok := err.(*url.Error); ok {
		return wrapped.Err
	}
	return err
}
