package syntax

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var versions = []int{9, 10, 11, 12, 13, 14}

// python is a CPython of 3.version, to compare with.
type python struct {
	version int
	path    string
}

// findPython skips the test where there is no such CPython.
func findPython(t *testing.T, version int) python {
	t.Helper()
	name := fmt.Sprintf("3.%d", version)
	root := filepath.Join("..", "..", "..")
	out, err := exec.Command(filepath.Join(root, "tools", "python.sh"), name).Output()
	if err == nil {
		return python{version, strings.TrimSpace(string(out))}
	}
	path, err := filepath.Abs(filepath.Join(root, ".cache", "cpython-"+name, "python"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("there is no CPython %s to compare with; tools/cpython-3.14.sh fetches 3.14 on Debian", name)
	}
	return python{version, path}
}

// eval returns what an expression of Python prints.
func (p python) eval(t *testing.T, code string) string {
	t.Helper()
	out, err := exec.Command(p.path, "-c", code).Output()
	if err != nil {
		t.Fatalf("asking %s: %v", p.path, err)
	}
	return strings.TrimSpace(string(out))
}

// hashes returns for each file the hash of CPython's dump, or "refused", or "too deep".
func (p python) hashes(t *testing.T, paths []string) []string {
	t.Helper()
	command := exec.Command(p.path, filepath.Join("testdata", "dump.py"), "hash")
	command.Stdin = strings.NewReader(strings.Join(paths, "\n") + "\n")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("dumping with %s: %v", p.path, err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(paths) {
		t.Fatalf("%s dumped %d of %d files", p.path, len(lines), len(paths))
	}
	for i, line := range lines {
		if strings.HasPrefix(line, refused) {
			lines[i] = refused
		}
	}
	return lines
}

const refused = "refused"

// ourHash is the same of our parser.
func ourHash(text []byte, version int) string {
	m, err := Parse(text)
	if err != nil {
		return refused
	}
	return shortHash(dump(m, text, version))
}

func shortHash(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text))[:16] }

// explain fails the test with the first difference between the dumps of a file.
func (p python) explain(t *testing.T, path string, text []byte, theirs string) {
	t.Helper()
	m, err := Parse(text)
	switch {
	case err != nil:
		t.Errorf("%s: CPython 3.%d parses it, we say at %d: %v", path, p.version, err.(*Error).Offset, err)
		return
	case theirs == refused:
		t.Errorf("%s: we parse it, CPython 3.%d does not", path, p.version)
		return
	}
	out, err := exec.Command(p.path, filepath.Join("testdata", "dump.py"), "dump", path).Output()
	if err != nil {
		t.Fatalf("dumping %s with %s: %v", path, p.path, err)
	}
	want, got := bytes.Split(out, []byte("\n")), bytes.Split(dump(m, text, p.version), []byte("\n"))
	for i := range want {
		if i >= len(got) || !bytes.Equal(want[i], got[i]) {
			t.Errorf("%s: CPython 3.%d has\n%s\nwe have\n%s", path, p.version, around(want, i), around(got, i))
			return
		}
	}
	t.Errorf("%s: our dump is longer than that of CPython 3.%d", path, p.version)
}

func around(lines [][]byte, i int) []byte {
	return bytes.Join(lines[min(len(lines), max(0, i-5)):min(len(lines), i+5)], []byte("\n"))
}

// write makes a file of each text and returns their paths.
func write(t *testing.T, texts []string) []string {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for i, text := range texts {
		path := filepath.Join(dir, strconv.Itoa(i)+".py")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}
