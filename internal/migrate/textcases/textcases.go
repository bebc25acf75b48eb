// Package textcases tests what looks into one text file at a time, by cases in testdata/*.txtar:
// a file, its findings, and what the safe edits and then all edits make of it.
package textcases

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
)

var update = flag.Bool("update", false, "write what is found into testdata; read the difference")

// Find is what is tested.
type Find func(*source.File) []finding.Finding

// file is one of a case.
type file struct{ name, text string }

// bundle is a case: the lines before its first file, and its files. What was found has names
// that begin with two spaces.
type bundle struct {
	path, text, head string
	files            []file
}

func bundles(t testing.TB) (all []bundle) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("testdata has no cases", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b := bundle{path: path, text: string(text)}
		into := &b.head
		for line := range strings.Lines(b.text) {
			if name, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "-- "); ok && strings.HasSuffix(name, " --") {
				name = strings.TrimSuffix(name, " --")
				if strings.HasPrefix(name, "  ") {
					into = new(string)
					continue
				}
				b.files = append(b.files, file{name: name})
				into = &b.files[len(b.files)-1].text
				continue
			}
			*into += line
		}
		all = append(all, b)
	}
	return all
}

// Run compares the cases with what is found now; with -update it writes that into them.
func Run(t *testing.T, find Find) {
	for _, b := range bundles(t) {
		got := b.head
		for _, f := range b.files {
			got += fmt.Sprintf("-- %s --\n%s", f.name, f.text) + judge(f, find)
		}
		if *update {
			if err := os.WriteFile(b.path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if got != b.text {
			t.Errorf("%s: %s", b.path, firstDifference(b.text, got))
		}
	}
}

// LineEnds holds that a file with the line ends of Windows becomes the same, with its own.
func LineEnds(t *testing.T, find Find) {
	for _, b := range bundles(t) {
		for _, f := range b.files {
			crlf := strings.ReplaceAll(f.text, "\n", "\r\n")
			for _, unsafe := range []bool{false, true} {
				want := strings.ReplaceAll(mend(f, unsafe, find), "\n", "\r\n")
				if got := mend(file{f.name, crlf}, unsafe, find); got != want {
					t.Errorf("%s: became %q, want %q", f.name, got, want)
				}
			}
		}
	}
}

// Seed adds the files of the cases to a fuzz test of bytes.
func Seed(f *testing.F) {
	for _, b := range bundles(f) {
		for _, one := range b.files {
			f.Add([]byte(one.text))
		}
	}
}

func judge(f file, find Find) string {
	out := "--   findings --\n"
	for _, x := range find(source.New(f.name, []byte(f.text))) {
		edit := "none"
		if len(x.Edits) > 0 {
			edit = "unsafe"
		}
		if x.Safe {
			edit = "safe"
		}
		out += fmt.Sprintf("%d:%d %s %s %s %s\n", x.Line, x.Column, x.Rule, f.text[x.Start:x.End], x.Certainty, edit)
	}
	safe := mend(f, false, find)
	if safe != f.text {
		out += "--   safe --\n" + safe
	}
	if all := mend(f, true, find); all != safe {
		out += "--   unsafe --\n" + all
	}
	return out
}

// mend applies edits until there are none, as --write does: those of neighbours overlap.
func mend(f file, unsafe bool, find Find) string {
	for range 8 {
		after := Apply(f.text, find(source.New(f.name, []byte(f.text))), unsafe)
		if after == f.text {
			break
		}
		f.text = after
	}
	return f.text
}

// Apply makes the edits from the last to the first; of overlapping ones the same bytes go once.
func Apply(text string, found []finding.Finding, unsafe bool) string {
	last := len(text) + 1
	for _, x := range slices.Backward(found) {
		if !x.Safe && !unsafe {
			continue
		}
		for _, e := range slices.Backward(x.Edits) {
			if e.End > last {
				continue
			}
			text = text[:e.Start] + e.New + text[e.End:]
			last = e.Start
		}
	}
	return text
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range a {
		if i >= len(b) {
			return fmt.Sprintf("line %d: want %q, got nothing", i+1, a[i])
		}
		if a[i] != b[i] {
			return fmt.Sprintf("line %d: want %q, got %q", i+1, a[i], b[i])
		}
	}
	return "more than wanted: " + b[len(a)]
}
