package walk

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoofprint/internal/migrate/filetest"
)

func TestSince(t *testing.T) {
	root := t.TempDir()
	git(t, root, "init", "-q", "-b", "main")
	filetest.Put(t, root, map[string]string{"same.py": "1\n", "a.py": "1\n2\n3\n4\n5\n", "gone.py": "1\n", "old name.py": "1\n2\n3\n", ".gitignore": "ignored.py\n", "sub/ü.py": "1\n2\n"})
	git(t, root, "add", ".")
	git(t, root, "commit", "-qm", "one")
	git(t, root, "checkout", "-qb", "work")
	filetest.Put(t, root, map[string]string{"a.py": "1\nnew\n3\n4\n5\n", "plus.py": "+++ b/x.py\n"})
	os.Remove(filepath.Join(root, "gone.py"))
	git(t, root, "add", "-A")
	git(t, root, "commit", "-qm", "two")
	git(t, root, "checkout", "-q", "main")
	filetest.Put(t, root, map[string]string{"same.py": "main moved on\n"})
	git(t, root, "commit", "-qam", "three")
	git(t, root, "checkout", "-q", "work")
	filetest.Put(t, root, map[string]string{"a.py": "1\nnew\n3\n5\nnot committed\n", "untracked\nü.py": "", "ignored.py": "", "sub/ü.py": "1\nx\n", "staged.py": "staged\n", "sub/moved.py": "1\n2\n3\n4\n"})
	os.Remove(filepath.Join(root, "old name.py"))
	git(t, root, "add", "staged.py", "sub/moved.py", "old name.py")

	for _, from := range []string{root, filepath.Join(root, "sub")} {
		changed, err := Since(context.Background(), from, "main")
		if err != nil {
			t.Fatal(err)
		}
		has := func(name string, from, to int, want bool) {
			t.Helper()
			if got := changed.Has(filepath.Join(root, name), from, to); got != want {
				t.Errorf("%q lines %d to %d changed: %v", name, from, to, got)
			}
		}
		has("same.py", 1, 9, false) // changed on main only
		has("a.py", 1, 1, false)
		has("a.py", 2, 2, true)
		has("a.py", 1, 3, true)
		has("a.py", 3, 4, false)
		has("a.py", 5, 5, true)
		has("plus.py", 1, 1, true)
		has("x.py", 1, 9, false)
		has("untracked\nü.py", 70, 70, true)
		has("ignored.py", 1, 1, false)
		has("staged.py", 1, 1, true)
		has("sub/ü.py", 1, 1, false)
		has("sub/ü.py", 2, 2, true)
		has("old name.py", 1, 3, false)
		has("sub/moved.py", 1, 3, false) // where they were moved to, lines are no changed ones
		has("sub/moved.py", 4, 4, true)
	}
}

func TestSinceSaysWhatIsWrong(t *testing.T) {
	root := t.TempDir()
	f := func(folder, revision, want string) {
		t.Helper()
		_, err := Since(context.Background(), folder, revision)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("%v, without %q", err, want)
		}
	}
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(root))
	f(root, "main", "not a git repository")
	git(t, root, "init", "-q")
	f(root, "nonsense", "no such commit")
	f(root, "--output=x", "no revision")
	t.Setenv("PATH", t.TempDir())
	f(root, "main", "git is not installed")
}
