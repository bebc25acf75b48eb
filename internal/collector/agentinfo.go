package collector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"hoofprint/internal/stats"
)

const (
	infoInterval = 5 * time.Minute
	// infoRetry is between two tries while the agent does not answer.
	infoRetry   = 5 * time.Second
	infoTimeout = 10 * time.Second // a slow agent is one all the same
	maxInfo     = 1 << 20
	// obfuscationVersion is that of the rules by which stats.Config.Obfuscate works.
	obfuscationVersion = 1
)

// agentInfo is what the collector needs to know of an agent.
type agentInfo struct {
	state string // as the agent names it in its answers
	// stats: the agent leaves the counting to its clients, and with it the choice
	// which traces are worth to be sent.
	stats  bool
	config stats.Config
	filter *stats.Filter
}

// infoAge says when /info is to be read again.
type infoAge struct {
	next time.Time
}

// Info is the agent's as far as it is known; never nil.
func (a *Agent) known() *agentInfo {
	if info := a.info.Load(); info != nil {
		return info
	}
	return &agentInfo{filter: &stats.Filter{}}
}

// refresh reads /info when it is time to, or at once when the agent has told of
// another state since.
func (a *Agent) refresh(ctx context.Context, age *infoAge, now time.Time) {
	stale := a.told.Load()
	if now.Before(age.next) && (stale == nil || *stale == a.known().state) {
		return
	}
	info, err := a.readInfo(ctx)
	if err != nil {
		age.next = now.Add(infoRetry)
		return
	}
	a.told.Store(nil)
	a.info.Store(info)
	age.next = now.Add(infoInterval)
}

func (a *Agent) readInfo(ctx context.Context) (*agentInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, infoTimeout)
	defer cancel()
	req, err := a.NewRequest(ctx, http.MethodGet, "/info", nil)
	if err != nil {
		return nil, err
	}
	resp, err := a.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 500 {
		return nil, fmt.Errorf("read %s/info: it answered %d", a.url, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxInfo))
	if err != nil {
		return nil, fmt.Errorf("read %s/info: %w", a.url, err)
	}
	if resp.StatusCode >= 300 {
		body = nil // an old agent
	}
	return parseInfo(body), nil
}

// parseInfo understands an answer of /info; one that makes no sense is that of an
// agent that wants nothing special.
func parseInfo(body []byte) *agentInfo {
	var in struct {
		Endpoints     []string       `json:"endpoints"`
		ClientDropP0s bool           `json:"client_drop_p0s"`
		PeerTags      []string       `json:"peer_tags"`
		Kinds         []string       `json:"span_kinds_stats_computed"`
		Obfuscation   int            `json:"obfuscation_version"`
		FilterTags    stats.TagLists `json:"filter_tags"`
		FilterRegex   stats.TagLists `json:"filter_tags_regex"`
		Ignore        []string       `json:"ignore_resources"`
	}
	info := &agentInfo{filter: &stats.Filter{}}
	sum := sha256.Sum256(body)
	info.state = hex.EncodeToString(sum[:])
	if json.Unmarshal(body, &in) != nil {
		return info
	}
	info.stats = in.ClientDropP0s && slices.Contains(in.Endpoints, "/v0.6/stats")
	info.config = stats.Config{PeerTags: in.PeerTags, Kinds: in.Kinds, Obfuscate: in.Obfuscation == obfuscationVersion}
	if in.Kinds == nil {
		info.config.Kinds = []string{"server", "client", "producer", "consumer"}
	}
	info.filter = stats.NewFilter(in.FilterTags, in.FilterRegex, in.Ignore)
	return info
}
