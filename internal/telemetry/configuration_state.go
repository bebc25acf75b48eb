package telemetry

import (
	"sort"
	"strings"
)

// configurationState is what a process runs with, and which of it the agent was
// not told yet.
type configurationState struct {
	seq     uint64
	entries []configuration // in the order they were told
	untold  int             // from here on
}

func (c *configurationState) add(name string, value *string, origin string) {
	if name == "" || len(c.entries) >= maxConfiguration {
		return
	}
	if value != nil {
		text := strings.ToValidUTF8(harmless(*value), "\uFFFD")
		value = &text
	}
	c.seq++
	c.entries = append(c.entries, configuration{Name: name, Value: value, Origin: origin, SeqID: c.seq})
}

// take gives what was not told yet.
func (c *configurationState) take() []configuration {
	out := c.entries[c.untold:]
	c.untold = len(c.entries)
	return out
}

// untake: they were not told after all. Nothing was added in between.
func (c *configurationState) untake(taken []configuration) { c.untold -= len(taken) }

// all gives everything that was told.
func (c *configurationState) all() []configuration {
	return append([]configuration{}, c.entries...)
}

// local is the last entry of a name that is not from the remote configuration.
func (c *configurationState) local(name string) (configuration, bool) {
	for i := len(c.entries) - 1; i >= 0; i-- {
		if e := c.entries[i]; e.Name == name && e.Origin != "remote_config" {
			return e, true
		}
	}
	return configuration{}, false
}

// tell adds what the process says of a setting. What remote configuration no
// longer sets is again as it was, with the origin that it had.
func (c *configurationState) tell(name string, value *string, origin string) {
	if origin == "code" && c.last(name) == "remote_config" {
		if e, ok := c.local(name); ok && equal(e.Value, value) {
			origin = e.Origin
		}
	}
	c.add(name, value, origin)
}

// last is the origin of the last entry of a name.
func (c *configurationState) last(name string) string {
	for i := len(c.entries) - 1; i >= 0; i-- {
		if c.entries[i].Name == name {
			return c.entries[i].Origin
		}
	}
	return ""
}

func equal(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func sortIntegrations(list []integrated) {
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
}
