package rewrite

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteKeepsWhatAFileIs(t *testing.T) {
	root := t.TempDir()
	target := filepath.Join(root, "real.py")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(target, 0o751|os.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(root, "link.py")
	if err := os.Symlink("real.py", link); err != nil {
		t.Fatal(err)
	}
	if err := Write(link, []byte("old"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(target)
	text, _ := os.ReadFile(target)
	to, _ := os.Readlink(link)
	left, _ := os.ReadDir(root)
	if string(text) != "new" || info.Mode() != 0o751|os.ModeSetgid || to != "real.py" || len(left) != 2 {
		t.Fatalf("%q, %v, %q, %v", text, info.Mode(), to, left)
	}
}

func TestWriteLeavesAlone(t *testing.T) {
	root := t.TempDir()
	target := filepath.Join(root, "a.py")
	if err := os.WriteFile(target, []byte("someone else's"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(target, []byte("old"), []byte("new")); !errors.Is(err, ErrChanged) {
		t.Fatalf("%v", err)
	}
	if os.Geteuid() != 0 {
		os.Chmod(target, 0o444)
		if err := Write(target, []byte("someone else's"), []byte("new")); !errors.Is(err, os.ErrPermission) {
			t.Fatalf("%v", err)
		}
	}
	if text, _ := os.ReadFile(target); string(text) != "someone else's" {
		t.Fatalf("%q", text)
	}
}
