package launcher

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"hoofprint/internal/collector"
	"hoofprint/internal/settings"
)

// Info is what `ddtrace-run --info` tells; the names are those of its JSON.
type Info struct {
	Version   string        `json:"version"`
	Hoofprint string        `json:"hoofprint"`
	Enabled   bool          `json:"enabled"`
	Agent     AgentInfo     `json:"agent"`
	Collector CollectorInfo `json:"collector"`
	Settings  []SettingInfo `json:"settings"`
	Unknown   []UnknownInfo `json:"unknown"`
	Problems  []string      `json:"problems"`
	Later     []SettingInfo `json:"without_effect"` // set, known to ddtrace, not acted on
}

// AgentInfo tells where traces go.
type AgentInfo struct {
	URL     string `json:"url"`
	Error   string `json:"error,omitempty"` // "" if it answered
	Reached bool   `json:"reached"`
}

// CollectorInfo tells whether anything drains the rings.
type CollectorInfo struct {
	RunDirectory string `json:"run_dir"`
	Running      bool   `json:"running"`
}

// SettingInfo is one setting's value.
type SettingInfo struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"` // the variable, or "default"
}

// UnknownInfo is a variable that looks like a setting and is none.
type UnknownInfo struct {
	Name       string `json:"name"`
	DidYouMean string `json:"did_you_mean,omitempty"`
}

func (l *Launcher) info(env *environment, o options) int {
	info := collectInfo(env)
	info.Hoofprint = l.Version
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
	info := Info{Version: APILevel, Settings: []SettingInfo{}, Unknown: []UnknownInfo{}, Problems: []string{}, Later: []SettingInfo{}}
	known := map[string]bool{}
	for _, s := range settings.All() {
		known[s.Name] = true
		for _, alias := range s.Aliases {
			known[alias] = true
		}
		if s.Serve {
			continue
		}
		value := s.Resolve(env.lookup)
		line := SettingInfo{Name: s.Name, Value: value.Text, Source: value.Source}
		if s.Sensitive && value.Set {
			line.Value = "<hidden>"
		}
		if value.Problem != "" {
			info.Problems = append(info.Problems, value.Problem+", the default is used")
		}
		if s.Implemented {
			info.Settings = append(info.Settings, line)
		} else if value.Set {
			info.Later = append(info.Later, line)
		}
		if s.Name == "DD_TRACE_ENABLED" {
			info.Enabled = settings.Bool(value.Text)
		}
	}
	info.Unknown = append(info.Unknown, unknown(env.list(), known)...)
	info.Agent.URL = agentURL(env.lookup)
	info.Agent.Error = agentProblem(info.Agent.URL)
	info.Agent.Reached = info.Agent.Error == ""
	info.Collector.RunDirectory = collector.DefaultRunDir()
	info.Collector.Running = collector.Serving(context.Background(), info.Collector.RunDirectory)
	return info
}

// unknown lists the variables that have a setting's prefix and are in no table.
func unknown(variables []string, known map[string]bool) []UnknownInfo {
	var list []UnknownInfo
	for _, variable := range variables {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "DD_") && !strings.HasPrefix(name, "HOOFPRINT_") || known[name] {
			continue
		}
		list = append(list, UnknownInfo{Name: name, DidYouMean: settings.Suggest(name)})
	}
	slices.SortFunc(list, func(a, b UnknownInfo) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func printInfo(w io.Writer, info Info) {
	fmt.Fprintf(w, "Hoofprint %s, API of ddtrace %s\n\n", info.Hoofprint, info.Version)
	fmt.Fprintf(w, "tracing    %s\n", map[bool]string{true: "on", false: "off (DD_TRACE_ENABLED)"}[info.Enabled])
	state := "answers"
	if !info.Agent.Reached {
		state = info.Agent.Error
	}
	fmt.Fprintf(w, "agent      %s: %s\n", info.Agent.URL, state)
	state = "runs"
	if !info.Collector.Running {
		state = "not running; ddtrace-run starts it"
	}
	fmt.Fprintf(w, "collector  %s: %s\n", info.Collector.RunDirectory, state)
	section := func(title string, lines []SettingInfo) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintf(w, "\n%s\n", title)
		width := 0
		for _, line := range lines {
			width = max(width, len(line.Name))
		}
		for _, line := range lines {
			source := ""
			if line.Source != "default" && line.Source != line.Name {
				source = "   (from " + line.Source + ")"
			}
			fmt.Fprintf(w, "  %-*s  %s%s\n", width, line.Name, shown(line.Value), source)
		}
	}
	set := slices.DeleteFunc(slices.Clone(info.Settings), func(s SettingInfo) bool { return s.Source == "default" })
	defaults := slices.DeleteFunc(slices.Clone(info.Settings), func(s SettingInfo) bool { return s.Source != "default" })
	section("set in the environment", set)
	section("set, without effect yet", info.Later)
	section("defaults", defaults)
	if len(info.Problems)+len(info.Unknown) > 0 {
		fmt.Fprint(w, "\nto look at\n")
	}
	for _, problem := range info.Problems {
		fmt.Fprintf(w, "  %s\n", problem)
	}
	for _, unknown := range info.Unknown {
		if unknown.DidYouMean != "" {
			fmt.Fprintf(w, "  %s is not a setting of the tracer: did you mean %s?\n", unknown.Name, unknown.DidYouMean)
		} else {
			fmt.Fprintf(w, "  %s is not a setting of the tracer\n", unknown.Name)
		}
	}
}

func shown(value string) string {
	if value == "" {
		return "-"
	}
	return value
}
