package syntax

import (
	"bufio"
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "compare whole standard libraries with CPython's trees and write testdata/cpython.txt")

// recorded is where the digests of the trees that CPython made of its own libraries are: a
// line for each version with the number of files, the digest of the files, and that of
// CPython's trees. CPython takes a minute to dump a library, so that the test asks it for a
// sample only where the digests say that the rest is the same.
var recorded = filepath.Join("testdata", "cpython.txt")

const sampleSize = 24

// TestStandardLibrary compares our trees of CPython's standard library and test suite with
// its own.
func TestStandardLibrary(t *testing.T) {
	if raceDetector {
		t.Skip("it reads 200 MB: tools/test-go.sh runs it without the race detector")
	}
	known := readRecorded(t)
	for _, version := range versions {
		t.Run(fmt.Sprintf("3.%d", version), func(t *testing.T) {
			p := findPython(t, version)
			full := p.eval(t, "import platform; print(platform.python_version())")
			root := p.eval(t, "import sysconfig; print(sysconfig.get_path('stdlib'))")
			files := libraryFiles(t, root)
			ours := parseAll(t, root, files, version)
			now := digestsOf(files, ours)
			switch before, ok := known[full]; {
			case *update:
				p.compare(t, root, files, ours)
				if !t.Failed() {
					known[full] = now
				}
			case ok && before == now:
				p.compare(t, root, sample(files, sampleSize), ours)
			case ok && before.sources == now.sources:
				t.Errorf("trees of the library of CPython %s are no longer CPython's", full)
				p.compare(t, root, files, ours)
			default:
				t.Logf("the library of CPython %s is not the one that %s was written with: comparing a sample", full, recorded)
				p.compare(t, root, sample(files, 8*sampleSize), ours)
			}
		})
	}
	if *update {
		writeRecorded(t, known)
	}
}

type digests struct {
	files          int
	sources, trees string
}

// parsed is what we make of a file.
type parsed struct{ source, tree string }

func readRecorded(t *testing.T) map[string]digests {
	t.Helper()
	known := map[string]digests{}
	f, err := os.Open(recorded)
	if os.IsNotExist(err) {
		return known
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var version string
		var d digests
		if _, err := fmt.Sscan(lines.Text(), &version, &d.files, &d.sources, &d.trees); err != nil {
			t.Fatalf("%s: %v", recorded, err)
		}
		known[version] = d
	}
	return known
}

func writeRecorded(t *testing.T, known map[string]digests) {
	t.Helper()
	var lines []string
	for version, d := range known {
		lines = append(lines, fmt.Sprintf("%s %d %s %s\n", version, d.files, d.sources, d.trees))
	}
	sort.Strings(lines)
	if err := os.WriteFile(recorded, []byte(strings.Join(lines, "")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// libraryFiles lists the Python files below root, without those of installed packages.
func libraryFiles(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (entry.Name() == "site-packages" || entry.Name() == "dist-packages") {
			return filepath.SkipDir
		}
		if err == nil && entry.Type().IsRegular() && filepath.Ext(path) == ".py" {
			files = append(files, strings.TrimPrefix(path, root+string(filepath.Separator)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 100 {
		t.Fatalf("%s has %d Python files", root, len(files))
	}
	return files
}

func parseAll(t *testing.T, root string, files []string, version int) map[string]parsed {
	t.Helper()
	all := make(map[string]parsed, len(files))
	var mu sync.Mutex
	var wait sync.WaitGroup
	todo := make(chan string)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for file := range todo {
				text, err := os.ReadFile(filepath.Join(root, file))
				if err != nil {
					t.Error(err)
					continue
				}
				result := parsed{shortHash(text), ourHash(text, version)}
				mu.Lock()
				all[file] = result
				mu.Unlock()
			}
		})
	}
	for _, file := range files {
		todo <- file
	}
	close(todo)
	wait.Wait()
	return all
}

func digestsOf(files []string, ours map[string]parsed) digests {
	sources, trees := sha256.New(), sha256.New()
	for _, file := range files {
		fmt.Fprintln(sources, file, ours[file].source)
		fmt.Fprintln(trees, file, ours[file].tree)
	}
	return digests{len(files), fmt.Sprintf("%x", sources.Sum(nil))[:32], fmt.Sprintf("%x", trees.Sum(nil))[:32]}
}

// sample takes n of the files, the same ones each time.
func sample(files []string, n int) []string {
	var some []string
	for i := 0; i < len(files); i += max(1, len(files)/n) {
		some = append(some, files[i])
	}
	return some
}

// compare fails the test for the files of which we and CPython do not say the same.
func (p python) compare(t *testing.T, root string, files []string, ours map[string]parsed) {
	t.Helper()
	var paths []string
	for _, file := range files {
		paths = append(paths, filepath.Join(root, file))
	}
	for i, theirs := range p.hashes(t, paths) {
		if theirs == ours[files[i]].tree {
			continue
		}
		text, err := os.ReadFile(paths[i])
		if err != nil {
			t.Fatal(err)
		}
		p.explain(t, paths[i], text, theirs)
	}
}
