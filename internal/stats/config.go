// Package stats counts the spans of one process as Datadog's tracers do, in
// buckets of ten seconds, for an agent that leaves this to its clients.
package stats

import (
	"slices"
	"strings"
)

// Config is what the agent and the settings of the process say about counting.
type Config struct {
	// PeerTags are the tags by which calls to others are told apart.
	PeerTags []string
	// Kinds are the values of span.kind that make a span count.
	Kinds []string
	// Obfuscate says that resources are to lose what may be secret or is of
	// endless variety in them; else the agent does that.
	Obfuscate bool
	// AdditionalTags are tags that tell spans apart besides.
	AdditionalTags []string
	Limits         Limits
}

// Limits bound what one bucket tells apart; what comes beyond is counted under
// the value Blocked.
type Limits struct {
	Groups         int
	Resources      int
	Endpoints      int
	PeerTags       int
	AdditionalTags int
}

// DefaultLimits are those of ddtrace.
func DefaultLimits() Limits {
	return Limits{Groups: 7000, Resources: 1024, Endpoints: 512, PeerTags: 512, AdditionalTags: 100}
}

// Blocked stands for values beyond a limit.
const Blocked = "tracer_blocked_value"

func (c *Config) counts(kind string) bool {
	return kind != "" && slices.ContainsFunc(c.Kinds, func(k string) bool { return strings.EqualFold(k, kind) })
}
