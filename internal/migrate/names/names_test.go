package names

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
)

// The files of testdata hold small projects: "=== name" starts one, "--- path" a file of it.
// In a line with "#: want", the argument of use(...) is asked for: "Span!" is an instance of
// ddtrace.trace.Span for sure, "Span?" perhaps, "-" unknown, "= name" another package's or the
// project's own, else a kind and a name.

func TestWhatNamesAre(t *testing.T) {
	eachProject(t, func(name, text string) {
		t.Run(name, func(t *testing.T) { checkProject(t, text) })
	})
}

// eachProject calls do with every project of testdata: its file's topic with its own name, and its text.
func eachProject(t *testing.T, do func(name, text string)) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		topic := strings.TrimSuffix(filepath.Base(file), ".txt")
		for _, project := range strings.Split("\n"+string(text), "\n=== ")[1:] {
			name, body, _ := strings.Cut(project, "\n")
			do(topic+"/"+name, body)
		}
	}
}

func projectOf(text string) *Project {
	var files []*source.File
	text = "\n" + text
	if !strings.Contains(text, "\n--- ") {
		text = "\n--- app.py\n" + text
	}
	for _, part := range strings.Split(text, "\n--- ")[1:] {
		path, body, _ := strings.Cut(part, "\n")
		files = append(files, source.New(strings.TrimSpace(path), []byte(body)))
	}
	return Load(files, "use(")
}

func checkProject(t *testing.T, text string) {
	t.Helper()
	checked := 0
	for _, m := range projectOf(text).Modules() {
		if m.Err != nil {
			t.Fatalf("%s does not parse: %v", m.File.Path, m.Err)
		}
		syntax.Walk(m.Tree, func(n syntax.Node) bool {
			call, ok := n.(*syntax.Call)
			if !ok {
				return true
			}
			if name, ok := call.Func.(*syntax.Name); !ok || name.ID != "use" || len(call.Args) != 1 {
				return true
			}
			line := m.File.At(int(call.Start)).Line
			_, want, ok := strings.Cut(m.File.Line(line), "#: ")
			if !ok {
				return true
			}
			checked++
			if got := shown(m.Value(call.Args[0])); got != want {
				t.Errorf("%s:%d: %s is %s, want %s", m.File.Path, line, strings.TrimSpace(m.File.Line(line)), got, want)
			}
			return true
		})
	}
	if want := strings.Count(text, "#: "); checked != want {
		t.Errorf("%d marks were checked of %d", checked, want)
	}
}

func shown(v Value) string {
	sure := "?"
	if v.Sure {
		sure = "!"
	}
	switch v.Kind {
	case Unknown:
		return "-"
	case None:
		return "None"
	case Foreign:
		return "= " + v.Name
	case Instance:
		return strings.TrimPrefix(v.Name, "ddtrace.trace.") + sure
	}
	return fmt.Sprintf("%s %s%s", []string{"", "package", "class", "instance", "function", "data"}[v.Kind], v.Name, sure)
}
