package walk

import (
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Patterns are lines in the syntax of .gitignore, for paths below one folder.
type Patterns struct {
	folder string // with slashes and without one at its end; paths to match are below it
	list   []pattern
}

// NewPatterns reads patterns for the paths below a folder.
func NewPatterns(folder string, lines []string) *Patterns {
	p := &Patterns{folder: strings.TrimSuffix(filepath.ToSlash(folder), "/")}
	for _, line := range lines {
		if one, ok := parsePattern(line); ok {
			p.list = append(p.list, one)
		}
	}
	return p
}

// Match says whether the last pattern that is for an absolute path ignores it; known is false if none is.
func (p *Patterns) Match(absolute string, isFolder bool) (ignored, known bool) {
	if len(p.list) == 0 || !strings.HasPrefix(absolute, p.folder+"/") {
		return false, false
	}
	relative := absolute[len(p.folder)+1:]
	for i := len(p.list) - 1; i >= 0; i-- {
		if p.list[i].matches(relative, isFolder) {
			return !p.list[i].negated, true
		}
	}
	return false, false
}

// MatchBelow says whether a file or one of the folders it is in is ignored.
func (p *Patterns) MatchBelow(absolute string) bool {
	for i := len(p.folder) + 1; i < len(absolute); i++ {
		if absolute[i] == '/' {
			if ignored, _ := p.Match(absolute[:i], true); ignored {
				return true
			}
		}
	}
	ignored, _ := p.Match(absolute, false)
	return ignored
}

// stack are the ignore files that are for a folder: its own last.
type stack []*Patterns

func (s stack) ignores(absolute string, isFolder bool) bool {
	for i := len(s) - 1; i >= 0; i-- {
		if ignored, known := s[i].Match(absolute, isFolder); known {
			return ignored
		}
	}
	return false
}

// with adds a folder's own .gitignore, if there is one. Like git it reads no symbolic link.
func (s stack) with(folder string) stack {
	return s.withFile(folder, filepath.Join(folder, ".gitignore"))
}

func (s stack) withFile(folder, file string) stack {
	if info, err := os.Lstat(file); err != nil || !info.Mode().IsRegular() {
		return s
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return s
	}
	p := NewPatterns(folder, strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n"))
	if len(p.list) == 0 {
		return s
	}
	return append(s[:len(s):len(s)], p)
}

// above reads what is for the folders from the top of the git work tree down to, but without, a folder.
func above(folder string) stack {
	var s stack
	top, git := workTree(folder)
	if top == "" {
		return s
	}
	s = s.withFile(top, filepath.Join(git, "info", "exclude"))
	relative, err := filepath.Rel(top, folder)
	if err != nil || relative == "." {
		return s
	}
	at := top
	for _, part := range strings.Split(filepath.ToSlash(relative), "/") {
		s = s.with(at)
		at = filepath.Join(at, part)
	}
	return s
}

// workTree finds the git work tree a folder is in, and its git folder; "" if it is in none.
func workTree(folder string) (top, git string) {
	for at := folder; ; at = filepath.Dir(at) {
		dot := filepath.Join(at, ".git")
		info, err := os.Stat(dot)
		switch {
		case err == nil && info.IsDir():
			return at, dot
		case err == nil:
			return at, linkedGit(at, dot)
		}
		if at == filepath.Dir(at) {
			return "", ""
		}
	}
}

// linkedGit is the git folder of a linked work tree or a submodule: the one they have in common.
func linkedGit(at, file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return file
	}
	git := strings.TrimSpace(strings.TrimPrefix(string(text), "gitdir:"))
	if !filepath.IsAbs(git) {
		git = filepath.Join(at, git)
	}
	if common, err := os.ReadFile(filepath.Join(git, "commondir")); err == nil {
		return filepath.Join(git, path.Clean(strings.TrimSpace(string(common))))
	}
	return git
}

// WorkTree is the top folder of the git work tree that a folder is in, or "".
func WorkTree(folder string) string {
	top, _ := workTree(folder)
	return top
}
