package migrate

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"hoofprint/internal/migrate/filetest"
	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/report"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/walk"
)

const rule = "span-set-tag-str" // one of the registry

// fake finds OLD, whose safe edit is NEW; MAYBE, likely and unsafe; ASK, with no edit; OUTER(...), whose edit
// takes what is inside along; BREAK, whose edit is no Python.
type fake struct{}

func (fake) text(f *source.File) []finding.Finding {
	var found []finding.Finding
	add := func(start, end int, sure finding.Certainty, safe bool, edits ...finding.Edit) {
		one := finding.At(f, start, end, rule, sure)
		one.Message, one.Fix, one.Safe, one.Edits = "It is gone", "Write NEW", safe, edits
		found = append(found, one)
	}
	for i := range f.Text {
		rest := f.Text[i:]
		if bytes.HasPrefix(rest, []byte("PANIC")) {
			panic("a mistake")
		}
		switch {
		case bytes.HasPrefix(rest, []byte("OLD")):
			add(i, i+3, finding.Certain, true, finding.Edit{Start: i, End: i + 3, New: "NEW"})
		case bytes.HasPrefix(rest, []byte("MAYBE")):
			add(i, i+5, finding.Likely, false, finding.Edit{Start: i, End: i + 5, New: "SURE"})
		case bytes.HasPrefix(rest, []byte("ASK")):
			add(i, i+3, finding.Certain, false)
		case bytes.HasPrefix(rest, []byte("BREAK")):
			add(i, i+5, finding.Certain, true, finding.Edit{Start: i, End: i + 5, New: "1 +"})
		case bytes.HasPrefix(rest, []byte("OUTER(")):
			end := i + bytes.IndexByte(rest, ')')
			add(i, end+1, finding.Certain, true, finding.Edit{Start: i, End: end + 1, New: "NEW[" + string(f.Text[i+6:end]) + "]"})
		}
	}
	return found
}

func (d fake) python(files []*source.File) (found []finding.Finding, unparsed, failed []report.Problem) {
	for _, f := range files {
		if bytes.Contains(f.Text, []byte("def (")) {
			unparsed = append(unparsed, report.Problem{Path: f.Path, Line: 1, Column: 5, Message: "no Python"})
			continue
		}
		found = append(found, d.text(f)...)
	}
	return found, unparsed, nil
}

// put makes a folder of files.
func put(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	filetest.Put(t, root, files)
	return root
}

func places(r *report.Report) []string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, fmt.Sprintf("%s:%d:%d", f.Path, f.Line, f.Column))
	}
	return all
}

