package stats

import (
	"regexp"
	"strings"

	"hoofprint/internal/span"
)

// Filter holds what the agent says it would throw away: such traces are neither
// counted nor sent. The zero value rejects nothing.
type Filter struct {
	require, reject []condition
	resources       []*regexp.Regexp
}

// condition is about a tag of the root: that it is there, has a value or matches.
type condition struct {
	key     string
	value   string
	pattern *regexp.Regexp // nil: the value itself
	any     bool
}

// TagLists is how an agent publishes conditions, each "key" or "key:value".
type TagLists struct {
	Require []string `json:"require"`
	Reject  []string `json:"reject"`
}

// NewFilter makes a filter. Patterns that cannot be read are left out: the agent
// itself applies them as well.
func NewFilter(exact, patterns TagLists, ignoredResources []string) *Filter {
	f := &Filter{
		require: append(conditions(exact.Require, false), conditions(patterns.Require, true)...),
		reject:  append(conditions(exact.Reject, false), conditions(patterns.Reject, true)...),
	}
	for _, text := range ignoredResources {
		if re, err := regexp.Compile(text); err == nil {
			f.resources = append(f.resources, re)
		}
	}
	return f
}

func conditions(texts []string, patterns bool) (out []condition) {
	for _, text := range texts {
		key, value, exact := strings.Cut(text, ":")
		c := condition{key: strings.TrimSpace(key), value: strings.TrimSpace(value), any: !exact || strings.TrimSpace(value) == ""}
		if patterns && !c.any {
			re, err := regexp.Compile(c.value)
			if err != nil {
				continue
			}
			c.pattern = re
		}
		if c.key != "" {
			out = append(out, c)
		}
	}
	return out
}

func (c *condition) meets(s *span.Span) bool {
	value, ok := s.Tag(c.key)
	switch {
	case !ok:
		return false
	case c.any:
		return true
	case c.pattern != nil:
		return c.pattern.MatchString(value)
	}
	return value == c.value
}

// Rejects tells whether the agent would throw away the trace of this root.
func (f *Filter) Rejects(root *span.Span) bool {
	for i := range f.reject {
		if f.reject[i].meets(root) {
			return true
		}
	}
	for i := range f.require {
		if !f.require[i].meets(root) {
			return true
		}
	}
	for _, re := range f.resources {
		if re.MatchString(root.Resource) {
			return true
		}
	}
	return false
}
