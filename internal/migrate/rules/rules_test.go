package rules

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/migration"
)

func find(t testing.TB, text string) []finding.Finding {
	p := names.Load([]*source.File{source.New("app.py", []byte(text))}, Words()...)
	var all []finding.Finding
	for _, m := range p.Modules() {
		all = append(all, Find(p, m)...)
	}
	return all
}

// splice makes all edits.
func splice(t testing.TB, text string, found []finding.Finding) string {
	var edits []finding.Edit
	for _, f := range found {
		for i, e := range f.Edits {
			if e.Start < 0 || e.End < e.Start || e.End > len(text) {
				t.Fatalf("%s: edit %d:%d of %d bytes", f.Rule, e.Start, e.End, len(text))
			}
			if i > 0 && e.Start < f.Edits[i-1].End {
				t.Fatalf("%s: the edits overlap: %v", f.Rule, f.Edits)
			}
		}
		edits = append(edits, f.Edits...)
	}
	sortEdits(edits)
	out, at := "", 0
	for _, e := range edits {
		if e.Start < at {
			continue // of another finding; the next round makes it
		}
		out += text[at:e.Start] + e.New
		at = e.End
	}
	return out + text[at:]
}

func cases(t testing.TB) map[string]string {
	names, err := filepath.Glob("../testcases/*/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	all := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(string(text), ".py --\n")
		body, _, _ = strings.Cut(body, "\n-- ")
		all[name] = body + "\n"
	}
	return all
}

// TestLineEnds has the cases with the line ends of other systems, and a byte order mark: the
// findings are the same, and the edits leave no line end of another kind.
func TestLineEnds(t *testing.T) {
	for name, text := range cases(t) {
		want := find(t, text)
		windows := "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n")
		got := find(t, windows)
		if len(got) != len(want) {
			t.Errorf("%s: %d findings with other line ends, not %d", name, len(got), len(want))
			continue
		}
		for i := range want {
			if got[i].Line != want[i].Line || got[i].Column != want[i].Column || got[i].Rule != want[i].Rule {
				t.Errorf("%s: %v is %v with other line ends", name, want[i], got[i])
			}
		}
		after, plain := splice(t, windows, got), splice(t, text, want)
		if after != "\ufeff"+strings.ReplaceAll(plain, "\n", "\r\n") {
			t.Errorf("%s: with other line ends the edits make\n%q\nnot\n%q", name, after, plain)
		}
	}
}

// TestTables holds the names that the rules speak of against the registry.
func TestTables(t *testing.T) {
	for _, name := range distinctive {
		if _, ok := registry().change(name); !ok {
			t.Errorf("%s is not in the registry", name)
		}
	}
	for name := range positions {
		if _, ok := registry().change(name); !ok {
			t.Errorf("%s is not in the registry", name)
		}
	}
	for _, method := range raising {
		if _, ok := registry().changed[llmobs+"."+method]; !ok {
			t.Errorf("%s.%s is not in the registry", llmobs, method)
		}
	}
	for method := range tagMethods {
		if _, ok := registry().changed[spanClass+"."+method]; !ok {
			t.Errorf("%s.%s is not in the registry", spanClass, method)
		}
	}
}

// TestEveryName has each row's names imported or read: a row alone is enough for a finding.
func TestEveryName(t *testing.T) {
	for _, c := range migration.Changes() {
		if c.Kind != migration.API || c.What == migration.Changed {
			continue
		}
		for _, name := range c.Names {
			if strings.ContainsAny(name, "(*") {
				continue
			}
			code := ""
			owner, last, _ := cutLast(name)
			outer, class, _ := cutLast(owner)
			switch {
			case class != "" && class[0] >= 'A' && class[0] <= 'Z':
				code = "from " + outer + " import " + class + "\n\n\ndef f(x: " + class + "):\n    x." + last + "\n"
			case owner == "ddtrace.config":
				code = "from ddtrace import config\nconfig." + last + "\n"
			case slices.Contains(shadowed, name):
				code = "import " + name + "\n"
			default:
				code = "from " + owner + " import " + last + "\n"
			}
			found := find(t, code)
			if !slices.ContainsFunc(found, func(f finding.Finding) bool { return f.Certainty == finding.Certain }) {
				t.Errorf("%s: no finding of %s in\n%s", name, c.ID, code)
			}
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, text := range cases(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found := find(t, text)
		if len(found) == 0 {
			return
		}
		after := splice(t, text, found)
		if _, err := syntax.Parse([]byte(after)); err != nil {
			t.Fatalf("%v after the edits:\n%s\nwhich were of\n%s", err, after, text)
		}
	})
}
