// Package migrate finds in a tree of files what ddtrace 4 removed or changed, and mends it.
package migrate

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/report"
	"hoofprint/internal/migrate/rewrite"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/walk"
)

// Options say what to scan, and what of it to report.
type Options struct {
	Version string
	Paths   []string // files and folders
	Config  walk.Config

	Select, Ignore []string // rules, beside those of Config; Select goes before its own
	Exclude        []string // patterns as in .gitignore, for paths below the current folder
	NoIgnore       bool     // scan what .gitignore leaves out
	Since          string   // a git revision: only findings in lines that changed since

	// Stdin is scanned as the file StdinName, and nothing else is, if it is not nil.
	Stdin     []byte
	StdinName string

	// Overlay is text to take for that of files, by absolute path.
	Overlay map[string][]byte
	// Progress is counted up while files are read, if it is not nil.
	Progress *atomic.Int64

	detector detector // in place of the real ones, in tests
}

// Scan finds what changed. It goes on past files that cannot be read, and says so in the report.
func Scan(ctx context.Context, o Options) (*report.Report, error) {
	folder, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the current folder: %w", err)
	}
	r := &report.Report{Version: o.Version, Folder: folder, Root: folder, Sources: map[string]*report.Source{}}
	var paths []string
	if o.Stdin == nil {
		if r.Root, paths, err = walk.Root(o.Paths); err != nil {
			return nil, err
		}
	}
	wanted, err := newChoice(r.Root, o)
	if err != nil {
		return nil, err
	}
	var changed walk.Changed
	if o.Since != "" {
		if changed, err = walk.Since(ctx, r.Root, o.Since); err != nil {
			return nil, err
		}
	}
	if o.detector == nil {
		o.detector = detectors{}
	}
	s := &scan{Options: o, report: r, wanted: wanted, changed: changed, comments: map[string][]*comment{}}
	if o.Stdin != nil {
		s.stdin()
	} else if err := s.read(ctx, paths); err != nil {
		return nil, err
	}
	files := make([]*source.File, len(s.python))
	slices.SortFunc(s.python, func(a, b *report.Source) int { return cmp.Compare(a.Text.Path, b.Text.Path) })
	for i, p := range s.python {
		files[i] = withoutTodos(p.File)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	found, unparsed, failed := o.detector.python(files)
	r.Errors = append(r.Errors, failed...)
	for _, p := range unparsed {
		s.unparsed(p)
	}
	for _, p := range s.python {
		r.Sources[p.Text.Path] = p // as long as keep may need it
	}
	for _, f := range found {
		if p := r.Sources[f.Path]; p != nil {
			s.keep(p, f)
		}
	}
	s.finish()
	return r, ctx.Err()
}

// scan is a Scan that is under way.
type scan struct {
	Options
	report  *report.Report
	wanted  *choice
	changed walk.Changed

	traced atomic.Bool // whether any file mentions the tracer

	mutex    sync.Mutex // guards what is below, and the report
	python   []*report.Source
	comments map[string][]*comment
}

// read walks the paths and reads the files on all processors. What is not Python is looked
// into at once, and forgotten if nothing is found.
func (s *scan) read(ctx context.Context, paths []string) error {
	entries := make(chan walk.Entry, 256)
	var readers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		readers.Go(func() {
			for e := range entries {
				if ctx.Err() == nil {
					s.file(e)
				}
			}
		})
	}
	o := walk.Options{Root: s.report.Root, Paths: paths, NoIgnore: s.NoIgnore || s.Config.Gitignore != nil && !*s.Config.Gitignore}
	for _, below := range []struct {
		folder string
		globs  []string
	}{{filepath.Dir(s.Config.File), s.Config.Exclude}, {s.report.Folder, s.Exclude}} {
		if len(below.globs) > 0 {
			o.Exclude = append(o.Exclude, walk.NewPatterns(below.folder, below.globs))
		}
	}
	err := walk.Walk(ctx, o, func(e walk.Entry) { entries <- e }, func(t walk.Trouble) {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.report.Errors = append(s.report.Errors, report.Problem{Path: t.Path, Message: t.Message})
	})
	close(entries)
	readers.Wait()
	return err
}

func (s *scan) file(e walk.Entry) {
	if s.Progress != nil {
		s.Progress.Add(1)
	}
	text, err := walk.Read(e)
	if after, ok := s.Overlay[e.Absolute]; ok && err == nil {
		text.Bytes = after
	}
	s.take(e, text, err)
}

func (s *scan) stdin() {
	e := walk.Entry{Path: filepath.ToSlash(s.StdinName), Absolute: filepath.Join(s.report.Root, s.StdinName), Named: true}
	if inside, err := filepath.Rel(s.report.Root, s.StdinName); err == nil && filepath.IsAbs(s.StdinName) {
		e.Path, e.Absolute = filepath.ToSlash(inside), s.StdinName
	}
	text, err := walk.Decode(e, s.Stdin)
	if after, ok := s.Overlay[e.Absolute]; ok && err == nil {
		text.Bytes = after
	}
	s.take(e, text, err)
}

