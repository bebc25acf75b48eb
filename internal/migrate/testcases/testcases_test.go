// Package testcases proves every change: code before, the findings, code after.
//
// A case is a file of sections. Lines before the first say what it shows, and "runs: 3.19, 4.16,
// hoofprint" where the code runs: on ddtrace 3.19 as it is, on ddtrace 4.16 and our own package
// with all edits made (e2e/test_migrated.py). "-- path --" is a file as it is; "-- findings --"
// has a line "path:line:column rule certainty" for each finding; "-- after path --" is the file
// after --write, and "-- unsafe path --" after --write --unsafe, left out if that is the same.
package testcases

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoofprint/internal/migrate"
	"hoofprint/internal/migrate/filetest"
	"hoofprint/migration"
)

var update = flag.Bool("update", false, "write what is found into the cases; read the difference")

// bundle is a case.
type bundle struct {
	head     string
	files    map[string]string
	order    []string // paths of files
	findings string
	after    map[string]string
	unsafe   map[string]string
}

func read(t *testing.T, text string) *bundle {
	c := &bundle{files: map[string]string{}, after: map[string]string{}, unsafe: map[string]string{}}
	add := func(line string) { c.head += line }
	for line := range strings.Lines(text) {
		name, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "-- ")
		if name, ok = cutSuffix(name, ok); !ok {
			add(line)
			continue
		}
		into := c.files
		if name == "findings" {
			add = func(line string) { c.findings += line }
			continue
		} else if path, ok := strings.CutPrefix(name, "after "); ok {
			into, name = c.after, path
		} else if path, ok := strings.CutPrefix(name, "unsafe "); ok {
			into, name = c.unsafe, path
		} else {
			c.order = append(c.order, name)
		}
		if _, twice := into[name]; twice {
			t.Fatalf("%s is there twice", name)
		}
		into[name] = ""
		add = func(line string) { into[name] += line }
	}
	return c
}

func cutSuffix(name string, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	return strings.CutSuffix(name, " --")
}

func (c *bundle) String() string {
	var b strings.Builder
	b.WriteString(c.head)
	for _, path := range c.order {
		fmt.Fprintf(&b, "-- %s --\n%s", path, c.files[path])
	}
	fmt.Fprintf(&b, "-- findings --\n%s", c.findings)
	for _, path := range c.order {
		if text, ok := c.after[path]; ok {
			fmt.Fprintf(&b, "-- after %s --\n%s", path, text)
		}
	}
	for _, path := range c.order {
		if text, ok := c.unsafe[path]; ok {
			fmt.Fprintf(&b, "-- unsafe %s --\n%s", path, text)
		}
	}
	return b.String()
}

// findings are those in a folder, a line each.
func findings(t *testing.T, folder string) string {
	r, err := migrate.Scan(context.Background(), migrate.Options{Paths: []string{folder}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Errors {
		t.Errorf("%s:%d: %s", p.Path, p.Line, p.Message)
	}
	out := ""
	for _, f := range r.Findings {
		if _, ok := migration.Find(f.Rule); !ok {
			t.Errorf("the rule %s is not in the registry", f.Rule)
		}
		if f.Message == "" || f.Fix == "" || strings.HasSuffix(f.Message, ".") {
			t.Errorf("%s: message %q, fix %q", f.Rule, f.Message, f.Fix)
		}
		out += fmt.Sprintf("%s:%d:%d %s %s\n", f.Path, f.Line, f.Column, f.Rule, f.Certainty)
	}
	return out
}

// mended are the files that --write changes.
func mended(t *testing.T, folder string, unsafe bool) map[string]string {
	_, changes, err := migrate.Mend(context.Background(), migrate.Options{Paths: []string{folder}}, migrate.Mending{Unsafe: unsafe})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, c := range changes {
		all[c.Path] = string(c.After)
	}
	return all
}

func TestCases(t *testing.T) {
	names, err := filepath.Glob("*/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("there are no cases", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(name, ".txtar"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want := read(t, string(text))
			got := &bundle{head: want.head, files: want.files, order: want.order}
			folder := t.TempDir()
			filetest.Put(t, folder, want.files)
			got.findings = findings(t, folder)
			got.after = mended(t, folder, false)
			got.unsafe = mended(t, folder, true)
			for path, text := range got.after {
				if got.unsafe[path] == text {
					delete(got.unsafe, path)
				}
			}
			if rule := filepath.Dir(name); !strings.Contains(got.findings, " "+rule+" ") && !strings.Contains(want.head, "nothing: ") {
				t.Errorf("no finding of %s", rule)
			}
			if *update {
				if err := os.WriteFile(name, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got.String() != string(text) {
				t.Errorf("is now:\n%s", got)
			}
			again(t, folder, got.after, false)
			again(t, folder, got.unsafe, true)
		})
	}
}

// again proves that mending what is mended changes nothing.
func again(t *testing.T, folder string, after map[string]string, unsafe bool) {
	filetest.Put(t, folder, after)
	for path, text := range mended(t, folder, unsafe) {
		t.Errorf("a second run changes %s:\n%s", path, text)
	}
}

// TestEveryChangeHasCase holds the promise that every row of the registry is shown.
func TestEveryChangeHasCase(t *testing.T) {
	for _, c := range migration.Changes() {
		cases, err := filepath.Glob(filepath.Join(c.ID, "*.txtar"))
		if err != nil || len(cases) == 0 {
			t.Errorf("%s has no case", c.ID)
		}
	}
}
