package rewrite

import (
	"strings"
	"testing"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
)

// todo marks each @ of a text as a finding, takes it out, and leaves comments twice.
func todo(t *testing.T, path, text string) string {
	t.Helper()
	python := strings.HasSuffix(path, ".py")
	note := func(text string) (string, int) {
		f := source.New(path, []byte(text))
		var findings []finding.Finding
		for at := 0; ; {
			i := strings.Index(text[at:], "USE")
			if i < 0 {
				break
			}
			one := finding.At(f, at+i, at+i+3, "rule-a", finding.Certain)
			one.Message, one.Fix = "It is gone", "Write another"
			findings = append(findings, one)
			at += i + 3
		}
		out, n := Todo(f, python, findings)
		return string(out), n
	}
	once, _ := note(text)
	twice, n := note(once)
	if twice != once || n != 0 {
		t.Fatalf("a second time it left %d more:\n%s", n, twice)
	}
	return strings.ReplaceAll(once, "TODO(hoofprint): rule-a: It is gone; Write another", "T")
}

func TestTodoStandsAboveTheStatement(t *testing.T) {
	for _, c := range []struct{ path, text, want string }{
		{"a.py", "USE()\n", "# T\nUSE()\n"},
		{"a.py", "\ufeffUSE()", "\ufeff# T\nUSE()"},
		{"a.py", "if x:\r\n\tUSE(USE)\r\n", "if x:\r\n\t# T\r\n\tUSE(USE)\r\n"},
		{"a.py", "def f():\n    return g(\n        1,\n        USE,\n    )\n", "def f():\n    # T\n    return g(\n        1,\n        USE,\n    )\n"},
		{"a.py", "x = 1 + \\\n    USE\n", "# T\nx = 1 + \\\n    USE\n"},
		{"a.py", "x = '''\n  ''' + USE\n", "# T\nx = '''\n  ''' + USE\n"},
		{"a.py", "if a:\n    pass\nelif USE:\n    pass\n", "if a:\n    pass\n# T\nelif USE:\n    pass\n"},
		{"a.py", "@USE\ndef f(): USE\n", "# T\n@USE\n# T\ndef f(): USE\n"},
		{"a.py", "a = 1; USE\n", "# T\na = 1; USE\n"},
		{"a.py", "if x: USE\nelse: USE\n", "# T\nif x: USE\n# T\nelse: USE\n"},
		{"a.py", "# one\n# two\nUSE\n", "# one\n# two\n# T\nUSE\n"},
		{"Dockerfile", "FROM x\nRUN a \\\n  && USE b\n", "FROM x\n# T\nRUN a \\\n  && USE b\n"},
		{"deploy.yaml", "a:\n  - name: USE\n", "a:\n  # T\n  - name: USE\n"},
		{"ci.yml", "steps:\n  - run: |\n      a\n      USE=1 b\n", "steps:\n  # T\n  - run: |\n      a\n      USE=1 b\n"},
		{"a.json", "{\"USE\": 1}\n", "{\"USE\": 1}\n"},
		{"poetry.lock", "USE\n", "USE\n"},
		{"requirements-dev.txt", "USE\n", "# T\nUSE\n"},
		{"notes.txt", "USE\n", "USE\n"},
		{"page.html", "  <p>USE\n", "  <!-- T -->\n  <p>USE\n"},
	} {
		if got := todo(t, c.path, c.text); got != c.want {
			t.Errorf("%s: %q became\n%s", c.path, c.text, got)
		}
	}
}