// take looks into a file that was read, or notes why it was not.
func (s *scan) take(e walk.Entry, text *walk.Text, err error) {
	var unreadable *walk.Unreadable
	switch {
	case errors.Is(err, walk.ErrBinary):
		return
	case err != nil:
		s.mutex.Lock()
		defer s.mutex.Unlock()
		switch {
		case errors.Is(err, walk.ErrLarge):
			s.report.Summary.Large = append(s.report.Summary.Large, e.Path)
		case errors.As(err, &unreadable):
			if !mentionsTracer(text.Bytes) {
				break // a test of encodings, or a file of the Python 2 that has nothing to do with it
			}
			s.unparsed(report.Problem{Path: e.Path, Message: err.Error()})
		default:
			s.report.Errors = append(s.report.Errors, report.Problem{Path: e.Path, Message: walk.Reason(err)})
		}
		return
	}
	if !s.traced.Load() && bytes.Contains(text.Bytes, []byte("ddtrace")) {
		s.traced.Store(true)
	}
	f := source.New(e.Path, text.Bytes)
	source := &report.Source{Text: text, File: f}
	notes := comments(f)
	lines := f.Lines()
	if n := len(text.Bytes); n == 0 || text.Bytes[n-1] == '\n' {
		lines--
	}
	var found []finding.Finding
	var mistake *report.Problem
	if !text.Python && (s.changed == nil || s.changed.Has(e.Absolute, 1, lines+1)) {
		func() {
			defer recovered(e.Path, &mistake)
			found = s.detector.text(withoutTodos(f))
		}()
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if mistake != nil {
		s.report.Errors = append(s.report.Errors, *mistake)
	}
	s.report.Summary.Files++
	s.report.Summary.Lines += lines
	if len(notes) > 0 {
		s.comments[e.Path] = notes
	}
	if text.Python {
		s.report.Summary.Python++
		s.python = append(s.python, source)
		return
	}
	for _, one := range found {
		s.keep(source, one)
	}
}

// withoutTodos is what is looked into of a file.
func withoutTodos(f *source.File) *source.File {
	text := rewrite.WithoutTodos(f.Text)
	if len(text) == 0 || &text[0] == &f.Text[0] {
		return f
	}
	return source.New(f.Path, text)
}

// mentionsTracer says that a file that cannot be read may be worth a look by a person.
func mentionsTracer(text []byte) bool {
	text = bytes.ReplaceAll(text, []byte{0}, nil) // of UTF-16
	return bytes.Contains(text, []byte("ddtrace")) || bytes.Contains(text, []byte("DD_"))
}

// unparsed notes a file that is not understood. Of those that did not change nothing is said.
func (s *scan) unparsed(p report.Problem) {
	if s.changed == nil || s.changed.Has(filepath.Join(s.report.Root, p.Path), 1, 1<<30-1) {
		s.report.Unparsed = append(s.report.Unparsed, p)
	}
}

// keep takes a finding into the report if it is wanted.
func (s *scan) keep(in *report.Source, f finding.Finding) {
	switch {
	case s.changed != nil && !s.changed.Has(in.Text.Absolute, f.Line, f.EndLine):
	case ignoredBy(s.comments[f.Path], f) || !s.wanted.has(f):
		s.report.Summary.Ignored++
	default:
		s.report.Findings = append(s.report.Findings, f)
		s.report.Sources[f.Path] = in
	}
}

// finish puts everything in order and lets go of the files without findings.
func (s *scan) finish() {
	r := s.report
	if !s.traced.Load() {
		r.Findings = withoutTracer(r.Findings)
	}
	slices.SortFunc(r.Findings, finding.Compare)
	r.Findings = slices.CompactFunc(r.Findings, func(a, b finding.Finding) bool {
		return a.Path == b.Path && a.Start == b.Start && a.End == b.End && a.Rule == b.Rule
	})
	with := map[string]bool{}
	for _, f := range r.Findings {
		with[f.Path] = true
	}
	for path := range r.Sources {
		if !with[path] {
			delete(r.Sources, path)
		}
	}
	for path, all := range s.comments {
		for _, c := range all {
			if !c.used {
				r.UnusedIgnores = append(r.UnusedIgnores, report.Problem{Path: path, Line: c.line, Column: 1, Message: "this comment ignores nothing"})
			}
		}
	}
	for _, list := range [][]report.Problem{r.Unparsed, r.Errors, r.UnusedIgnores} {
		slices.SortFunc(list, func(a, b report.Problem) int {
			return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
		})
	}
	slices.Sort(r.Summary.Large)
}

// withoutTracer doubts what concerns any Python program, where nothing says that it is traced.
func withoutTracer(found []finding.Finding) []finding.Finding {
	for i := range found {
		if f := &found[i]; f.Rule == "python-version" || f.Rule == "platform-32-bit" {
			f.Certainty, f.Safe = finding.Likely, false
		}
	}
	return found
}
