// Package filetest makes the files that tests scan.
package filetest

import (
	"os"
	"path/filepath"
	"testing"
)

// Put writes files, by path from a folder, into it, with the folders on their way.
func Put(t testing.TB, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
