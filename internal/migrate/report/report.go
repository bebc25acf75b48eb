// Package report says what a scan found: as text for people, and in the formats of editors,
// code hosts and other programs.
package report

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/walk"
	"hoofprint/migration"
)

// Report is all that a scan found.
type Report struct {
	Version string // of hoofprint
	Root    string // absolute; every path is relative to it
	// Folder is where the caller is: text shows paths as they are from there.
	Folder string

	Findings []finding.Finding
	// Unparsed are Python files that may use the tracer and are not understood.
	Unparsed []Problem
	// Errors are files and folders that could not be read or written.
	Errors []Problem
	// UnusedIgnores are comments that ignore nothing.
	UnusedIgnores []Problem
	Summary       Summary
	// Sources are the files with findings.
	Sources map[string]*Source
}

// Source is a file with findings, as it was when it was scanned.
type Source struct {
	Text *walk.Text
	File *source.File
}

// Problem is a place and what is wrong with it; Line is 0 for a whole file.
type Problem struct {
	Path    string `json:"path"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
}

// Summary are the numbers.
type Summary struct {
	Files   int      `json:"files"`        // read as text
	Python  int      `json:"python_files"` // of those
	Lines   int      `json:"lines"`
	Large   []string `json:"too_large"` // left out for their size
	Ignored int      `json:"ignored"`   // findings that a comment or the configuration took out
	Fixed   int      `json:"fixed"`     // findings that --write mended
	Todos   int      `json:"todos"`     // comments that --todo left
}

// Count is how often a rule was found.
type Count struct {
	Rule            string
	Certain, Likely int
}

// Counts are the numbers of findings by rule, most first.
func (r *Report) Counts() []Count {
	at := map[string]int{}
	var counts []Count
	for _, f := range r.Findings {
		i, ok := at[f.Rule]
		if !ok {
			i = len(counts)
			at[f.Rule] = i
			counts = append(counts, Count{Rule: f.Rule})
		}
		if f.Certainty == finding.Certain {
			counts[i].Certain++
		} else {
			counts[i].Likely++
		}
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Certain+b.Likely, a.Certain+a.Likely), cmp.Compare(a.Rule, b.Rule))
	})
	return counts
}

// Certain is how many findings are.
func (r *Report) Certain() int {
	n := 0
	for _, f := range r.Findings {
		if f.Certainty == finding.Certain {
			n++
		}
	}
	return n
}

// Fixable is how many findings --write mends, and how many more with --unsafe.
func (r *Report) Fixable() (safe, unsafe int) {
	for _, f := range r.Findings {
		switch {
		case len(f.Edits) == 0:
		case f.Safe:
			safe++
		default:
			unsafe++
		}
	}
	return safe, unsafe
}

// Files is the number of files with findings.
func (r *Report) Files() int {
	n, last := 0, ""
	for _, f := range r.Findings {
		if n == 0 || f.Path != last {
			n++
		}
		last = f.Path
	}
	return n
}

// Display is a path as it leads to the file from where the caller is; absolute if it is elsewhere.
func (r *Report) Display(path string) string {
	full := filepath.Join(r.Root, path)
	if r.Folder == "" {
		return path
	}
	relative, err := filepath.Rel(r.Folder, full)
	if err != nil || relative == ".." || strings.HasPrefix(relative, "../") {
		return full
	}
	return relative
}

// line is a line of a file with findings, and whether it is known.
func (r *Report) line(path string, line int) (string, bool) {
	s, ok := r.Sources[path]
	if !ok || line < 1 || line > s.File.Lines() {
		return "", false
	}
	text := s.File.Line(line)
	if line == 1 {
		text = strings.TrimPrefix(text, "\ufeff")
	}
	return text, true
}

// about is a rule's change; what is not in the registry has only its name.
func about(rule string) migration.Change {
	if c, ok := migration.Find(rule); ok {
		return c
	}
	return migration.Change{ID: rule}
}

func plural(n int, one string) string {
	if n == 1 {
		return one
	}
	return one + "s"
}
