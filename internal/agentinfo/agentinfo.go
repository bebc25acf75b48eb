// Package agentinfo knows what an agent serves and wants, as its /info tells.
package agentinfo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"hoofprint/internal/stats"
)

// MaxBody bounds what is read of an answer.
const MaxBody = 1 << 20

// Agent is the way to an agent.
type Agent interface {
	URL() string
	NewRequest(ctx context.Context, method, path string, body io.Reader) (*http.Request, error)
	Do(req *http.Request) (*http.Response, error)
}

// Info is what an agent publishes of itself. An old agent, which does not, takes
// traces and no more: that is the zero value, but for its State.
type Info struct {
	// State is the name that the agent gives this answer in its other ones.
	State string `json:"-"`

	Version            string         `json:"version"`
	Endpoints          []string       `json:"endpoints"`
	ClientDropP0s      bool           `json:"client_drop_p0s"`
	PeerTags           []string       `json:"peer_tags"`
	SpanKinds          []string       `json:"span_kinds_stats_computed"`
	ObfuscationVersion int            `json:"obfuscation_version"`
	FilterTags         stats.TagLists `json:"filter_tags"`
	FilterTagsRegex    stats.TagLists `json:"filter_tags_regex"`
	IgnoreResources    []string       `json:"ignore_resources"`
}

// Serves tells whether the agent lists an endpoint, or one below it where path
// ends in a slash.
func (i *Info) Serves(path string) bool {
	return slices.ContainsFunc(i.Endpoints, func(endpoint string) bool {
		return endpoint == path || strings.HasSuffix(path, "/") && strings.HasPrefix(endpoint, path)
	})
}

// Parse understands the body of an answer.
func Parse(body []byte) (*Info, error) {
	info := Info{}
	if err := json.Unmarshal(body, &info); err != nil {
		return nil, err
	}
	info.State = state(body)
	return &info, nil
}

func state(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// Read asks an agent.
func Read(ctx context.Context, agent Agent) (*Info, error) {
	req, err := agent.NewRequest(ctx, http.MethodGet, "/info", nil)
	if err != nil {
		return nil, fmt.Errorf("ask %s what it serves: %w", agent.URL(), err)
	}
	resp, err := agent.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask %s what it serves: %w", agent.URL(), err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody))
	if err != nil {
		return nil, fmt.Errorf("ask %s what it serves: %w", agent.URL(), err)
	}
	if resp.StatusCode == http.StatusNotFound {
		return &Info{State: state(nil)}, nil
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask %s what it serves: it answered %s", agent.URL(), resp.Status)
	}
	info, err := Parse(body)
	if err != nil {
		return nil, fmt.Errorf("read what %s says it serves: %w", agent.URL(), err)
	}
	return info, nil
}
