package identity

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"hoofprint/internal/span"
)

// file is the JSON document in the data directory.
type file struct {
	// Seen says that a span was ever stored.
	Seen     bool       `json:"seen"`
	Services []*service `json:"services"`
}

type service struct {
	Name string `json:"name"`
	Identity
	Envs map[string]*environment `json:"envs"`
}

type environment struct {
	Last     int64      `json:"last"` // Unix ns of the newest entry span
	Versions []*version `json:"versions,omitempty"`
}

type version struct {
	Name  string `json:"name"`
	First int64  `json:"first"`
	Last  int64  `json:"last"`
}

// Registry keeps the services. It is safe for concurrent use.
type Registry struct {
	path string
	log  *slog.Logger

	mu       sync.RWMutex
	seen     bool
	services map[string]*service
	used     map[Identity]int
	timer    *time.Timer // a save that is due, nil for none
	soon     bool        // it is due within saveDelay
	saved    time.Time
	closed   bool

	writing sync.Mutex // one write of the file at a time
}

// Open reads the registry from a file, which need not exist.
func Open(path string, log *slog.Logger) (*Registry, error) {
	r := &Registry{path: path, log: log, services: map[string]*service{}, used: map[Identity]int{}}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the service registry: %w", err)
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("read the service registry %s: %w; move it away to begin a new one (services may change colour)", path, err)
	}
	r.seen = f.Seen
	if info, err := os.Stat(path); err == nil {
		r.saved = info.ModTime()
	}
	for _, s := range f.Services {
		if s == nil || r.services[s.Name] != nil {
			continue
		}
		if s.Envs == nil {
			s.Envs = map[string]*environment{}
		}
		r.services[s.Name] = s
		r.used[s.Identity]++
	}
	return r, nil
}

// Seen tells whether a span was ever stored.
func (r *Registry) Seen() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.seen
}

// Of returns the identity of a service; false for a name that never had an
// entry span.
func (r *Registry) Of(name string) (Identity, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s := r.services[name]
	if s == nil {
		return Identity{}, false
	}
	return s.Identity, true
}

// LastSeen is the start (Unix ns) of the newest entry span of a service, in one
// environment or with "" in all; 0 when there was none.
func (r *Registry) LastSeen(name, env string) int64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var last int64
	if s := r.services[name]; s != nil {
		for e, at := range s.Envs {
			if env == "" || e == env {
				last = max(last, at.Last)
			}
		}
	}
	return last
}

// Version is the version of a service that began last, and when (Unix ns).
func (r *Registry) Version(name, env string) (version string, since int64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if s := r.services[name]; s != nil {
		for e, at := range s.Envs {
			if env != "" && e != env {
				continue
			}
			for _, v := range at.Versions {
				if v.First > since {
					version, since = v.Name, v.First
				}
			}
		}
	}
	return version, since
}

// Deployments lists the versions that began in [from, to), Unix ns, ascending;
// env and service narrow it when not empty.
func (r *Registry) Deployments(from, to int64, env, service string) []Deployment {
	r.mu.RLock()
	defer r.mu.RUnlock()
	out := []Deployment{}
	for _, s := range r.services {
		if service != "" && s.Name != service {
			continue
		}
		for e, at := range s.Envs {
			if env != "" && e != env {
				continue
			}
			for _, v := range at.Versions {
				if from <= v.First && v.First < to {
					out = append(out, Deployment{v.First, s.Name, e, v.Name})
				}
			}
		}
	}
	sortDeployments(out)
	return out
}

// Observe learns from spans that were stored.
func (r *Registry) Observe(spans []span.Span) {
	if len(spans) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := !r.seen
	r.seen = true
	for i := range spans {
		if s := &spans[i]; IsEntry(s) {
			changed = r.observe(s) || changed
		}
	}
	switch {
	case r.closed, r.soon, r.timer != nil && !changed:
		return
	case r.timer != nil:
		r.timer.Stop() // if it runs already, this saves once more
	}
	delay := saveDelay
	if !changed {
		delay = max(saveDelay, freshness-time.Since(r.saved))
	}
	r.soon = changed
	r.timer = time.AfterFunc(delay, r.saveSoon)
}

// observe reports whether something new was learnt, times aside.
func (r *Registry) observe(s *span.Span) (changed bool) {
	// The clock of a client may be ahead; "last seen in 2100" helps nobody.
	start := min(s.Start, time.Now().UnixNano())
	known := r.services[s.Service]
	if known == nil {
		if len(r.services) >= maxServices {
			return false
		}
		known = &service{Name: s.Service, Identity: next(s.Service, r.used), Envs: map[string]*environment{}}
		r.services[s.Service] = known
		r.used[known.Identity]++
		changed = true
	}
	env, _ := s.Tag(span.KeyEnv)
	at := known.Envs[env]
	if at == nil {
		if len(known.Envs) >= maxEnvs {
			return changed
		}
		at = &environment{}
		known.Envs[env] = at
		changed = true
	}
	at.Last = max(at.Last, start)
	name, _ := s.Tag(span.KeyVersion)
	if name == "" {
		return changed
	}
	for _, v := range at.Versions {
		if v.Name == name {
			v.First, v.Last = min(v.First, start), max(v.Last, start)
			return changed
		}
	}
	if len(at.Versions) >= maxVersions {
		slices.SortFunc(at.Versions, func(a, b *version) int { return cmp.Compare(b.Last, a.Last) })
		at.Versions = at.Versions[:maxVersions-1]
	}
	at.Versions = append(at.Versions, &version{name, start, start})
	return true
}

func (r *Registry) saveSoon() {
	if err := r.Save(); err != nil {
		r.log.Warn("services keep their colours only until the next start", "error", err)
	}
}

// Save writes the file.
func (r *Registry) Save() error {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.mu.Lock()
	r.timer, r.soon = nil, false
	r.saved = time.Now()
	f := file{Seen: r.seen}
	for _, s := range r.services {
		f.Services = append(f.Services, s)
	}
	slices.SortFunc(f.Services, func(a, b *service) int { return cmp.Compare(a.Name, b.Name) })
	data, err := json.MarshalIndent(f, "", " ")
	r.mu.Unlock()
	if err != nil {
		return fmt.Errorf("write the service registry: %w", err)
	}
	if err := replaceFile(r.path, data); err != nil {
		return fmt.Errorf("write the service registry: %w", err)
	}
	return nil
}

// replaceFile swaps the content in one step, so that a crash leaves the old or
// the new document.
func replaceFile(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".services-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	if _, err := temp.Write(data); err != nil {
		temp.Close()
		return err
	}
	if err := temp.Sync(); err != nil {
		temp.Close()
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

// Close saves what was learnt since.
func (r *Registry) Close() error {
	r.mu.Lock()
	if r.timer != nil {
		r.timer.Stop()
	}
	r.closed = true
	r.mu.Unlock()
	return r.Save()
}
