// Package finding is one use of what ddtrace 4 removed or changed, and how to mend it.
package finding

import (
	"cmp"

	"hoofprint/internal/migrate/source"
)

// Certainty says how sure a finding is.
type Certainty string

const (
	// Certain is a use that was followed to ddtrace, or a name that nothing else has.
	Certain Certainty = "certain"
	// Likely is a use that looks like one, where what it is used on is not known.
	Likely Certainty = "likely"
)

// Edit puts New in place of the bytes Start to End of a file.
type Edit struct {
	Start, End int
	New        string
}

// Finding is one use in one file.
type Finding struct {
	Path      string
	Rule      string // the ID of a change in migration/changes.json
	Certainty Certainty
	Message   string // what is used here and why it breaks, one sentence
	Fix       string // what to write instead, one sentence

	// Start and End are the bytes that are the use; Line and Column are those of Start.
	Start, End         int
	Line, Column       int
	EndLine, EndColumn int

	// Edits mend it, if a program can: in the order of Start, not overlapping.
	Edits []Edit
	// Safe says that the edits keep what the program does. Of a Likely finding they never are.
	Safe bool
}

// At makes a finding at the bytes start to end of a file.
func At(f *source.File, start, end int, rule string, sure Certainty) Finding {
	from, to := f.At(start), f.At(end)
	return Finding{
		Path: f.Path, Rule: rule, Certainty: sure, Start: start, End: end,
		Line: from.Line, Column: from.Column, EndLine: to.Line, EndColumn: to.Column,
	}
}

// Compare orders findings by path, place and rule.
func Compare(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Start, b.Start), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.End, b.End))
}
