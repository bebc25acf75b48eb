package telemetry

import (
	"encoding/json"
	"fmt"
)

// Bounds on what one process may tell; more is ignored.
const (
	maxConfiguration = 2000
	maxModules       = 20_000
	maxPath          = 1000
	maxIntegrations  = 1000
	maxAncestors     = 64
	maxText          = 25_000
)

// note is what a process tells of itself; see ring/FORMAT.md, kind 3.
type note struct {
	Integrations  []integration `json:"integrations"`
	Modules       []string      `json:"modules"`
	Path          []string      `json:"path"`
	Configuration []setting     `json:"configuration"`
	Counts        []count       `json:"counts"`
	ProcessTags   string        `json:"process_tags"`
	// Ancestors are the runtime ids of the processes that this one was forked
	// from, the oldest first.
	Ancestors []string `json:"ancestors"`
}

type integration struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Module  string `json:"module"` // whose distribution tells the version
	Enabled bool   `json:"enabled"`
	Error   string `json:"error"`
}

// setting is one that a process tells: a variable of its environment, or what
// code or the remote configuration has set.
type setting struct {
	Name   string          `json:"name"`
	Value  json.RawMessage `json:"value"`
	Origin string          `json:"origin"`
}

type count struct {
	Name  string   `json:"name"`
	Tags  []string `json:"tags"`
	Value float64  `json:"value"`
}

func parseNote(b []byte) (note, error) {
	var n note
	if err := json.Unmarshal(b, &n); err != nil {
		return note{}, fmt.Errorf("read a note of %d bytes: %w", len(b), err)
	}
	return n, nil
}

// text of a value: strings as they are, anything else as its JSON; nil for null.
func (s setting) text() *string {
	var value any
	if len(s.Value) == 0 || json.Unmarshal(s.Value, &value) != nil || value == nil {
		return nil
	}
	text, ok := value.(string)
	if !ok {
		text = string(s.Value)
	}
	if len(text) > maxText {
		text = text[:maxText]
	}
	return &text
}
