package launcher

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"hoofprint/internal/collector"
	"hoofprint/internal/settings"
)

// Info is what `ddtrace-run --info` tells; the names are those of its JSON, which
// docs/configuration.md describes.
type Info struct {
	Version      string            `json:"version"`
	Hoofprint    string            `json:"hoofprint"`
	PID          int               `json:"pid,omitempty"`
	Enabled      bool              `json:"enabled"`
	Agent        AgentInfo         `json:"agent"`
	Collector    CollectorInfo     `json:"collector"`
	Integrations []IntegrationInfo `json:"integrations"`
	Settings     []SettingInfo     `json:"settings"`
	Later        []SettingInfo     `json:"without_effect"` // set, known to ddtrace, not acted on
	Unknown      []UnknownInfo     `json:"unknown"`
	Problems     []string          `json:"problems"`
}

// AgentInfo tells where traces go.
type AgentInfo struct {
	URL     string   `json:"url"`
	Reached bool     `json:"reached"`
	Version string   `json:"version,omitempty"`
	Lacks   []string `json:"lacks"`           // what we would use and it does not serve
	Error   string   `json:"error,omitempty"` // "" if it answered
}

// CollectorInfo tells whether anything drains the rings, and what waits on disk.
type CollectorInfo struct {
	RunDirectory string `json:"run_dir"`
	Running      bool   `json:"running"`
	SpoolDir     string `json:"spool_dir"`
	SpoolFiles   int    `json:"spool_files"`
	SpoolBytes   int64  `json:"spool_bytes"`
}

// IntegrationInfo tells whether a library would be traced.
type IntegrationInfo struct {
	Name   string `json:"name"`
	On     bool   `json:"on"`
	Source string `json:"source"`
}

// SettingInfo is one setting's value.
type SettingInfo struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"` // the variable, "default", "inferred", "code" or "remote"
	Origin string `json:"origin"` // default, environment, alias, opentelemetry, inferred, code, remote
	Group  string `json:"group"`
}

// UnknownInfo is a variable that looks like a setting and is none.
type UnknownInfo struct {
	Name       string `json:"name"`
	DidYouMean string `json:"did_you_mean,omitempty"`
	Removed    string `json:"removed,omitempty"` // what takes its place since version 4
}

func (l *Launcher) info(env *environment, o options) int {
	if o.pid != 0 {
		var err error
		if env, err = environmentOf(o.pid); err != nil {
			fmt.Fprintf(l.Stderr, "ddtrace-run: read the environment of process %d: %v\n", o.pid, err)
			return exitUsage
		}
	}
	info := collectInfo(env)
	info.Hoofprint = l.Version
	if o.pid != 0 {
		info.PID = o.pid
		info.live(o.pid)
	}
	if o.json {
		encoder := json.NewEncoder(l.Stdout)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(info); err != nil {
			fmt.Fprintf(l.Stderr, "ddtrace-run: write the information: %v\n", err)
			return exitUsage
		}
		return 0
	}
	printInfo(l.Stdout, info)
	return 0
}

func collectInfo(env *environment) Info {
	info := Info{
		Version: APILevel, Settings: []SettingInfo{}, Unknown: []UnknownInfo{}, Problems: []string{},
		Later: []SettingInfo{}, Integrations: []IntegrationInfo{},
	}
	known := map[string]bool{}
	said := map[string]bool{} // one variable may stand for several settings
	for _, s := range settings.All() {
		known[s.Name] = true
		for _, alias := range s.Aliases {
			known[alias] = true
		}
		if s.Serve {
			continue
		}
		value := s.Resolve(env.lookup)
		line := SettingInfo{Name: s.Name, Value: withoutPassword(value.Text), Source: value.Source, Origin: value.Origin, Group: s.Group()}
		if s.Sensitive && value.Text != "" {
			line.Value = settings.Hidden
		}
		instead, gone := settings.Removed(s.Name)
		switch {
		case gone && value.Set:
			info.Unknown = append(info.Unknown, UnknownInfo{Name: s.Name, Removed: instead})
		case s.Implemented:
			info.Settings = append(info.Settings, line)
		case value.Origin == settings.OriginEnvironment || value.Origin == settings.OriginAlias || value.Problem != "":
			info.Later = append(info.Later, line)
		}
		if value.Problem != "" && s.Implemented && !said[value.Problem] {
			said[value.Problem] = true
			info.Problems = append(info.Problems, withoutPassword(value.Problem))
		}
		if s.Name == "DD_TRACE_ENABLED" {
			info.Enabled = settings.Bool(value.Text)
		}
	}
	info.takeFromTags()
	info.Unknown = append(info.Unknown, unknown(env.list(), known)...)
	info.addIntegrations(env, known)
	info.Agent = askAgent(AgentURL(env.lookup))
	info.Collector = lookAtCollector()
	return info
}