func scanned(t *testing.T, o Options) *report.Report {
	t.Helper()
	o.detector = fake{}
	r, err := Scan(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func expect(t *testing.T, r *report.Report, want ...string) {
	t.Helper()
	if got := places(r); !slices.Equal(got, want) {
		t.Fatalf("found %q, not %q", got, want)
	}
}

func TestScan(t *testing.T) {
	root := put(t, map[string]string{
		"b.py": "x\n  OLD ASK\n", "a/z.sh": "é OLD\n", "a/bad.py": "def (\nOLD\n", "latin.py": "# coding: latin-1\n'\xe9' OLD\n",
		"ignored/a.py": "OLD", ".gitignore": "ignored/\n", "data": "OLD\x00", "nul.py": "import ddtrace\nx = '\xff'\n", "other.py": "x = '\xff'\n",
	})
	r := scanned(t, Options{Paths: []string{root}})
	expect(t, r, "a/z.sh:1:3", "b.py:2:3", "b.py:2:7", "latin.py:2:5")
	if len(r.Unparsed) != 2 || r.Unparsed[0].Path != "a/bad.py" || r.Unparsed[1].Path != "nul.py" {
		t.Fatalf("unparsed: %+v", r.Unparsed)
	}
	if r.Summary.Files != 5 || r.Summary.Python != 3 || r.Summary.Lines != 8 {
		t.Fatalf("%+v", r.Summary)
	}
	if len(r.Sources) != 3 {
		t.Fatalf("%d sources are kept", len(r.Sources))
	}
	// Several paths: relative to the folder that holds all.
	expect(t, scanned(t, Options{Paths: []string{root + "/a", root + "/b.py"}}), "a/z.sh:1:3", "b.py:2:3", "b.py:2:7")
	expect(t, scanned(t, Options{Paths: []string{root + "/b.py"}}), "b.py:2:3", "b.py:2:7")
	expect(t, scanned(t, Options{Stdin: []byte("OLD"), StdinName: "x/y.py"}), "x/y.py:1:1")
}

func TestScanSaysWhatItCannotRead(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads everything")
	}
	root := put(t, map[string]string{"a.py": "OLD", "b.py": "OLD", "c/d.py": "OLD"})
	os.Chmod(root+"/a.py", 0)
	os.Chmod(root+"/c", 0)
	defer os.Chmod(root+"/c", 0o755)
	r := scanned(t, Options{Paths: []string{root}})
	expect(t, r, "b.py:1:1")
	if len(r.Errors) != 2 || r.Errors[0].Message != "permission denied" {
		t.Fatalf("%+v", r.Errors)
	}
}

func TestAMistakeInOneFileLeavesTheOthers(t *testing.T) {
	r := scanned(t, Options{Paths: []string{put(t, map[string]string{"a.sh": "OLD PANIC", "b.sh": "OLD"})}})
	expect(t, r, "b.sh:1:1")
	if len(r.Errors) != 1 || r.Errors[0].Path != "a.sh" || !strings.Contains(r.Errors[0].Message, "a mistake") {
		t.Fatalf("%+v", r.Errors)
	}
}

func TestComments(t *testing.T) {
	for text, want := range map[string]int{
		"OLD # hoofprint: ignore\nOLD\n":                                  1,
		"OLD # hoofprint: ignore[span-set-tag-str]\n":                     0,
		"OLD # hoofprint: ignore[span-]\n":                                0,
		"OLD # hoofprint: ignore[ pin , span-set-tag-str ] why\n":         0,
		"OLD # hoofprint: ignore[pin]\n":                                  1,
		"OLD # hoofprint: ignore[]\n":                                     1,
		"# hoofprint: ignore\nOLD\nOLD\n":                                 1,
		"# hoofprint: ignore[pin]\n# hoofprint: ignore[span]\nOLD\nOLD\n": 1,
		"\n\nOLD\nOLD\n# hoofprint: ignore-file\n":                        0,
		"# hoofprint: ignore-file[pin]\nOLD\n":                            1,
		"OLD // hoofprint:ignore\nOLD -- hoofprint: ignore\nOLD ; hoofprint: ignore\nOLD <!-- hoofprint: ignore -->\nOLD /* hoofprint: ignore */": 0,
		"OLD # noqa # hoofprint: ignore\n": 0,
		"OLD # hoofprint: ignored\n":       1,
		"OLD hoofprint: ignore\n":          1,
		"OUTER(\nx) # hoofprint: ignore\n": 0,
	} {
		root := put(t, map[string]string{"a.txt": text})
		if r := scanned(t, Options{Paths: []string{root}}); len(r.Findings) != want {
			t.Errorf("%q: %q", text, places(r))
		}
	}
	root := put(t, map[string]string{"a.py": "x # hoofprint: ignore\nOLD # hoofprint: ignore\n\n# hoofprint: ignore[pin]\nOLD\n"})
	r := scanned(t, Options{Paths: []string{root}})
	if len(r.UnusedIgnores) != 2 || r.UnusedIgnores[0].Line != 1 || r.UnusedIgnores[1].Line != 4 || r.Summary.Ignored != 1 {
		t.Fatalf("%+v", r)
	}
}

func TestChoice(t *testing.T) {
	root := put(t, map[string]string{"a.py": "OLD", "tests/b.py": "OLD", "gen/c.py": "OLD"})
	f := func(o Options, want ...string) {
		t.Helper()
		o.Paths = []string{root}
		expect(t, scanned(t, o), want...)
	}
	all := []string{"a.py:1:1", "gen/c.py:1:1", "tests/b.py:1:1"}
	f(Options{Select: []string{"span-set"}}, all...)
	f(Options{Select: []string{"api"}}, all...)
	f(Options{Select: []string{"setting"}})
	f(Options{Ignore: []string{rule}})
	f(Options{Config: walk.Config{Select: []string{"setting"}}})
	f(Options{Config: walk.Config{Select: []string{"setting"}}, Select: []string{rule}}, all...)
	f(Options{Config: walk.Config{File: root + "/hoofprint.toml", Exclude: []string{"/gen"}}}, "a.py:1:1", "tests/b.py:1:1")
	f(Options{Config: walk.Config{File: root + "/hoofprint.toml", PerFileIgnores: map[string][]string{"tests/": {"span"}, "gen/*.py": {"setting"}}}}, "a.py:1:1", "gen/c.py:1:1")
	_, err := Scan(context.Background(), Options{Paths: []string{root}, Ignore: []string{"span-set-tag-st_r"}, detector: fake{}})
	if err == nil || !strings.Contains(err.Error(), "did you mean \"span-set-tag-str\"?") {
		t.Fatalf("%v", err)
	}
}

func TestACancelledScanEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Scan(ctx, Options{Paths: []string{put(t, map[string]string{"a.py": "OLD"})}, detector: fake{}}); err == nil {
		t.Fatal("no error")
	}
}

