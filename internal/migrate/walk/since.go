package walk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Changed are the lines that are not in a revision, by absolute path.
type Changed map[string][]lines

type lines struct{ from, to int } // to is the line after the last

const allLines = 1 << 30

// Has says whether one of the lines from to to, both counted, of a file changed.
func (c Changed) Has(absolute string, from, to int) bool {
	for _, l := range c[absolute] {
		if from < l.to && to >= l.from {
			return true
		}
	}
	return false
}

// Since asks git which lines of the work tree that root is in are not in the commit where HEAD
// left revision: committed, staged, not staged, and files that git does not track.
func Since(ctx context.Context, root, revision string) (Changed, error) {
	failed := func(err error) error {
		return fmt.Errorf("finding what changed since %q: %w", revision, err)
	}
	if strings.HasPrefix(revision, "-") || revision == "" {
		return nil, failed(errors.New("that is no revision; give a branch, a tag or a commit"))
	}
	out, err := runGit(ctx, root, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, failed(err)
	}
	top := strings.TrimSuffix(out, "\n")
	commit, err := runGit(ctx, root, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return nil, failed(errors.New("git knows no such commit; fetch it, or give a branch, a tag or a commit"))
	}
	base := strings.TrimSpace(commit)
	if common, err := runGit(ctx, root, "merge-base", base, "HEAD"); err == nil {
		base = strings.TrimSpace(common)
	}
	diff, err := runGit(ctx, top, "-c", "core.quotePath=false", "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--find-renames", "--ignore-submodules",
		"--unified=0", "--inter-hunk-context=0", "--src-prefix=a/", "--dst-prefix=b/", base, "--")
	if err != nil {
		return nil, failed(err)
	}
	untracked, err := runGit(ctx, top, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, failed(err)
	}
	changed := Changed{}
	// The caller's paths may lead through symbolic links that git has resolved.
	if resolved, err := filepath.EvalSymlinks(root); err == nil {
		if below, err := filepath.Rel(top, resolved); err == nil {
			top = filepath.Join(root, strings.Repeat("../", depth(below)))
		}
	}
	changed.read(top, diff)
	for _, name := range strings.Split(untracked, "\x00") {
		if name != "" {
			changed[filepath.Join(top, name)] = []lines{{1, allLines}}
		}
	}
	return changed, nil
}

func depth(relative string) int {
	if relative == "." {
		return 0
	}
	return strings.Count(relative, "/") + 1
}

// read takes the hunks of a diff without context.
func (c Changed) read(top, diff string) {
	path, left := "", 0
	for _, line := range strings.Split(diff, "\n") {
		switch {
		case left > 0 && (strings.HasPrefix(line, "+") || strings.HasPrefix(line, "-")):
			left-- // a changed line, which may look like anything
		case strings.HasPrefix(line, "+++ "):
			path = ""
			if name, ok := strings.CutPrefix(unquote(strings.TrimSuffix(line[4:], "\t")), "b/"); ok {
				path = filepath.Join(top, name)
			}
		case strings.HasPrefix(line, "@@ ") && strings.Count(line, " ") >= 3:
			parts := strings.SplitN(line, " ", 4)
			_, removed := hunk(parts[1])
			from, added := hunk(parts[2])
			left = removed + added
			if path == "" {
				continue
			}
			if added == 0 { // lines were only taken out: those around the gap are as they were
				continue
			}
			c[path] = append(c[path], lines{from, from + added})
		}
	}
}

// hunk reads "+12,3" or "-12".
func hunk(text string) (from, count int) {
	first, second, many := strings.Cut(strings.TrimLeft(text, "+-"), ",")
	from, _ = strconv.Atoi(first)
	if count = 1; many {
		count, _ = strconv.Atoi(second)
	}
	return from, count
}

// unquote reads a path as git writes it, with C's escapes in quotes if it has odd bytes.
func unquote(name string) string {
	if !strings.HasPrefix(name, `"`) {
		return name
	}
	if plain, err := strconv.Unquote(name); err == nil {
		return plain
	}
	return name
}

func runGit(ctx context.Context, folder string, args ...string) (string, error) {
	// No hook of the repository's configuration is run for a look at it.
	c := exec.CommandContext(ctx, "git", append([]string{"-C", folder, "-c", "core.fsmonitor=false"}, args...)...)
	var out, complaint bytes.Buffer
	c.Stdout, c.Stderr = &out, &complaint
	err := c.Run()
	var status *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("git is not installed")
	case errors.As(err, &status) && complaint.Len() > 0:
		first, _, _ := strings.Cut(complaint.String(), "\n")
		return "", fmt.Errorf("git says: %s", strings.TrimPrefix(first, "fatal: "))
	case err != nil:
		return "", fmt.Errorf("running git %s: %w", args[0], err)
	}
	return out.String(), nil
}
