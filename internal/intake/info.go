package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"

	"hoofprint/internal/uses"
)

// info is the self-description of the agent, fixed at the start: clients compare
// the hash of its bytes with the state that other answers carry.
type info struct {
	body  []byte
	state string // lower-hex sha256 of body
}

// infoBody lists only what is served. Clients take over statistics, and then keep
// traces to themselves, once client_drop_p0s is true and /v0.6/stats is listed.
type infoBody struct {
	Version          string     `json:"version"`
	Commit           string     `json:"git_commit"`
	Endpoints        []string   `json:"endpoints"`
	FeatureFlags     []string   `json:"feature_flags"`
	ClientDropP0s    bool       `json:"client_drop_p0s"`
	SpanMetaStructs  bool       `json:"span_meta_structs"`
	LongRunningSpans bool       `json:"long_running_spans"`
	SpanEvents       bool       `json:"span_events"`
	ProxyHeaders     []string   `json:"evp_proxy_allowed_headers"`
	Config           infoConfig `json:"config"`
}

type infoConfig struct {
	ReceiverPort    int    `json:"receiver_port"`
	ReceiverSocket  string `json:"receiver_socket"`
	ReceiverTimeout int    `json:"receiver_timeout"` // s
	MaxRequestBytes int    `json:"max_request_bytes"`
}

func newInfo(c Config, port int) (info, error) {
	b := infoBody{
		Version: c.Version, Commit: c.Commit, FeatureFlags: []string{}, ProxyHeaders: []string{},
		SpanMetaStructs: true, SpanEvents: true,
		Config: infoConfig{ReceiverPort: port, ReceiverSocket: c.Socket,
			ReceiverTimeout: int(c.ReadTimeout.Seconds()), MaxRequestBytes: maxBody},
	}
	for _, f := range formats() {
		b.Endpoints = append(b.Endpoints, f.path)
	}
	b.Endpoints = append(b.Endpoints, servicePaths()...)
	if c.Uses != nil {
		b.Endpoints = append(b.Endpoints, uses.Endpoint)
	}
	body, err := json.MarshalIndent(b, "", "\t")
	if err != nil {
		return info{}, fmt.Errorf("describe the agent: %w", err)
	}
	sum := sha256.Sum256(body)
	return info{body: body, state: hex.EncodeToString(sum[:])}, nil
}

func (i *Intake) serveInfo(w http.ResponseWriter, _ *http.Request) {
	i.counters.asked.Add(1)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(i.info.body) // the client is gone if this fails
}
