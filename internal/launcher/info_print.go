package launcher

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"hoofprint/internal/settings"
)

func printInfo(w io.Writer, info Info) {
	fmt.Fprintf(w, "Hoofprint %s, API of ddtrace %s", info.Hoofprint, info.Version)
	if info.PID != 0 {
		fmt.Fprintf(w, ", process %d", info.PID)
	}
	fmt.Fprint(w, "\n\n")
	fmt.Fprintf(w, "tracing       %s\n", tracingState(info))
	fmt.Fprintf(w, "agent         %s: %s\n", withoutPassword(info.Agent.URL), agentState(info.Agent))
	fmt.Fprintf(w, "collector     %s: %s\n", info.Collector.RunDirectory, collectorState(info.Collector))
	fmt.Fprintf(w, "spool         %s: %s\n", info.Collector.SpoolDir, spoolState(info.Collector))
	on, off := integrationNames(info.Integrations)
	fmt.Fprintf(w, "integrations  on: %s\n", orDash(strings.Join(on, ", ")))
	if len(off) > 0 {
		fmt.Fprintf(w, "              off: %s\n", strings.Join(off, ", "))
	}
	printComplaints(w, info)
	var set, defaults []SettingInfo
	for _, s := range info.Settings {
		if s.Origin == settings.OriginDefault {
			defaults = append(defaults, s)
		} else {
			set = append(set, s)
		}
	}
	printSettings(w, "set", set)
	printSettings(w, "set, without effect yet", info.Later)
	for _, group := range settings.Groups {
		printSettings(w, "default: "+group, slices.DeleteFunc(slices.Clone(defaults), func(s SettingInfo) bool { return s.Group != group }))
	}
}

func tracingState(info Info) string {
	if info.Enabled {
		return "on"
	}
	for _, s := range info.Settings {
		if s.Name == "DD_TRACE_ENABLED" && s.Source != settings.OriginDefault {
			return "off (" + s.Source + ")"
		}
	}
	return "off"
}

func agentState(agent AgentInfo) string {
	if !agent.Reached {
		return agent.Error
	}
	state := "answers"
	if agent.Version != "" {
		state += ", version " + agent.Version
	}
	if len(agent.Lacks) > 0 {
		state += "; it lacks " + strings.Join(agent.Lacks, ", ")
	}
	return state
}

func collectorState(c CollectorInfo) string {
	if c.Running {
		return "runs"
	}
	return "not running; ddtrace-run starts it"
}

func spoolState(c CollectorInfo) string {
	if c.SpoolFiles == 0 {
		return "empty"
	}
	return fmt.Sprintf("%d files with %d bytes wait for their agent", c.SpoolFiles, c.SpoolBytes)
}

func integrationNames(list []IntegrationInfo) (on, off []string) {
	for _, i := range list {
		name := i.Name
		if i.Source != settings.OriginDefault {
			name += " (" + i.Source + ")"
		}
		if i.On {
			on = append(on, name)
		} else {
			off = append(off, name)
		}
	}
	return on, off
}

func printComplaints(w io.Writer, info Info) {
	if len(info.Problems)+len(info.Unknown) == 0 {
		return
	}
	fmt.Fprint(w, "\nto look at\n")
	for _, problem := range info.Problems {
		fmt.Fprintf(w, "  %s\n", problem)
	}
	for _, unknown := range info.Unknown {
		switch {
		case unknown.Removed != "":
			fmt.Fprintf(w, "  %s is not read by version 4: %s\n", unknown.Name, unknown.Removed)
		case unknown.DidYouMean != "":
			fmt.Fprintf(w, "  %s is not a setting of the tracer: did you mean %s?\n", unknown.Name, unknown.DidYouMean)
		default:
			fmt.Fprintf(w, "  %s is not a setting of the tracer\n", unknown.Name)
		}
	}
}

func printSettings(w io.Writer, title string, lines []SettingInfo) {
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
		if line.Source != settings.OriginDefault && line.Source != line.Name {
			source = "   (from " + line.Source + ")"
		}
		fmt.Fprintf(w, "  %-*s  %s%s\n", width, line.Name, orDash(line.Value), source)
	}
}

func orDash(value string) string {
	if value == "" {
		return "-"
	}
	return value
}