// takeFromTags gives service, env and version what the global tags have of them.
func (info *Info) takeFromTags() {
	tags := info.find("DD_TAGS")
	if tags == nil {
		return
	}
	for _, pair := range settings.Pairs(tags.Value) {
		name := map[string]string{"service": "DD_SERVICE", "env": "DD_ENV", "version": "DD_VERSION"}[pair.Key]
		if s := info.find(name); s != nil && s.Origin == settings.OriginDefault {
			s.Value, s.Source, s.Origin = pair.Value, tags.Source, tags.Origin
		}
	}
}

func (info *Info) find(name string) *SettingInfo {
	for i := range info.Settings {
		if info.Settings[i].Name == name {
			return &info.Settings[i]
		}
	}
	return nil
}

func (info *Info) addIntegrations(env *environment, known map[string]bool) {
	list, strangers, problems := settings.Integrations(env.lookup)
	info.Problems = append(info.Problems, problems...)
	for _, i := range list {
		info.Integrations = append(info.Integrations, IntegrationInfo{Name: i.Name, On: i.On && info.Enabled, Source: i.Source})
	}
	for _, name := range strangers {
		problem := fmt.Sprintf("DD_PATCH_MODULES names %q, which is no integration", name)
		if known["DD_TRACE_"+strings.ToUpper(name)+"_ENABLED"] {
			problem = fmt.Sprintf("DD_PATCH_MODULES names %s, which is not traced yet", name)
		} else if close := closest(name, list); close != "" {
			problem += ": did you mean " + close + "?"
		}
		info.Problems = append(info.Problems, problem)
	}
}

func closest(name string, list []settings.Integration) string {
	suggested := settings.Suggest("DD_TRACE_" + strings.ToUpper(name) + "_ENABLED")
	for _, i := range list {
		if suggested == "DD_TRACE_"+strings.ToUpper(i.Name)+"_ENABLED" {
			return i.Name
		}
	}
	return ""
}

func lookAtCollector() CollectorInfo {
	found := CollectorInfo{RunDirectory: collector.DefaultRunDir(), SpoolDir: collector.DefaultSpoolDir()}
	found.Running = collector.Serving(context.Background(), found.RunDirectory)
	// What cannot be read is not there for us: a spool that was never made is no failure.
	_ = filepath.WalkDir(found.SpoolDir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".seg" {
			return nil
		}
		if details, err := entry.Info(); err == nil {
			found.SpoolFiles++
			found.SpoolBytes += details.Size()
		}
		return nil
	})
	return found
}

// unknown lists the variables that have a setting's prefix and are in no table.
func unknown(variables []string, known map[string]bool) []UnknownInfo {
	var list []UnknownInfo
	for _, variable := range variables {
		name, _, _ := strings.Cut(variable, "=")
		instead, gone := settings.Removed(name)
		ours := strings.HasPrefix(name, "DD_") || strings.HasPrefix(name, "HOOFPRINT_")
		if !gone && !ours || known[name] || name == "HOOFPRINT_COMMAND" { // by which the command names itself
			continue
		}
		one := UnknownInfo{Name: name, Removed: instead}
		if !gone {
			one.DidYouMean = settings.Suggest(name)
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b UnknownInfo) int { return strings.Compare(a.Name, b.Name) })
	return list
}

var password = regexp.MustCompile(`(://[^/@:\s]*:)[^/@\s]*@`)

// withoutPassword hides the password of an address in a text.
func withoutPassword(text string) string {
	return password.ReplaceAllString(text, "${1}"+settings.Hidden+"@")
}
