package walk

import (
	"path/filepath"
	"strings"
	"testing"

	"hoofprint/internal/migrate/filetest"
)

func TestConfigIsFoundUpwards(t *testing.T) {
	root := t.TempDir()
	filetest.Put(t, root, map[string]string{
		"pyproject.toml":        "[tool.hoofprint.migrate]\nexclude = ['gen/']\nfail-on = 'likely'\n[tool.hoofprint.migrate.per-file-ignores]\n'tests/**' = ['span-']\n",
		"sub/pyproject.toml":    "[project]\nname = 'x'\n",
		"other/hoofprint.toml":  "[migrate]\nignore = ['pin']\n",
		"other/pyproject.toml":  "[tool.hoofprint.migrate]\nignore = ['not-this']\n",
		"broken/pyproject.toml": "[[[ not ours\n",
	})
	c, err := FindConfig(filepath.Join(root, "sub"))
	if err != nil || c.File != filepath.Join(root, "pyproject.toml") || c.FailOn != "likely" || len(c.Exclude) != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	patterns, rules := c.PerFile()
	if len(rules) != 1 || !patterns[0].MatchBelow(filepath.Join(root, "tests/a/b.py")) || patterns[0].MatchBelow(filepath.Join(root, "src/tests.py")) {
		t.Fatalf("%v %v", patterns, rules)
	}
	if c, err = FindConfig(filepath.Join(root, "other")); err != nil || len(c.Ignore) != 1 || c.Ignore[0] != "pin" {
		t.Fatalf("%+v, %v", c, err)
	}
	if c, err = FindConfig(filepath.Join(root, "broken")); err != nil || c.FailOn != "likely" {
		t.Fatalf("%+v, %v", c, err)
	}
}

func TestWrongConfigSaysWhatToWrite(t *testing.T) {
	for text, want := range map[string]string{
		"[migrate]\nexlude = []\n":                     `did you mean "exclude"?`,
		"[migrate]\nfail_on = 'likely'\n":              `did you mean "fail-on"?`,
		"[migrate]\nzzzzzzzzz = 1\n":                   "it has: exclude, select",
		"[migrate]\nexclude = 3\n":                     "exclude",
		"[migrate\n":                                   "hoofprint.toml: toml: line",
		"[other]\n":                                    "no table [migrate]",
		"migrate = 3\n":                                "migrate",
		"[migrate.per-file-ignores]\n'a' = 'string'\n": "per-file-ignores",
	} {
		root := t.TempDir()
		filetest.Put(t, root, map[string]string{"hoofprint.toml": text})
		_, err := ReadConfig(filepath.Join(root, "hoofprint.toml"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, without %q", text, err, want)
		}
	}
	if _, err := ReadConfig(filepath.Join(t.TempDir(), "no.toml")); err == nil {
		t.Error("no error for a file that is not there")
	}
}

func FuzzConfig(f *testing.F) {
	f.Add("[migrate]\nexclude = ['a']\n")
	f.Fuzz(func(t *testing.T, text string) {
		root := t.TempDir()
		filetest.Put(t, root, map[string]string{"hoofprint.toml": text})
		ReadConfig(filepath.Join(root, "hoofprint.toml"))
	})
}
