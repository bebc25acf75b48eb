package launcher

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hoofprint/internal/ring"
	"hoofprint/internal/settings"
)

// Where a value of a running process comes from, besides its environment.
const (
	originCode     = "code"
	originRemote   = "remote"
	originInferred = "inferred" // or set by code where no variable names a service
)

// maxDescribed is the length from which a ring's description cuts texts.
const maxDescribed = 100

const maxControlFile = 1 << 20

// environmentOf is what a running process was started with.
func environmentOf(pid int) (*environment, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such process")
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("ask as the user that runs it, or as root: %w", err)
	case err != nil:
		return nil, err
	}
	var variables []string
	for _, variable := range strings.Split(string(content), "\x00") {
		if variable != "" {
			variables = append(variables, variable)
		}
	}
	return newEnvironment(variables), nil
}

// remoteSettings are the settings that remote configuration changes.
var remoteSettings = []struct{ key, setting string }{
	{"tracing_enabled", "DD_TRACE_ENABLED"},
	{"log_injection_enabled", "DD_LOGS_INJECTION"},
	{"tracing_header_tags", "DD_TRACE_HEADER_TAGS"},
	{"tracing_tags", "DD_TAGS"},
	{"tracing_sampling_rate", "DD_TRACE_SAMPLING_RULES"},
	{"tracing_sampling_rules", "DD_TRACE_SAMPLING_RULES"},
}

// live puts in what a running process's ring tells: the names that its code set
// before its first span, and what it was asked by remote configuration.
func (info *Info) live(pid int) {
	rings, _ := filepath.Glob(filepath.Join(info.Collector.RunDirectory, fmt.Sprintf("%d-*.ring", pid))) // the pattern is right
	for _, path := range rings {
		if reader, err := ring.Open(path); err == nil {
			described := reader.Description()
			info.Agent.URL = described.AgentURL
			for name, text := range map[string]string{
				"DD_SERVICE": described.Service, "DD_ENV": described.Env, "DD_VERSION": described.Version,
			} {
				info.set(name, text, originCode)
			}
			reader.Close()
		}
	}
	controls, _ := filepath.Glob(filepath.Join(info.Collector.RunDirectory, fmt.Sprintf("%d-*.control", pid)))
	for _, path := range controls {
		content, err := os.ReadFile(path)
		var control struct {
			Remote map[string]json.RawMessage `json:"remote"`
		}
		if err != nil || len(content) > maxControlFile || json.Unmarshal(content, &control) != nil {
			continue
		}
		for _, s := range remoteSettings {
			if text := control.Remote[s.key]; text != nil && string(text) != "null" {
				info.set(s.setting, strings.Trim(string(text), `"`), originRemote)
			}
		}
	}
	for _, s := range info.Settings {
		if s.Name == "DD_TRACE_ENABLED" && s.Origin == originRemote {
			info.Enabled = s.Value == "true"
		}
	}
}

// set gives a setting another value; one that is the same stays where it came from.
func (info *Info) set(name, text, origin string) {
	s := info.find(name)
	if s == nil || s.Value == text {
		return
	}
	if origin == originCode {
		if text == "" || len(text) >= maxDescribed {
			return // not told, or cut
		}
		if name == "DD_SERVICE" && s.Origin == settings.OriginDefault {
			origin = originInferred
		}
	}
	s.Value, s.Source, s.Origin = text, origin, origin
}
