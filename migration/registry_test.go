package migration

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestChangesAreWellFormed(t *testing.T) {
	id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	version := regexp.MustCompile(`^\d+\.\d+\.0$`)
	ids, names := map[string]bool{}, map[string]string{}
	for _, c := range Changes() {
		if !id.MatchString(c.ID) || ids[c.ID] {
			t.Errorf("the ID %q is malformed or there twice", c.ID)
		}
		ids[c.ID] = true
		if !slices.Contains([]Kind{API, Setting, Behaviour, Ground}, c.Kind) {
			t.Errorf("%s: kind %q", c.ID, c.Kind)
		}
		if !slices.Contains([]What{Removed, Renamed, Changed, Deprecated}, c.What) {
			t.Errorf("%s: what %q", c.ID, c.What)
		}
		if !slices.Contains([]string{"", "safe", "unsafe"}, c.Fix) {
			t.Errorf("%s: fix %q", c.ID, c.Fix)
		}
		if !version.MatchString(c.Since) || len(c.Names) == 0 {
			t.Errorf("%s: since %q, names %q", c.ID, c.Since, c.Names)
		}
		for _, text := range []string{c.Why, c.Instead} {
			if text == "" || strings.HasSuffix(text, ".") || strings.ContainsAny(text, "\n\t") {
				t.Errorf("%s: %q is no sentence without a full stop", c.ID, text)
			}
		}
		for _, name := range c.Names {
			key := string(c.Kind) + " " + name
			if other, twice := names[key]; twice {
				t.Errorf("%s is in %s and in %s", name, other, c.ID)
			}
			names[key] = c.ID
		}
		for old := range c.Renames {
			if !slices.Contains(c.Names, old) {
				t.Errorf("%s renames %s, which is none of its names", c.ID, old)
			}
		}
	}
}

// known are the settings of version 4.16, with their other names.
func known(t *testing.T) map[string]bool {
	data, err := os.ReadFile(filepath.Join("..", "settings", "registry.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Settings []struct {
			Name    string
			Aliases []string
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, s := range file.Settings {
		all[s.Name] = true
		for _, a := range s.Aliases {
			all[a] = true
		}
	}
	return all
}

// captured is what one version of ddtrace offers and reads: PYTHON migration/capture.py wrote it.
type captured struct{ API, Settings map[string]bool }

func capture(t *testing.T, version string) captured {
	data, err := os.ReadFile(filepath.Join("captured", version+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ API, Settings []string }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.API) < 1000 || len(file.Settings) < 400 {
		t.Fatalf("%s has %d names and %d settings", version, len(file.API), len(file.Settings))
	}
	c := captured{map[string]bool{}, map[string]bool{}}
	for _, name := range file.API {
		c.API[name] = true
	}
	for _, name := range file.Settings {
		c.Settings[name] = true
	}
	return c
}

func TestRenamesLeadSomewhere(t *testing.T) {
	now, settings := capture(t, "4.16.0"), known(t)
	for _, c := range Changes() {
		for old, next := range c.Renames {
			if ok := c.Kind == Setting && settings[next] || c.Kind == API && now.API[next]; !ok {
				t.Errorf("%s renames %s to %s, which 4.16 does not have", c.ID, old, next)
			}
		}
	}
}

func TestEverySettingThatWentIsThere(t *testing.T) {
	before, now := capture(t, "3.19.0"), capture(t, "4.16.0")
	for _, name := range []string{
		"DD_TRACE_GLOBAL_TAGS",         // 4.16 asks for it, and makes no tags of it
		"DATADOG_TAGS",                 // only the statsd client of its own metrics reads it
		"DATADOG_TRACE_AGENT_HOSTNAME", // only its being there matters, in functions of a cloud
	} {
		delete(now.Settings, name)
	}
	for name := range before.Settings {
		c, gone := GoneSetting(name)
		switch {
		case !now.Settings[name] && !gone && !known(t)[name]:
			t.Errorf("4.16 does not read %s any more, and no change says so", name)
		case now.Settings[name] && gone:
			t.Errorf("%s says that %s is gone, and 4.16 reads it", c.ID, name)
		}
	}
}

func TestEveryNameThatWentIsThere(t *testing.T) {
	before, now := capture(t, "3.19.0"), capture(t, "4.16.0")
	gone := map[string]bool{
		// A constant of another module, which this one imports.
		"ddtrace.llmobs.decorators.OUTPUT_VALUE": true,
	}
	for _, c := range Changes() {
		if c.Kind != API {
			continue
		}
		for _, name := range c.Names {
			if now.API[name] && (c.What == Removed || c.What == Renamed) {
				t.Errorf("%s says that %s is gone, and 4.16 has it", c.ID, name)
			}
			gone[name] = true
		}
	}
	for name := range before.API {
		if now.API[name] {
			continue
		}
		said := false
		for path := name; path != "" && !said; path = outer(path) {
			said = gone[path]
		}
		if !said {
			t.Errorf("4.16 has no %s, and no change says so", name)
		}
	}
}

// outer is what a name is in: a.b of a.b.c, and a.b.c of a.b.c(d).
func outer(name string) string {
	return name[:max(strings.LastIndexAny(name, ".("), 0)]
}

func TestGoneSetting(t *testing.T) {
	for name, want := range map[string]string{
		"DD_TRACE_GLOBAL_TAGS":                "trace-global-tags",
		"DD_FLASK_ANALYTICS_ENABLED":          "app-analytics-variables",
		"DD_TRACE_FLASK_ANALYTICS_ENABLED":    "app-analytics-variables",
		"DD_REDIS_ANALYTICS_SAMPLE_RATE":      "app-analytics-variables",
		"DD_AIOREDIS_ANYTHING":                "aioredis-variables",
		"DD_SERVICE":                          "",
		"DD_AIOREDIS_":                        "",
		"DD_TRACE_INFERRED_SPANS_ENABLED":     "",
		"DD_TRACE_128_BIT_TRACEID_GENERATION": "",
	} {
		if c, ok := GoneSetting(name); c.ID != want || ok != (want != "") {
			t.Errorf("GoneSetting(%s) = %q, %v, want %q", name, c.ID, ok, want)
		}
	}
}

// TestPythonNamesChangesThatAreThere is about the IDs that the traced process gives its warnings.
func TestPythonNamesChangesThatAreThere(t *testing.T) {
	named := regexp.MustCompile(`\b(?:removed|deprecated|refused|words)\(\s*(?:"[^"]*", )?"([a-z0-9]+(?:-[a-z0-9]+)*)"`)
	seen := 0
	err := filepath.WalkDir(filepath.Join("..", "python", "ddtrace"), func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".py") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			seen++
			if _, ok := Find(m[1]); !ok {
				t.Errorf("%s speaks of the change %s, which is not in changes.json", path, m[1])
			}
		}
		return nil
	})
	if err != nil || seen < 20 {
		t.Errorf("found %d IDs: %v", seen, err)
	}
}
