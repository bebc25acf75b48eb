package remote

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Bounds on what an agent may send; an answer beyond them is refused whole.
const (
	maxBody    = 16 << 20
	maxTargets = 10_000
	maxFiles   = 1000
	maxFile    = 1 << 20
)

// product is the one that concerns tracing.
const product = "APM_TRACING"

// targetPath: datadog/<org>/<product>/<config id>/<name>, or employee/<product>/...
var targetPath = regexp.MustCompile(`^(?:datadog/[0-9]+|employee)/([^/]+)/([^/]+)/([^/]+)$`)

type response struct {
	Targets       []byte       `json:"targets"`
	TargetFiles   []targetFile `json:"target_files"`
	ClientConfigs []string     `json:"client_configs"`
	ConfigStatus  int          `json:"config_status"` // 1: what the agent has is too old
}

type targetFile struct {
	Path string `json:"path"`
	Raw  []byte `json:"raw"`
}

type targets struct {
	Signed struct {
		Version int64 `json:"version"`
		Custom  struct {
			OpaqueBackendState string `json:"opaque_backend_state"`
		} `json:"custom"`
		Targets map[string]target `json:"targets"`
	} `json:"signed"`
}

type target struct {
	Length int64             `json:"length"`
	Hashes map[string]string `json:"hashes"`
	Custom struct {
		Version *int64 `json:"v"`
	} `json:"custom"`
}

// file is one configuration that an agent asks us to apply.
type file struct {
	path    string
	id      string
	version int64
	length  int64
	hashes  map[string]string
	raw     []byte
	// problem says why it is not applied, "" if it is.
	problem string
	config  config
}

// update is what an answer changes.
type update struct {
	nothing bool // no change
	version int64
	state   []byte
	files   map[string]*file
}

// parse checks an answer against the files that are known already.
func parse(body []byte, known map[string]*file) (update, error) {
	if len(strings.TrimSpace(string(body))) <= 3 {
		return update{nothing: true}, nil
	}
	var r response
	if err := json.Unmarshal(body, &r); err != nil {
		return update{}, fmt.Errorf("read the agent's answer of %d bytes: %w", len(body), err)
	}
	if r.ConfigStatus == 1 { // expired: nothing of it counts
		return update{files: map[string]*file{}, version: -1}, nil
	}
	if len(r.Targets) == 0 {
		if len(r.ClientConfigs) > 0 || len(r.TargetFiles) > 0 {
			return update{}, errors.New("the answer names configurations and no targets")
		}
		return update{nothing: true}, nil
	}
	if len(r.TargetFiles) > maxTargets || len(r.ClientConfigs) > maxTargets {
		return update{}, fmt.Errorf("the answer has %d files and %d configurations, more than %d", len(r.TargetFiles), len(r.ClientConfigs), maxTargets)
	}
	var t targets
	if err := json.Unmarshal(r.Targets, &t); err != nil {
		return update{}, fmt.Errorf("read the targets: %w", err)
	}
	if len(t.Signed.Targets) > maxTargets {
		return update{}, fmt.Errorf("%d targets are more than %d", len(t.Signed.Targets), maxTargets)
	}
	raws := make(map[string][]byte, len(r.TargetFiles))
	for _, f := range r.TargetFiles {
		raws[f.Path] = f.Raw
	}
	u := update{version: t.Signed.Version, state: []byte(t.Signed.Custom.OpaqueBackendState), files: map[string]*file{}}
	for _, path := range r.ClientConfigs {
		t, listed := t.Signed.Targets[path]
		if !listed {
			return update{}, fmt.Errorf("configuration %q is not among the targets", path)
		}
		m := targetPath.FindStringSubmatch(path)
		if m == nil || m[1] != product {
			continue // another product's, and we have asked for none
		}
		if len(u.files) == maxFiles {
			return update{}, fmt.Errorf("more than %d configurations", maxFiles)
		}
		f, err := take(path, m[2], t, raws, known[path])
		if err != nil {
			return update{}, err
		}
		u.files[path] = f
	}
	return u, nil
}

// take gives the file of one target, from the answer or as it is known.
func take(path, id string, t target, raws map[string][]byte, known *file) (*file, error) {
	if t.Custom.Version == nil {
		return nil, fmt.Errorf("configuration %q has no version", path)
	}
	f := &file{path: path, id: id, version: *t.Custom.Version, length: t.Length, hashes: t.Hashes}
	raw, sent := raws[path]
	if !sent {
		if known == nil || !same(known.hashes, t.Hashes) {
			return nil, fmt.Errorf("configuration %q was not sent", path)
		}
		raw = known.raw
	}
	if len(raw) > maxFile || int64(len(raw)) != t.Length {
		return nil, fmt.Errorf("configuration %q has %d bytes, and not %d", path, len(raw), t.Length)
	}
	if err := check(raw, t.Hashes); err != nil {
		return nil, fmt.Errorf("configuration %q: %w", path, err)
	}
	f.raw = raw
	config, err := parseConfig(raw)
	if err != nil {
		f.problem = err.Error() // of this file alone
	}
	f.config = config
	return f, nil
}

func check(raw []byte, hashes map[string]string) error {
	checked := false
	for algorithm, want := range hashes {
		var got string
		switch algorithm {
		case "sha256":
			sum := sha256.Sum256(raw)
			got = hex.EncodeToString(sum[:])
		case "sha512":
			sum := sha512.Sum512(raw)
			got = hex.EncodeToString(sum[:])
		default:
			continue
		}
		if !strings.EqualFold(got, want) {
			return fmt.Errorf("its %s is %s, and not %.64s", algorithm, got, want)
		}
		checked = true
	}
	if !checked {
		return errors.New("it has no hash that is known")
	}
	return nil
}

func same(a, b map[string]string) bool {
	for algorithm, hash := range a {
		if other, ok := b[algorithm]; ok {
			return strings.EqualFold(hash, other)
		}
	}
	return false
}
