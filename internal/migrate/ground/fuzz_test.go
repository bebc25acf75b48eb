package ground

import (
	"testing"

	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/textcases"
)

// FuzzFind reads any bytes as every kind of file: nothing panics, and edits lie inside the file.
func FuzzFind(f *testing.F) {
	textcases.Seed(f)
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