func TestMend(t *testing.T) {
	f := func(text, want string, left int, m Mending) *report.Report {
		t.Helper()
		root := put(t, map[string]string{"a.py": text})
		r, changes, err := Mend(context.Background(), Options{Paths: []string{root}, detector: fake{}}, m)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			if err := c.Write(); err != nil {
				t.Fatal(err)
			}
		}
		now, err := os.ReadFile(root + "/a.py")
		if err != nil || string(now) != want || len(r.Findings) != left {
			t.Fatalf("%q with %d left, not %q with %d: %v", now, len(r.Findings), want, left, err)
		}
		_, again, err := Mend(context.Background(), Options{Paths: []string{root}, detector: fake{}}, m)
		if err != nil || len(again) != 0 {
			t.Fatalf("a second time: %v, %v", again, err)
		}
		return r
	}
	f("x = OLD\n", "x = NEW\n", 0, Mending{})
	f("# coding: latin-1\nx = '\xe9'\r\nx = OLD", "# coding: latin-1\nx = '\xe9'\r\nx = NEW", 0, Mending{})
	f("\ufeffx = OLD # OLD\r\n", "\ufeffx = NEW # NEW\r\n", 0, Mending{})
	f("x = MAYBE\n", "x = MAYBE\n", 1, Mending{})
	f("x = MAYBE\n", "x = SURE\n", 0, Mending{Unsafe: true})
	if r := f("x = OUTER(OLD)\n", "x = NEW[NEW]\n", 0, Mending{}); r.Summary.Fixed != 2 {
		t.Fatalf("%+v", r.Summary)
	}
	r := f("x = OLD\ny = BREAK\n", "x = OLD\ny = BREAK\n", 2, Mending{})
	if len(r.Errors) != 1 || !strings.Contains(r.Errors[0].Message, "it would not be Python (line 2") {
		t.Fatalf("%+v", r.Errors)
	}
	f("def (\nx = OLD\n", "def (\nx = OLD\n", 0, Mending{})
	f("# TODO(hoofprint): say OLD, ASK\nOLD # TODO(hoofprint): ASK\n", "# TODO(hoofprint): say OLD, ASK\nNEW # TODO(hoofprint): ASK\n", 0, Mending{Todo: true})
	if r := f("if x:\n    OLD, ASK\n", "if x:\n    # TODO(hoofprint): span-set-tag-str: It is gone; Write NEW\n    NEW, ASK\n", 1, Mending{Todo: true}); r.Findings[0].Line != 3 || r.Summary.Todos != 1 {
		t.Fatalf("%+v", r)
	}
}
