// Package walk finds the files to scan: it goes through folders as git would, reads
// files as the text they are, and knows which lines changed since a revision.
package walk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Entry is a file that was found.
type Entry struct {
	Path     string // relative to the root, with slashes
	Absolute string
	Named    bool // named by the caller, so that it is scanned whatever it looks like
}

// Trouble is a file or folder that could not be read.
type Trouble struct {
	Path    string
	Message string
}

// Options say where to look.
type Options struct {
	Root    string   // absolute; Path is relative to it
	Paths   []string // absolute files and folders, in or at Root
	Exclude []*Patterns
	// NoIgnore looks into what .gitignore leaves out.
	NoIgnore bool
}

// Root is the folder that all paths are in: the folder itself for one folder, its folder for one file.
// The paths come back absolute; one that is not there is an error.
func Root(paths []string) (root string, absolute []string, err error) {
	for _, p := range paths {
		full, err := filepath.Abs(p)
		if err != nil {
			return "", nil, fmt.Errorf("finding %s: %w", p, err)
		}
		info, err := os.Stat(full)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return "", nil, fmt.Errorf("there is no %s; give files or folders to scan", p)
			}
			return "", nil, fmt.Errorf("scanning %s: %w", p, errors.Unwrap(err))
		}
		absolute = append(absolute, full)
		folder := full
		if !info.IsDir() {
			folder = filepath.Dir(full)
		}
		if root == "" {
			root = folder
		}
		for root != folder && !strings.HasPrefix(folder, strings.TrimSuffix(root, "/")+"/") {
			root = filepath.Dir(root)
		}
	}
	return root, absolute, nil
}

// Walk calls found for each file, in the order of paths, and trouble for what cannot be read.
func Walk(ctx context.Context, o Options, found func(Entry), trouble func(Trouble)) error {
	w := &walker{Options: o, found: found, trouble: trouble, seen: map[string]bool{}}
	for _, p := range slices.Sorted(slices.Values(o.Paths)) {
		info, err := os.Stat(p)
		if err != nil {
			trouble(Trouble{w.relative(p), Reason(err)})
			continue
		}
		if !info.IsDir() {
			w.file(p, true)
			continue
		}
		var ignored stack
		if !o.NoIgnore {
			ignored = above(p)
		}
		if err := w.folder(ctx, p, ignored); err != nil {
			return err
		}
	}
	return nil
}

type walker struct {
	Options
	found   func(Entry)
	trouble func(Trouble)
	seen    map[string]bool // what was named twice: once as itself and once by its folder
}

func (w *walker) relative(p string) string {
	relative, err := filepath.Rel(w.Root, p)
	if err != nil {
		return filepath.ToSlash(p)
	}
	return filepath.ToSlash(relative)
}

func (w *walker) file(p string, named bool) {
	if len(w.Paths) > 1 {
		if w.seen[p] {
			return
		}
		w.seen[p] = true
	}
	w.found(Entry{w.relative(p), p, named})
}

func (w *walker) folder(ctx context.Context, folder string, ignored stack) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		w.trouble(Trouble{w.relative(folder), Reason(err)})
	}
	if !w.NoIgnore {
		ignored = ignored.with(folder)
	}
	for _, e := range entries {
		p := filepath.Join(folder, e.Name())
		isFolder := e.IsDir()
		switch {
		case isFolder && skippedFolder(p, e.Name()), !isFolder && !e.Type().IsRegular():
			continue // symbolic links are not followed: what they point to in the tree is found itself
		case ignored.ignores(p, isFolder), w.excludes(p, isFolder):
			continue
		case isFolder:
			if err := w.folder(ctx, p, ignored); err != nil {
				return err
			}
		case !binaryName(e.Name()):
			w.file(p, false)
		}
	}
	return nil
}

func (w *walker) excludes(p string, isFolder bool) bool {
	return stack(w.Exclude).ignores(p, isFolder)
}

// skippedFolder says that a folder holds what others wrote or what tools made.
func skippedFolder(p, name string) bool {
	switch name {
	case ".git", ".hg", ".svn", "node_modules", "__pycache__", "site-packages", "dist-packages",
		".tox", ".nox", ".eggs", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache":
		return true
	}
	if strings.HasSuffix(name, ".egg-info") || strings.HasSuffix(name, ".dist-info") {
		return true
	}
	_, err := os.Lstat(filepath.Join(p, "pyvenv.cfg"))
	return err == nil
}

// binaryName says, without reading it, that a file is no text.
func binaryName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".pyc", ".pyo", ".so", ".a", ".o", ".dll", ".exe", ".dylib", ".class", ".jar", ".whl", ".egg",
		".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".bmp", ".tiff", ".pdf", ".woff", ".woff2", ".ttf", ".otf",
		".mp3", ".mp4", ".wav", ".ogg", ".webm", ".mov", ".zip", ".gz", ".bz2", ".xz", ".zst", ".7z", ".tar", ".tgz",
		".db", ".sqlite", ".sqlite3", ".parquet", ".npy", ".npz", ".pkl", ".pickle", ".pt", ".onnx", ".h5", ".wasm":
		return true
	}
	return false
}

// Reason is an error of the file system without the path, which stands beside it.
func Reason(err error) string {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err.Error()
	}
	return err.Error()
}
