package ground

import (
	"os"
	"path/filepath"
	"testing"

	"hoofprint/internal/migrate/source"
)

// FuzzFind reads any bytes as every kind of file: nothing panics, and edits lie inside the file.
func FuzzFind(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		_, all := sections(string(text))
		for _, s := range all {
			f.Add([]byte(s.text))
		}
	}
	kinds := []string{"requirements.txt", "pyproject.toml", "Pipfile", "Pipfile.lock", "uv.lock", "Dockerfile", "a.yaml", "tox.ini", "main.tf", "runtime.txt", ".tool-versions", "a.sh", "a.json", "README.md"}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, name := range kinds {
			for _, x := range Find(source.New(name, text)) {
				for _, e := range x.Edits {
					if e.Start < 0 || e.End > len(text) || e.Start > e.End || e.New == "" {
						t.Fatalf("%s: an edit from %d to %d", name, e.Start, e.End)
					}
				}
			}
		}
	})
}
