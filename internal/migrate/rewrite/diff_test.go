package rewrite

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// applied gives a diff to git apply and returns the file.
func applied(t *testing.T, path, diff string, old []byte) []byte {
	t.Helper()
	root := t.TempDir()
	full := filepath.Join(root, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, old, 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-")
	c.Dir = root
	c.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(root))
	c.Stdin = strings.NewReader(diff)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("git apply: %v\n%s\n%s", err, out, diff)
	}
	now, err := os.ReadFile(full)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func TestDiffIsWhatGitApplies(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	f := func(path, old, new string) {
		t.Helper()
		if got := applied(t, path, Diff(path, []byte(old), []byte(new)), []byte(old)); string(got) != new {
			t.Fatalf("%q became %q, not %q", old, got, new)
		}
	}
	f("a.py", "a\nb\nc\n", "a\nX\nc\n")
	f("a.py", "a\nb\nc", "a\nb\nX")
	f("a.py", "a\nb\nc", "a\nb\nc\n")
	f("a.py", "a\r\nb\r\nc\r\n", "a\r\nX\r\nc\r\n")
	f("a.py", "a\n", "X\na\n")
	f("a.py", "a\nb\n", "b\n")
	f("dir/with space.py", "a\n", "b\n")
	f("ü.py", "a\xe9\n", "b\xe9\n")
	f("tab\tquote\"back\\.py", "a\n", "b\n")
	if got := Diff("a", []byte("same\n"), []byte("same\n")); got != "" {
		t.Fatalf("%q", got)
	}
}

func TestDiffOfManyEdits(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		var old, new bytes.Buffer
		for range r.IntN(60) {
			line := []byte{byte('a' + r.IntN(3)), '\n'}
			old.Write(line)
			switch r.IntN(8) {
			case 0:
			case 1:
				new.WriteString("new\n")
			case 2:
				new.WriteString("more\n")
				new.Write(line)
			default:
				new.Write(line)
			}
		}
		if bytes.Equal(old.Bytes(), new.Bytes()) || old.Len() == 0 || new.Len() == 0 {
			continue
		}
		diff := Diff("a.py", old.Bytes(), new.Bytes())
		if got := applied(t, "a.py", diff, old.Bytes()); !bytes.Equal(got, new.Bytes()) {
			t.Fatalf("%q became %q, not %q\n%s", old.Bytes(), got, new.Bytes(), diff)
		}
	}
}

func TestDiffShowsThreeLinesAround(t *testing.T) {
	old := strings.Repeat("x\n", 3) + "a\nb\nc\nd\ne\nf\ng\nh\ni\n"
	new := strings.Replace(old, "d\n", "D\n", 1)
	want := "--- a/p\n+++ b/p\n@@ -4,7 +4,7 @@\n a\n b\n c\n-d\n+D\n e\n f\n g\n"
	if got := Diff("p", []byte(old), []byte(new)); got != want {
		t.Fatalf("%s", got)
	}
}
