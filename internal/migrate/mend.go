package migrate

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/report"
	"hoofprint/internal/migrate/rewrite"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/internal/migrate/walk"
)

// Mending says what may be done to files.
type Mending struct {
	Unsafe bool // also the edits that may change what a program does
	Todo   bool // leave a comment where no edit was made
}

// Change is a file that mending changes.
type Change struct {
	Path          string
	Absolute      string
	Before, After []byte // in the file's own encoding
}

// Write writes the file.
func (c Change) Write() error { return rewrite.Write(c.Absolute, c.Before, c.After) }

// rounds bounds how often a mended file is scanned again: for edits that overlapped another.
const rounds = 8

// Mend scans, makes edits and scans again until there is nothing more to make. It writes no
// file: the changes are returned, with the report of what is left.
func Mend(ctx context.Context, o Options, m Mending) (*report.Report, []Change, error) {
	w := &mender{Mending: m, texts: map[string]*walk.Text{}, before: map[string][]byte{}, now: map[string][]byte{}, refused: map[string]string{}}
	if o.Overlay == nil {
		o.Overlay = map[string][]byte{}
	}
	w.now = o.Overlay
	r, err := Scan(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	fixed := 0
	for range rounds {
		n := w.fix(r)
		if n == 0 {
			break
		}
		fixed += n
		if o.Since != "" {
			// The lines that git names are those of the file as it is, not as it becomes.
			r.Findings = slices.DeleteFunc(r.Findings, w.made)
			break
		}
		if r, err = Scan(ctx, o); err != nil {
			return nil, nil, err
		}
	}
	todos := 0
	if m.Todo {
		if todos = w.todo(r); todos > 0 && o.Since == "" {
			if r, err = Scan(ctx, o); err != nil { // the lines have moved
				return nil, nil, err
			}
		}
	}
	r.Summary.Fixed, r.Summary.Todos = fixed, todos
	changes := w.changes(r)
	for _, path := range slices.Sorted(maps.Keys(w.refused)) {
		r.Errors = append(r.Errors, report.Problem{Path: path, Message: w.refused[path]})
	}
	return r, changes, nil
}

// mender holds the texts that are being mended, by path and as UTF-8.
type mender struct {
	Mending
	texts   map[string]*walk.Text
	before  map[string][]byte // by path
	now     map[string][]byte // by absolute path, as Options.Overlay
	refused map[string]string // why a file is left as it is
	done    map[string][]finding.Finding
}

// byFile goes through the findings of one file after the other.
func byFile(r *report.Report, do func(*report.Source, []finding.Finding)) {
	for i := 0; i < len(r.Findings); {
		j := i
		for j < len(r.Findings) && r.Findings[j].Path == r.Findings[i].Path {
			j++
		}
		if s := r.Sources[r.Findings[i].Path]; s != nil {
			do(s, r.Findings[i:j])
		}
		i = j
	}
}

// fix makes the edits of a report and returns how many findings they mend.
func (w *mender) fix(r *report.Report) int {
	n := 0
	w.done = map[string][]finding.Finding{}
	byFile(r, func(s *report.Source, findings []finding.Finding) {
		var able []finding.Finding
		for _, f := range findings {
			if len(f.Edits) > 0 && (f.Safe || w.Unsafe) {
				able = append(able, f)
			}
		}
		after, mended := rewrite.Apply(s.File.Text, able)
		if len(mended) > 0 && w.take(s, after) {
			n += len(mended)
			w.done[s.Text.Path] = mended
		}
	})
	return n
}

// made says whether the last fix mended a finding.
func (w *mender) made(f finding.Finding) bool {
	return slices.ContainsFunc(w.done[f.Path], func(g finding.Finding) bool { return finding.Compare(f, g) == 0 })
}

// todo leaves a comment for each finding that is still there, and returns how many.
func (w *mender) todo(r *report.Report) int {
	n := 0
	byFile(r, func(s *report.Source, findings []finding.Finding) {
		file := s.File
		if after, ok := w.now[s.Text.Absolute]; ok && !bytes.Equal(after, file.Text) {
			// With --since no scan follows the edits: the findings are where the file was.
			return
		}
		after, left := rewrite.Todo(file, s.Text.Python, findings)
		if left > 0 && w.take(s, after) {
			n += left
		}
	})
	return n
}

// take accepts a text for a file, unless Python or its encoding would not.
func (w *mender) take(s *report.Source, after []byte) bool {
	path := s.Text.Path
	if _, no := w.refused[path]; no || bytes.Equal(after, s.File.Text) {
		return false
	}
	if s.Text.Python {
		if _, err := syntax.Parse(after); err != nil {
			at := syntaxProblem(source.New(path, after), err)
			w.refused[path] = fmt.Sprintf("left as it is: with its fixes it would not be Python (line %d: %s)", at.Line, at.Message)
			return false
		}
	}
	if utf8.Valid(s.File.Text) && !utf8.Valid(after) {
		w.refused[path] = "left as it is: its fixes would break its encoding"
		return false
	}
	if _, err := s.Text.Encode(after); err != nil {
		w.refused[path] = "left as it is: " + err.Error()
		return false
	}
	if _, ok := w.before[path]; !ok {
		w.before[path] = s.File.Text
		w.texts[path] = s.Text
	}
	w.now[s.Text.Absolute] = after
	return true
}

// changes are the files that are not as they were.
func (w *mender) changes(r *report.Report) []Change {
	var all []Change
	for _, path := range slices.Sorted(maps.Keys(w.before)) {
		text := w.texts[path]
		before, err := text.Encode(w.before[path])
		after, err2 := text.Encode(w.now[text.Absolute])
		if err != nil || err2 != nil || bytes.Equal(before, after) {
			continue // take has tried both
		}
		all = append(all, Change{path, text.Absolute, before, after})
	}
	return all
}
