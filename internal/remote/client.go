package remote

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"hoofprint/internal/ring"
)

// States of a configuration, as the agent wants to know them.
const (
	applyAcknowledged = 2
	applyError        = 3
)

// What we can change from afar; the names of the bits are Datadog's.
const (
	capabilitySampleRate     = 12
	capabilityLogsInjection  = 13
	capabilityHeaderTags     = 14
	capabilityCustomTags     = 15
	capabilityTracingEnabled = 19
	capabilitySampleRules    = 29
	capabilityMultiConfig    = 45
)

// client is the remote configuration of one process.
type client struct {
	id      string
	process map[string]any
	version int64
	state   []byte
	files   map[string]*file
	failure string // of the last answer
}

type request struct {
	Client      requestClient `json:"client"`
	CachedFiles []cachedFile  `json:"cached_target_files"`
}

type requestClient struct {
	State         requestState   `json:"state"`
	ID            string         `json:"id"`
	Products      []string       `json:"products"`
	IsTracer      bool           `json:"is_tracer"`
	ClientTracer  map[string]any `json:"client_tracer"`
	IsAgent       bool           `json:"is_agent"`
	LastSeen      int            `json:"last_seen"`
	Capabilities  []int          `json:"capabilities"`
	IsUpdater     bool           `json:"is_updater"`
	ClientUpdater *struct{}      `json:"client_updater"`
}

type requestState struct {
	RootVersion    int64         `json:"root_version"`
	TargetsVersion int64         `json:"targets_version"`
	ConfigStates   []configState `json:"config_states"`
	HasError       bool          `json:"has_error"`
	Error          string        `json:"error"`
	BackendState   []int         `json:"backend_client_state"`
}

type configState struct {
	ID         string `json:"id"`
	Version    int64  `json:"version"`
	Product    string `json:"product"`
	ApplyState int    `json:"apply_state"`
	ApplyError string `json:"apply_error"`
}

type cachedFile struct {
	Path   string       `json:"path"`
	Length int64        `json:"length"`
	Hashes []cachedHash `json:"hashes"`
}

type cachedHash struct {
	Algorithm string `json:"algorithm"`
	Hash      string `json:"hash"`
}

func newClient(d *ring.Description, hostname string) *client {
	tags := []string{}
	for _, tag := range [][2]string{{"env", d.Env}, {"version", d.Version}, {"tracer_version", d.TracerVersion}, {"host_name", hostname}} {
		if tag[1] != "" {
			tags = append(tags, tag[0]+":"+tag[1])
		}
	}
	containerTags := []string{}
	return &client{
		id: uuid(),
		process: map[string]any{
			"runtime_id": d.RuntimeID, "language": "python", "tracer_version": d.TracerVersion,
			"service": d.Service, "extra_services": []string{}, "env": d.Env, "app_version": d.Version,
			"tags": tags, "process_tags": []string{}, "container_tags": containerTags,
		},
		files: map[string]*file{},
	}
}

// capabilities is the bit map as big-endian bytes.
func capabilities() []int {
	var bits uint64
	for _, n := range []int{
		capabilitySampleRate, capabilityLogsInjection, capabilityHeaderTags, capabilityCustomTags,
		capabilityTracingEnabled, capabilitySampleRules, capabilityMultiConfig,
	} {
		bits |= 1 << n
	}
	var out []int
	for ; bits > 0; bits >>= 8 {
		out = append([]int{int(bits & 0xff)}, out...)
	}
	return out
}

// request is the body of the next poll.
func (c *client) request() ([]byte, error) {
	r := request{
		Client: requestClient{
			State: requestState{
				RootVersion: 1, TargetsVersion: c.version, ConfigStates: []configState{},
				HasError: c.failure != "", Error: c.failure, BackendState: []int{},
			},
			ID: c.id, Products: []string{product}, IsTracer: true, ClientTracer: c.process, Capabilities: capabilities(),
		},
		CachedFiles: []cachedFile{},
	}
	for _, b := range c.state {
		r.Client.State.BackendState = append(r.Client.State.BackendState, int(b))
	}
	for _, f := range c.sorted() {
		state := configState{ID: f.id, Version: f.version, Product: product, ApplyState: applyAcknowledged, ApplyError: f.problem}
		if f.problem != "" {
			state.ApplyState = applyError
		}
		r.Client.State.ConfigStates = append(r.Client.State.ConfigStates, state)
		cached := cachedFile{Path: f.path, Length: f.length}
		for _, algorithm := range []string{"sha256", "sha512"} {
			if hash, ok := f.hashes[algorithm]; ok {
				cached.Hashes = append(cached.Hashes, cachedHash{algorithm, hash})
			}
		}
		r.CachedFiles = append(r.CachedFiles, cached)
	}
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode the request for remote configuration: %w", err)
	}
	return b, nil
}

func (c *client) sorted() []*file {
	out := make([]*file, 0, len(c.files))
	for _, f := range c.files {
		out = append(out, f)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].path < out[j].path })
	return out
}

// answer takes an answer of the agent. An answer that is not valid changes
// nothing but what the next request says of it.
func (c *client) answer(body []byte) error {
	u, err := parse(body, c.files)
	if err != nil {
		c.failure = strings.ToValidUTF8(err.Error(), "?")
		return err
	}
	c.failure = ""
	if u.nothing {
		return nil
	}
	c.files = u.files
	if u.version >= 0 {
		c.version, c.state = u.version, u.state
	}
	return nil
}

// clear forgets everything: the agent has no remote configuration any more.
func (c *client) clear() { c.files, c.version, c.state, c.failure = map[string]*file{}, 0, nil, "" }

func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
