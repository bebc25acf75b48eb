package variables

import (
	json_ "encoding/json"
	"testing"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/textcases"
	"hoofprint/migration"
)

// changes are the kinds of change there are, apart from the registry's own rows.
var changes = []migration.Change{
	{ID: "gone", Kind: migration.Setting, What: migration.Removed, Fix: "safe", Names: []string{"DD_PROFILING_API_TIMEOUT", "DD_PROFILING_STACK_V2_ENABLED", "DD_AIOREDIS_*"}},
	{ID: "analytics", Kind: migration.Setting, What: migration.Removed, Fix: "safe", Names: []string{"DD_TRACE_ANALYTICS_ENABLED", "DD_<INTEGRATION>_ANALYTICS_ENABLED"}},
	{ID: "renamed", Kind: migration.Setting, What: migration.Renamed, Fix: "safe", Names: []string{"DD_SERVICE_NAME", "DATADOG_SERVICE_NAME", "DATADOG_PATCH_MODULES", "DATADOG_TAGS"}, Renames: map[string]string{"DATADOG_TAGS": "DD_TAGS", "DATADOG_SERVICE_NAME": "DD_SERVICE", "DD_SERVICE_NAME": "DD_SERVICE", "DATADOG_PATCH_MODULES": "DD_PATCH_MODULES"}},
	{ID: "convert", Kind: migration.Setting, What: migration.Removed, Fix: "unsafe", Names: []string{"DD_TRACE_SAMPLE_RATE", "DD_EXPERIMENTAL_APPSEC_STANDALONE_ENABLED"}},
	{ID: "span-set-tag-str", Kind: migration.API, What: migration.Removed, Names: []string{"ddtrace.trace.Span.set_tag_str"}},
}

// look finds what the kinds of change have.
func look(f *source.File) []finding.Finding { return find(newTable(changes), f) }

func TestFind(t *testing.T) { textcases.Run(t, look) }

func TestLineEnds(t *testing.T) { textcases.LineEnds(t, look) }

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
			if after := textcases.Apply(text, chosen, false); !json_.Valid([]byte(after)) {
				t.Errorf("%s became %s", text, after)
			}
		}
	}
}
