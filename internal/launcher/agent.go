package launcher

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"hoofprint/internal/settings"
)

// defaultAgentSocket is where the Datadog Agent's package puts its socket.
const defaultAgentSocket = "/var/run/datadog/apm.socket"

// agentTimeout is for a look at an agent on the same host or network.
const agentTimeout = 2 * time.Second

// agentURL resolves where traces go, as the traced process does.
func agentURL(lookup func(string) (string, bool)) string {
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

// agentProblem asks the agent for its /info. It returns "" when that worked,
// else what is wrong, in words for the user.
func agentProblem(address string) string {
	transport := &http.Transport{}
	target := strings.TrimSuffix(address, "/") + "/info"
	if path, ok := strings.CutPrefix(address, "unix://"); ok {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}
		target = "http://localhost/info"
	} else if parsed, err := url.Parse(address); err != nil || parsed.Host == "" {
		return fmt.Sprintf("%q is not an address of an agent: it must be http://host:port or unix:///path", address)
	}
	client := &http.Client{Transport: transport, Timeout: agentTimeout}
	answer, err := client.Get(target)
	if err != nil {
		return fmt.Sprintf("no answer at %s: %v; start `hoofprint serve`, or set DD_TRACE_AGENT_URL", address, rootCause(err))
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Sprintf("%s answered %s to /info: it is not an agent, or an old one", address, answer.Status)
	}
	return ""
}

// rootCause strips the request from an error of net/http: the address is said already.
func rootCause(err error) error {
	if wrapped, ok := err.(*url.Error); ok {
		return wrapped.Err
	}
	return err
}
