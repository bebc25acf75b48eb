package rules

import (
	"testing"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
)

// mendText is a text with the safe edits of what FindText finds.
func mendText(t testing.TB, text string, found []finding.Finding) string {
	from, made := 0, ""
	for _, f := range found {
		if f.Start < 0 || f.End > len(text) || f.Start >= f.End {
			t.Fatalf("%q: a finding at %d to %d", text, f.Start, f.End)
		}
		for _, e := range f.Edits {
			if e.Start < from || e.End < e.Start || e.End > len(text) {
				t.Fatalf("%q: edits overlap, or are outside of it: %+v", text, found)
			}
			made += text[from:e.Start] + e.New
			from = e.End
		}
	}
	return made + text[from:]
}

func TestPytestOptions(t *testing.T) {
	for _, c := range []struct {
		text, mended string
		findings     int
	}{
		{"addopts = -q -p ddtrace.pytest_bdd -x\n", "addopts = -q -x\n", 1},
		{"addopts = -p ddtrace.pytest_bdd -x\r\n", "addopts = -x\r\n", 1},
		{"addopts=-p ddtrace.pytest_bdd -x\n", "addopts=-x\n", 1},
		{"addopts = -p ddtrace.pytest_bdd\n", "addopts = \n", 1},
		{"addopts = \"-p ddtrace.pytest_bdd -p no:ddtrace.pytest_benchmark\"\n", "addopts = \"\"\n", 2},
		{"addopts = '-p ddtrace.pytest_bdd -q'\n", "addopts = '-q'\n", 1},
		{`addopts = ["-p", "ddtrace.pytest_bdd", "-q"]`, `addopts = ["-q"]`, 1},
		{`addopts = ["-q", "-p", "ddtrace.pytest_bdd"]`, `addopts = ["-q"]`, 1},
		{"- -p ddtrace.pytest_bdd\n", "- -p ddtrace.pytest_bdd\n", 1},
		{`["-pddtrace.pytest_bdd", "x"]`, `["-pddtrace.pytest_bdd", "x"]`, 1},
		{"pytest -p ddtrace.pytest_bdd\t-p ddtrace.pytest_benchmark tests", "pytest tests", 2},
		{"pytest -p=ddtrace.pytest_bdd", "pytest", 1},
		{"pytest -pddtrace.pytest_bdd -q", "pytest -q", 1},
		{`["-p", "ddtrace.pytest_bdd"]`, `[]`, 1},
		{"pytest -p ddtrace.pytest_bdder -p myddtrace", "pytest -p ddtrace.pytest_bdder -p myddtrace", 0},
		{"; -p ddtrace.pytest_bdd\nx # -p ddtrace.pytest_bdd\n", "; -p ddtrace.pytest_bdd\nx # -p ddtrace.pytest_bdd\n", 0},
		{"DD_PATCH_MODULES=cassandra:true,django:true", "DD_PATCH_MODULES=cassandra:true,django:true", 1},
		{"DD_PATCH_MODULES=mycassandra:true cassandra", "DD_PATCH_MODULES=mycassandra:true cassandra", 0},
	} {
		found := FindText(source.New("f", []byte(c.text)))
		if len(found) != c.findings {
			t.Errorf("%q has %d findings, want %d: %+v", c.text, len(found), c.findings, found)
		}
		if got := mendText(t, c.text, found); got != c.mended {
			t.Errorf("%q becomes %q, want %q", c.text, got, c.mended)
		}
	}
}

func FuzzFindText(f *testing.F) {
	f.Add("addopts = -p ddtrace.pytest_bdd -p no:ddtrace.pytest_benchmark\nDD_PATCH_MODULES=aioredis:true\r")
	f.Fuzz(func(t *testing.T, text string) {
		mendText(t, text, FindText(source.New("f", []byte(text))))
	})
}
