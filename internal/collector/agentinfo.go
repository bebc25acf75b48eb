package collector

import (
	"context"
	"time"

	"hoofprint/internal/agentinfo"
	"hoofprint/internal/stats"
)

const (
	infoInterval = 5 * time.Minute
	// infoRetry is between two tries while the agent does not answer.
	infoRetry = 5 * time.Second
	// infoPause is between two tries however often the agent tells of another state.
	infoPause   = time.Second
	infoTimeout = 10 * time.Second // a slow agent is one all the same
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
	next  time.Time
	pause time.Time // not before, whatever the agent tells
}

// known is the agent's info as far as it is known; never nil.
func (a *Agent) known() *agentInfo {
	if info := a.info.Load(); info != nil {
		return info
	}
	return &agentInfo{filter: &stats.Filter{}}
}

// refresh reads /info when it is time to, or soon when the agent has told of
// another state since.
func (a *Agent) refresh(ctx context.Context, age *infoAge, now time.Time) {
	told := a.told.Load()
	if now.Before(age.pause) || now.Before(age.next) && (told == nil || *told == a.known().state) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, infoTimeout)
	defer cancel()
	info, err := agentinfo.Read(ctx, a)
	if err != nil {
		age.next = now.Add(infoRetry)
		age.pause = age.next
		return
	}
	a.told.Store(nil)
	a.info.Store(understand(info))
	age.next, age.pause = now.Add(infoInterval), now.Add(infoPause)
}

func understand(in *agentinfo.Info) *agentInfo {
	info := &agentInfo{
		state:  in.State,
		stats:  in.ClientDropP0s && in.Serves("/v0.6/stats"),
		config: stats.Config{PeerTags: in.PeerTags, Kinds: in.SpanKinds, Obfuscate: in.ObfuscationVersion == obfuscationVersion},
		filter: stats.NewFilter(in.FilterTags, in.FilterTagsRegex, in.IgnoreResources),
	}
	if in.SpanKinds == nil {
		info.config.Kinds = []string{"server", "client", "producer", "consumer"}
	}
	return info
}
