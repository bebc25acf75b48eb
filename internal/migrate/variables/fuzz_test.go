package variables

import (
	"testing"

	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/textcases"
)

// FuzzFind reads any bytes as every kind of file: nothing panics, and edits lie inside the file and apart.
func FuzzFind(f *testing.F) {
	textcases.Seed(f)
	known := newTable(changes)
	kinds := []string{"a.sh", ".env", "Dockerfile", "a.yaml", "a.json", "a.toml", "a.ini", "a.service", "a.tf", "Makefile", "Procfile", "Jenkinsfile", "a.ps1", "a.bat", "a.md", "a.ts", "a"}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, name := range kinds {
			for _, x := range find(known, source.New(name, text)) {
				if _, ok := known.find(string(text[x.Start:x.End])); !ok {
					t.Fatalf("%s: found %q", name, text[x.Start:x.End])
				}
				for _, e := range x.Edits {
					if e.Start < 0 || e.End > len(text) || e.Start >= e.End || e.New == "" && (x.Start < e.Start || x.End > e.End) {
						t.Fatalf("%s: an edit from %d to %d for %q at %d", name, e.Start, e.End, text[x.Start:x.End], x.Start)
					}
				}
			}
		}
	})
}
