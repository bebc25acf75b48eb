package walk

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoofprint/internal/migrate/filetest"
)

func git(t *testing.T, root string, args ...string) string {
	t.Helper()
	c := exec.Command("git", append([]string{"-C", root, "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "core.excludesFile=/dev/null"}, args...)...)
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := c.CombinedOutput()
	if err != nil && args[0] != "check-ignore" {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func walked(t *testing.T, o Options) []string {
	t.Helper()
	var paths []string
	err := Walk(context.Background(), o, func(e Entry) { paths = append(paths, e.Path) }, func(tr Trouble) { t.Errorf("trouble: %+v", tr) })
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// What git itself says of each path is what we expect.
func TestIgnoresWhatGitIgnores(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	names := []string{
		"a.py", "b.log", "keep.log", "build/x.py", "src/build/x.py", "src/a.py", "src/deep/er/a.py", "src/deep/a.txt",
		"docs/a.md", "docs/sub/a.md", "docs/sub/b.md", "x/y/z/a.py", "x/z/a.py", "foo", "bar/foo", "foo bar", "sp ", "#hash", "!bang",
		"a1.py", "a2.py", "ab.py", "a-.py", "a].py", "a^.py", "star*name", "starxname", "back\\slash", "q?.c", "qa.c", "Ünï.py", "über/a.py",
		"tmp/a", "tmp/keep/a", "tmp/keep.txt", "n/.gitignore-not", "vendor/lib/a.py", "vendor/ours/a.py", "trail/a", "trail/b/trail/a",
		"data/1.json", "data/deep/2.json", "a/b", "a/x/b", "a/x/y/b", "ab/c/d.py", "dir.py/a.py",
	}
	for name, ignore := range map[string]map[string]string{
		"plain":      {".gitignore": "*.log\n!keep.log\n"},
		"folders":    {".gitignore": "build/\n/src/deep\ndocs/sub\n"},
		"anchored":   {".gitignore": "/foo\n/a.py\nx/z\n"},
		"middle":     {".gitignore": "x/z/\nsrc/*.py\n"},
		"doubles":    {".gitignore": "**/z/\nsrc/**/a.py\na/**/b\ntrail/**\n"},
		"odd stars":  {".gitignore": "a**b.py\n**foo\nx/**z/a.py\n***\n!*.py\n"},
		"contents":   {".gitignore": "tmp/*\n!tmp/keep/\nvendor/*\n!vendor/ours\n"},
		"no return":  {".gitignore": "tmp\n!tmp/keep.txt\n"},
		"spaces":     {".gitignore": "foo bar  \nsp\\ \n\n   \n"},
		"escapes":    {".gitignore": "\\#hash\n\\!bang\nstar\\*name\nback\\\\slash\nq\\?.c\n"},
		"classes":    {".gitignore": "a[0-9].py\n"},
		"negated":    {".gitignore": "a[!0-9].py\n"},
		"caret":      {".gitignore": "a[^12].py\n"},
		"brackets":   {".gitignore": "a[]^-].py\n"},
		"posix":      {".gitignore": "a[[:digit:]].py\n"},
		"broken":     {".gitignore": "a[0-9.py\nfoo\\\n"},
		"slash":      {".gitignore": "x[/]z\nsrc?a.py\n/\n//\n"},
		"question":   {".gitignore": "q?.c\n?oo\n"},
		"crlf":       {".gitignore": "*.log\r\nbuild/\r\n"},
		"bom":        {".gitignore": "\ufeff*.log\n"},
		"unicode":    {".gitignore": "Ünï.py\nüber/\n"},
		"nested":     {".gitignore": "*.py\n", "src/.gitignore": "!a.py\n/deep/er\n", "x/.gitignore": "z/\n!y/z/\n"},
		"exclude":    {".git/info/exclude": "*.md\n/foo\n", ".gitignore": "!docs/a.md\n"},
		"all":        {".gitignore": "*\n!src/\n!src/a.py\n!.gitignore\n"},
		"folder.py":  {".gitignore": "*.py/\n"},
		"comment":    {".gitignore": "# foo\n#foo\nfoo # not a comment\n"},
		"many":       {".gitignore": strings.Repeat("*a", 30) + "b\n" + strings.Repeat("**/", 30) + "foo\n"},
		"last wins":  {".gitignore": "*.py\n!a.py\na.py\n!ab.py\n"},
		"data":       {".gitignore": "data/*\n!data/*.json\n"},
		"dot":        {".gitignore": ".\n./foo\nsrc/./a.py\n"},
		"class type": {".gitignore": "[a-b].py\n[[:alpha:]]1.py\n[[:nonsense:]].py\n"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			git(t, root, "init", "-q")
			for _, n := range names {
				filetest.Put(t, root, map[string]string{n: ""})
			}
			filetest.Put(t, root, ignore)
			filetest.Put(t, root, map[string]string{".git/names": strings.Join(names, "\x00")})
			check := exec.Command("sh", "-c", "git -c core.excludesFile=/dev/null check-ignore --no-index --stdin -z < .git/names")
			check.Dir = root
			out, _ := check.Output() // its status says whether any is
			ignored := strings.Split(string(out), "\x00")
			want := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(ignored, n) })
			got := walked(t, Options{Root: root, Paths: []string{root}})
			got = slices.DeleteFunc(got, func(p string) bool { return filepath.Base(p) == ".gitignore" })
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				for _, n := range names {
					if slices.Contains(got, n) != slices.Contains(want, n) {
						t.Errorf("%q: found %v, git would %v", n, slices.Contains(got, n), slices.Contains(want, n))
					}
				}
			}
		})
	}
}

func TestIgnoreFilesAboveTheFolderCount(t *testing.T) {
	root := t.TempDir()
	filetest.Put(t, root, map[string]string{
		".git/HEAD": "", ".git/info/exclude": "*.txt\n", ".gitignore": "gen/\n", "src/.gitignore": "*.log\n",
		"src/app/a.py": "", "src/app/a.log": "", "src/app/a.txt": "", "src/app/gen/a.py": "", "src/app/.git-no": "",
	})
	at := filepath.Join(root, "src/app")
	if got := walked(t, Options{Root: at, Paths: []string{at}}); !slices.Equal(got, []string{".git-no", "a.py"}) {
		t.Fatalf("found %q", got)
	}
	if got := walked(t, Options{Root: at, Paths: []string{at}, NoIgnore: true}); len(got) != 5 {
		t.Fatalf("found %q", got)
	}
}

func FuzzPattern(f *testing.F) {
	f.Add("a[!0-9]/**/b", "a/b")
	f.Fuzz(func(t *testing.T, line, path string) {
		if p, ok := parsePattern(line); ok {
			p.matches(path, false)
		}
	})
}
