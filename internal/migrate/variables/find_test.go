package variables

import (
	json_ "encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
	"hoofprint/migration"
)

var update = flag.Bool("update", false, "write what is found into testdata; read the difference")

// changes are the kinds of change there are, apart from the registry's own rows.
var changes = []migration.Change{
	{ID: "gone", Kind: migration.Setting, What: migration.Removed, Fix: "safe", Names: []string{"DD_PROFILING_API_TIMEOUT", "DD_PROFILING_STACK_V2_ENABLED", "DD_AIOREDIS_*"}},
	{ID: "analytics", Kind: migration.Setting, What: migration.Removed, Fix: "safe", Names: []string{"DD_TRACE_ANALYTICS_ENABLED", "DD_<INTEGRATION>_ANALYTICS_ENABLED"}},
	{ID: "renamed", Kind: migration.Setting, What: migration.Renamed, Fix: "safe", Names: []string{"DD_SERVICE_NAME", "DATADOG_SERVICE_NAME", "DATADOG_PATCH_MODULES", "DATADOG_TAGS"}, Renames: map[string]string{"DATADOG_TAGS": "DD_TAGS", "DATADOG_SERVICE_NAME": "DD_SERVICE", "DD_SERVICE_NAME": "DD_SERVICE", "DATADOG_PATCH_MODULES": "DD_PATCH_MODULES"}},
	{ID: "convert", Kind: migration.Setting, What: migration.Removed, Fix: "unsafe", Names: []string{"DD_TRACE_SAMPLE_RATE", "DD_EXPERIMENTAL_APPSEC_STANDALONE_ENABLED"}},
	{ID: "span-set-tag-str", Kind: migration.API, What: migration.Removed, Names: []string{"ddtrace.trace.Span.set_tag_str"}},
}

// section is a file of a test case.
type section struct{ name, text string }

func sections(text string) (head string, all []section) {
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "-- "); ok && strings.HasSuffix(name, " --") {
			all = append(all, section{name: strings.TrimSuffix(name, " --")})
		} else if n := len(all); n > 0 {
			all[n-1].text += line
		} else {
			head += line
		}
	}
	return head, all
}

// TestFind reads testdata: a file, its findings, and what the safe edits and then all edits make of it.
func TestFind(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("testdata has no cases", err)
	}
	known := newTable(changes)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		head, all := sections(string(text))
		got := head
		for _, s := range all {
			if _, extra := strings.CutPrefix(s.name, "  "); extra {
				continue
			}
			got += fmt.Sprintf("-- %s --\n%s", s.name, s.text) + judge(known, s)
		}
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if got != string(text) {
			t.Errorf("%s: %s", name, firstDifference(string(text), got))
		}
	}
}

func judge(known *table, s section) string {
	f := source.New(s.name, []byte(s.text))
	found := find(known, f)
	out := "--   findings --\n"
	for _, x := range found {
		edit := "none"
		if len(x.Edits) > 0 {
			edit = "unsafe"
		}
		if x.Safe {
			edit = "safe"
		}
		out += fmt.Sprintf("%d:%d %s %s %s\n", x.Line, x.Column, s.text[x.Start:x.End], x.Certainty, edit)
	}
	look := func(text string) []finding.Finding { return find(known, source.New(s.name, []byte(text))) }
	safe := mend(s.text, false, look)
	if safe != s.text {
		out += "--   safe --\n" + safe
	}
	if all := mend(s.text, true, look); all != safe {
		out += "--   unsafe --\n" + all
	}
	return out
}

// mend applies edits until there are none, as --write does: those of neighbours overlap.
func mend(text string, unsafe bool, look func(string) []finding.Finding) string {
	for range 8 {
		after := apply(text, look(text), unsafe)
		if after == text {
			break
		}
		text = after
	}
	return text
}

// apply makes the edits from the last to the first; of overlapping ones the same bytes go once.
func apply(text string, found []finding.Finding, unsafe bool) string {
	last := len(text) + 1
	for i := len(found) - 1; i >= 0; i-- {
		if !found[i].Safe && !unsafe {
			continue
		}
		for _, e := range slices.Backward(found[i].Edits) {
			if e.End > last {
				continue
			}
			text = text[:e.Start] + e.New + text[e.End:]
			last = e.Start
		}
	}
	return text
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range a {
		if i >= len(b) {
			return fmt.Sprintf("line %d: want %q, got nothing", i+1, a[i])
		}
		if a[i] != b[i] {
			return fmt.Sprintf("line %d: want %q, got %q", i+1, a[i], b[i])
		}
	}
	return "more than wanted: " + b[len(a)]
}

// TestLineEnds holds that a file with the line ends of Windows becomes the same, with its own.
func TestLineEnds(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("testdata has no cases", err)
	}
	known := newTable(changes)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, all := sections(string(text))
		for _, s := range all {
			if strings.HasPrefix(s.name, "  ") {
				continue
			}
			crlf := strings.ReplaceAll(s.text, "\n", "\r\n")
			for _, unsafe := range []bool{false, true} {
				look := func(text string) []finding.Finding { return find(known, source.New(s.name, []byte(text))) }
				want := strings.ReplaceAll(mend(s.text, unsafe, look), "\n", "\r\n")
				if got := mend(crlf, unsafe, look); got != want {
					t.Errorf("%s: became %q, want %q", s.name, got, want)
				}
			}
		}
	}
}

// TestAlone holds that JSON stays JSON whichever of its fixes are made: others may be ignored.
func TestAlone(t *testing.T) {
	known := newTable(changes)
	for _, text := range []string{
		`{"env": {"DD_AIOREDIS_SERVICE": "x", "A": 1, "DD_PROFILING_API_TIMEOUT": 1}}`,
		`{"env": {"DD_AIOREDIS_SERVICE": "x", "DD_PROFILING_API_TIMEOUT": 1}}`,
		"{\n  \"A\": 1,\n  \"DD_AIOREDIS_SERVICE\": \"x\",\n  \"DD_PROFILING_API_TIMEOUT\": [1,\n    2]\n}",
		"[{\"name\": \"DD_AIOREDIS_SERVICE\",\n  \"value\": 1}, {\"name\": \"DD_PROFILING_API_TIMEOUT\", \"value\": 1},\n {\"name\": \"DD_PROFILING_STACK_V2_ENABLED\", \"value\": 1}]",
		`["DD_AIOREDIS_SERVICE=x", "DD_PROFILING_API_TIMEOUT=1", "DD_SERVICE_NAME=1"]`,
	} {
		if !json_.Valid([]byte(text)) {
			t.Fatal(text)
		}
		found := find(known, source.New("a.json", []byte(text)))
		for some := range 1 << len(found) {
			var chosen []finding.Finding
			for i, x := range found {
				if some&(1<<i) != 0 {
					if !x.Safe {
						t.Errorf("%s: %s is not safe", text, text[x.Start:x.End])
					}
					chosen = append(chosen, x)
				}
			}
			if after := apply(text, chosen, false); !json_.Valid([]byte(after)) {
				t.Errorf("%s became %s", text, after)
			}
		}
	}
}
