// Package ground finds what a program stands on that ddtrace 4 does not: a Python below 3.9, a
// 32-bit system, a Datadog Agent below 7.63, and requirements that hold ddtrace below 4.
//
// Files are read line by line, each kind by its name; nothing is resolved or fetched.
package ground

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
	"hoofprint/migration"
)

// The rows of the registry that the findings are of.
const (
	oldPython = "python-version"
	oldSystem = "platform-32-bit"
	oldAgent  = "agent-version"
	heldBack  = "ddtrace-pin"
)

// longLine and largest bound what is read: longer lines and larger files are made by programs.
const (
	longLine = 2_000
	largest  = 16 << 20
)

// Find reports the ground in a file that is not Python; see FindPython.
func Find(f *source.File) []finding.Finding {
	if len(f.Text) > largest || bytes.IndexByte(f.Text[:min(len(f.Text), 8000)], 0) >= 0 {
		return nil
	}
	s := scan{f: f, kind: kindOf(f.Path, f.Text), base: strings.ToLower(path.Base(f.Path))}
	if s.kind == unread || !s.worth() {
		return nil
	}
	s.pins()
	s.python()
	s.systems()
	s.agent()
	s.blocks()
	slices.SortFunc(s.found, finding.Compare)
	return s.found
}

// scan looks into one file.
type scan struct {
	f     *source.File
	kind  kind
	base  string
	lines []line
	found []finding.Finding
}

// line is one line without its end; long ones are not there.
type line struct {
	start int
	text  string
	note  int // where a comment begins, or the length
}

// worth is a quick look at whether any word is there that a line needs.
func (s *scan) worth() bool {
	for _, word := range [][]byte{[]byte("ddtrace"), []byte("ython"), []byte("py2"), []byte("py3"), []byte("386"), []byte("arm"), []byte("i686"), []byte("x86"), []byte("agent")} {
		if bytes.Contains(s.f.Text, word) {
			return true
		}
	}
	return strings.HasSuffix(s.base, "python-version") || s.base == "runtime.txt"
}

// rows are the lines of the file.
func (s *scan) rows() []line {
	if s.lines != nil {
		return s.lines
	}
	for n := 1; n <= s.f.Lines(); n++ {
		from, to := s.f.Offset(n), s.f.Offset(n+1)
		if to-from > longLine {
			continue
		}
		if !s.wants(s.f.Text[from:to]) {
			continue
		}
		text := s.f.Line(n)
		s.lines = append(s.lines, line{from, text, note(s.kind, text)})
	}
	return s.lines
}

// wants leaves out lines that say nothing, where no line needs those around it.
func (s *scan) wants(text []byte) bool {
	switch s.kind {
	case other, prose, script:
	default:
		return true
	}
	for _, word := range needed {
		if bytes.Contains(text, word) {
			return true
		}
	}
	return false
}

// needed are words of which a line that says something has one.
var needed = [][]byte{[]byte("ddtrace"), []byte("ython"), []byte("PY"), []byte("py"), []byte("386"), []byte("arm"), []byte("86"), []byte("agent"), []byte("AGENT"), []byte("DATADOG_VERSION")}

// note is where a comment begins in a line.
func note(k kind, text string) int {
	var quote byte
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && (i == 0 || strings.IndexByte(" \t=:([{,", text[i-1]) >= 0):
			quote = c
		case c == '#' && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t'), c == ';' && i == 0 && k == config:
			if k != prose {
				return i
			}
		case c == '/' && k == terraform && i+1 < len(text) && text[i+1] == '/' && (i == 0 || text[i-1] == ' '):
			return i
		}
	}
	return len(text)
}

// report adds a finding at a part of a line. In prose and comments it is likely at most.
func (s *scan) report(l line, start, end int, rule string, sure bool, what string) *finding.Finding {
	certainty := finding.Likely
	if sure && s.kind != prose && start < l.note {
		certainty = finding.Certain
	}
	out := finding.At(s.f, l.start+start, l.start+end, rule, certainty)
	change, _ := migration.Find(rule)
	out.Message = what
	if change.Why != "" {
		out.Message = fmt.Sprintf("%s: %s", what, change.Why)
	}
	out.Fix = change.Instead
	s.found = append(s.found, out)
	return &s.found[len(s.found)-1]
}

// edit offers new text for a part of a line; a person chooses when, so it is never safe.
func (f *edits) put(l line, start, end int, text string) {
	f.Edits = append(f.Edits, finding.Edit{Start: l.start + start, End: l.start + end, New: text})
}

type edits finding.Finding
