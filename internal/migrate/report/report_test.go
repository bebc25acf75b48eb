package report

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/walk"
)

// sample is a report with what is hard to show: tabs, wide letters, long lines, several lines, markup, escapes.
func sample() *Report {
	r := &Report{Version: "1.2.3", Root: "/repo/src", Folder: "/repo", Sources: map[string]*Source{}}
	add := func(path, text string, sure finding.Certainty, rule string, safe bool, news ...string) {
		s := r.Sources[path]
		if s == nil {
			s = &Source{Text: &walk.Text{Entry: walk.Entry{Path: path}}, File: source.New(path, []byte(strings.NewReplacer("«", "", "»", "").Replace(text)))}
			r.Sources[path] = s
		}
		start := strings.Index(text, "«")
		end := strings.Index(text, "»") - len("«")
		f := finding.At(s.File, start, end, rule, sure)
		f.Message, f.Fix, f.Safe = "Span.set_tag_str is gone, and calling it raises AttributeError", "Write Span.set_tag(key, value)", safe
		for _, n := range news {
			f.Edits = append(f.Edits, finding.Edit{Start: start, End: end, New: n})
		}
		r.Findings = append(r.Findings, f)
	}
	add("app/a, b.py", "\ufeffx = 1\nif x:\n\tspan.«set_tag_str»('é', '日本', 1)\n", finding.Certain, "span-set-tag-str", true, "set_tag")
	add("app/a, b.py", "\ufeffx = 1\nif x:\n\tspan.set_tag_str('é', '日本', «1»)\n", finding.Likely, "other-rule", false, "2")
	add("app/b%.py", strings.Repeat("long, ", 60)+"«use», "+strings.Repeat("more, ", 60), finding.Certain, "span-set-tag-str", false)
	add("app/c:d.html", "<script>alert('«x\ny»')</script>\x1b[31m", finding.Likely, "other-rule", false)
	add("app/e.py", "«»", finding.Certain, "span-set-tag-str", false)
	r.Findings[3].Message = "100% <b>\x1b[31m\nbad"
	r.Unparsed = []Problem{{"app/broken.py", 3, 4, "what is here is no Python"}, {"app/latin.py", 0, 0, "not UTF-8"}}
	r.Errors = []Problem{{Path: "app/secret", Message: "permission denied"}}
	r.UnusedIgnores = []Problem{{"app/x.py", 7, 1, "this comment ignores nothing"}}
	r.Summary = Summary{Files: 9, Python: 7, Lines: 1234, Large: []string{"data.json"}, Ignored: 2}
	return r
}

// golden holds what is written against a file; with UPDATE_GOLDEN=1 it writes the file.
func golden(t *testing.T, name string, write func(io.Writer, *Report) error) []byte {
	t.Helper()
	var got bytes.Buffer
	if err := write(&got, sample()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Fatalf("not what %s holds:\n%s", file, got.Bytes())
	}
	return got.Bytes()
}

func TestText(t *testing.T) {
	plain := golden(t, "report.txt", func(w io.Writer, r *Report) error { return Text(w, r, false) })
	if bytes.ContainsRune(plain, '\x1b') {
		t.Fatal("scanned text steers the terminal")
	}
	var colored, stripped bytes.Buffer
	Text(&colored, sample(), true)
	stripped.Write(regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAll(colored.Bytes(), nil))
	if !bytes.Equal(stripped.Bytes(), plain) || colored.Len() == stripped.Len() {
		t.Fatal("colour changes more than the colour")
	}
}

func TestJSON(t *testing.T) { golden(t, "report.json", JSON) }

func TestSARIF(t *testing.T) {
	golden(t, "report.sarif", SARIF)
	elsewhere := sample()
	elsewhere.Folder = "/somewhere/else"
	var out bytes.Buffer
	if err := SARIF(&out, elsewhere); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, `"uri": "file:///repo/src/"`) || !strings.Contains(text, `"uri": "app/a,%20b.py"`) {
		t.Fatalf("%s", text)
	}
}

func TestGitHub(t *testing.T) {
	out := golden(t, "report.github", GitHub)
	for _, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		if !strings.HasPrefix(line, "::error file=") && !strings.HasPrefix(line, "::warning file=") {
			t.Fatalf("a line that is no command: %q", line)
		}
	}
}

func TestHTML(t *testing.T) {
	out := string(golden(t, "report.html", HTML))
	if strings.Contains(out, "alert('") || strings.Contains(out, "<b>\x1b") || strings.Contains(out, "100% <b>") {
		t.Fatal("scanned text is not escaped")
	}
	if n := strings.Count(out, "<script"); n != 1 {
		t.Fatalf("%d scripts", n)
	}
	if regexp.MustCompile(`(src|href)=|url\(|@import`).MatchString(out) {
		t.Fatal("the page loads something")
	}
}

// The page has the product's colours.
func TestPageColours(t *testing.T) {
	tokens, err := os.ReadFile("../../../ui/src/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`--[-a-z0-9]+: light-dark\([^)]*\);`).FindAllString(pageStyle, -1) {
		if !bytes.Contains(tokens, []byte(m)) {
			t.Errorf("%s is not in tokens.css", m)
		}
	}
}

func TestNothingFound(t *testing.T) {
	for name, write := range map[string]func(io.Writer, *Report) error{"json": JSON, "sarif": SARIF, "github": GitHub, "html": HTML} {
		var out bytes.Buffer
		if err := write(&out, &Report{Root: "/x"}); err != nil {
			t.Fatal(err)
		}
		if name == "github" {
			if out.Len() != 0 {
				t.Errorf("%s", out.Bytes())
			}
			continue
		}
		if strings.Contains(out.String(), "null") {
			t.Errorf("%s has a null: %s", name, out.Bytes())
		}
		var any map[string]any
		if name != "html" && json.Unmarshal(out.Bytes(), &any) != nil {
			t.Errorf("%s is no JSON: %s", name, out.Bytes())
		}
	}
}
