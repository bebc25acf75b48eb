// Package migration is the registry of everything that changed between ddtrace 3 and 4.
// The scanner, the bridge in the process and the documentation take their words from it.
package migration

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"
)

// Kind is the part of a program that a change concerns.
type Kind string

const (
	API       Kind = "api"       // a name, a parameter or a type in Python
	Setting   Kind = "setting"   // an environment variable
	Behaviour Kind = "behaviour" // the same code does something else
	Ground    Kind = "ground"    // what the tracer runs on: Python, platform, agent, versions
)

// What happened to it.
type What string

const (
	Removed    What = "removed"
	Renamed    What = "renamed"
	Changed    What = "changed"
	Deprecated What = "deprecated" // still works in 4.x, with a warning
)

// Change is one thing that a program notices when it moves from ddtrace 3 to 4.
type Change struct {
	ID   string `json:"id"` // of lower-case words with hyphens, for instance span-set-tag-str; never reused
	Kind Kind   `json:"kind"`
	What What   `json:"what"`
	// Names are what changed: dotted paths in their public place ("ddtrace.trace.Span.set_tag_str"),
	// a parameter as "path(parameter)", or environment variables. A * stands for an integration.
	Names []string `json:"names"`
	Since string   `json:"since"` // the version of ddtrace that changed it
	// Why says what breaks, and Instead what to do: sentences without a full stop at the end.
	Why     string `json:"why"`
	Instead string `json:"instead"`
	// Renames maps an old name to the one that takes its place with the same meaning.
	Renames map[string]string `json:"renames,omitempty"`
	// Fix is how --write mends it: "safe", "unsafe" (needs --unsafe), or "" where a person decides.
	Fix string `json:"fix,omitempty"`
	// Bridge says that DD_V3_BRIDGE keeps it alive.
	Bridge bool `json:"bridge,omitempty"`
}

//go:embed changes.json
var raw []byte

// Changes are all changes, in the order of the guide; callers do not change them.
var Changes = sync.OnceValue(func() []Change {
	var of struct {
		Changes []Change `json:"changes"`
	}
	if err := json.Unmarshal(raw, &of); err != nil {
		panic(fmt.Sprintf("migration/changes.json: %v", err)) // of our own making, and tested
	}
	return of.Changes
})

// Find returns the change with an ID.
func Find(id string) (Change, bool) {
	for _, c := range Changes() {
		if c.ID == id {
			return c, true
		}
	}
	return Change{}, false
}
