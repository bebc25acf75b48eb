package syntax

import (
	"os"
	"path/filepath"
	"testing"
)

// corpus is Python of this repository.
func corpus(b *testing.B) (files [][]byte, size int64) {
	root := filepath.Join("..", "..", "..", "python")
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".py" {
			return err
		}
		text, err := os.ReadFile(path)
		files = append(files, text)
		size += int64(len(text))
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return files, size
}

func BenchmarkParse(b *testing.B) {
	files, size := corpus(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, text := range files {
			if _, err := Parse(text); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkTokens(b *testing.B) {
	files, size := corpus(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, text := range files {
			if _, err := Tokens(text); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkWalk(b *testing.B) {
	files, size := corpus(b)
	var trees []*Module
	for _, text := range files {
		tree, err := Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		trees = append(trees, tree)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, tree := range trees {
			Walk(tree, func(Node) bool { return true })
		}
	}
}
