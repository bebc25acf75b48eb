package ground

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

// section is a file of a test case.
type section struct{ name, text string }

func sections(text string) (head string, all []section) {
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "-- "); ok && strings.HasSuffix(name, " --") {
			all = append(all, section{name: strings.TrimSuffix(name, " --")})
		} else if n := len(all); n > 0 {
			all[n-1].text += line
		} else {
			head += line
		}
	}
	return head, all
}

// TestFind reads testdata: a file, its findings, and what the safe edits and then all edits make of it.
func TestFind(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("testdata has no cases", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		head, all := sections(string(text))
		got := head
		for _, s := range all {
			if _, extra := strings.CutPrefix(s.name, "  "); extra {
				continue
			}
			got += fmt.Sprintf("-- %s --\n%s", s.name, s.text) + judge(s)
		}
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if got != string(text) {
			t.Errorf("%s: %s", name, firstDifference(string(text), got))
		}
	}
}

func judge(s section) string {
	f := source.New(s.name, []byte(s.text))
	found := Find(f)
	out := "--   findings --\n"
	for _, x := range found {
		edit := "none"
		if len(x.Edits) > 0 {
			edit = "unsafe"
		}
		if x.Safe {
			edit = "safe"
		}
		out += fmt.Sprintf("%d:%d %s %s %s %s\n", x.Line, x.Column, x.Rule, s.text[x.Start:x.End], x.Certainty, edit)
	}
	safe := apply(s.text, found, false)
	if safe != s.text {
		out += "--   safe --\n" + safe
	}
	if all := apply(s.text, found, true); all != safe {
		out += "--   unsafe --\n" + all
	}
	return out
}

// apply makes the edits from the last to the first; of overlapping ones the same bytes go once.
func apply(text string, found []finding.Finding, unsafe bool) string {
	last := len(text) + 1
	for i := len(found) - 1; i >= 0; i-- {
		if !found[i].Safe && !unsafe {
			continue
		}
		for _, e := range slices.Backward(found[i].Edits) {
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

// TestLineEnds holds that a file with the line ends of Windows becomes the same, with its own.
func TestLineEnds(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("testdata has no cases", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, all := sections(string(text))
		for _, s := range all {
			if strings.HasPrefix(s.name, "  ") {
				continue
			}
			crlf := strings.ReplaceAll(s.text, "\n", "\r\n")
			for _, unsafe := range []bool{false, true} {
				want := strings.ReplaceAll(apply(s.text, Find(source.New(s.name, []byte(s.text))), unsafe), "\n", "\r\n")
				if got := apply(crlf, Find(source.New(s.name, []byte(crlf))), unsafe); got != want {
					t.Errorf("%s: became %q, want %q", s.name, got, want)
				}
			}
		}
	}
}
