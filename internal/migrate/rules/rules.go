// Package rules finds in Python code what ddtrace 4 removed or changed.
//
// What is looked for comes from the registry of changes: a row with names is enough for a
// finding wherever one of its names is imported, read, called or passed. The files named for
// a topic add what a name alone does not say: positional arguments, types, and edits.
package rules

import (
	"slices"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
)

// A rule looks at one node of a module; it is shown all of them, outer ones first.
type rule func(*scan, syntax.Node)

// rules are all of them.
var rules = []rule{
	removedNames,
	removedParameters,
	distinctiveNames,
	assignments,
	positionalArguments,
	tagTypes,
	llmobsErrors,
	dynamicAccess,
	overrides,
	opentracingUse,
}

// Find lists what a module uses of what changed, in the order of the file.
func Find(p *names.Project, m *names.Module) []finding.Finding {
	if m.Tree == nil {
		return nil
	}
	s := &scan{p: p, m: m, file: m.File}
	syntax.Walk(m.Tree, func(n syntax.Node) bool {
		for _, r := range rules {
			r(s, n)
		}
		for _, r := range behaviours {
			r(s, n)
		}
		return true
	})
	// Several rules may see the same use: the first of them has it.
	slices.SortStableFunc(s.found, finding.Compare)
	return slices.CompactFunc(s.found, func(a, b finding.Finding) bool {
		return a.Start == b.Start && a.Rule == b.Rule
	})
}

// Words are the names that are worth a look whatever they are of, for names.Load.
func Words() []string {
	words := append([]string{"opentracing", "_pprint", ".finished", "record_exception", "submit_evaluation"}, behaviourWords...)
	for w := range distinctive {
		words = append(words, w)
	}
	slices.Sort(words)
	return words
}
