package walk

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Config is what a configuration file says; File is "" if there is none.
type Config struct {
	File           string              `toml:"-"`
	Exclude        []string            `toml:"exclude"`
	Select         []string            `toml:"select"`
	Ignore         []string            `toml:"ignore"`
	PerFileIgnores map[string][]string `toml:"per-file-ignores"`
	FailOn         string              `toml:"fail-on"`
	Gitignore      *bool               `toml:"gitignore"`
}

var configKeys = []string{"exclude", "select", "ignore", "per-file-ignores", "fail-on", "gitignore"}

// FindConfig reads the configuration that is for a folder: of each folder upwards hoofprint.toml,
// or pyproject.toml if it has a table for us.
func FindConfig(folder string) (Config, error) {
	for at := folder; ; at = filepath.Dir(at) {
		for _, name := range []string{"hoofprint.toml", "pyproject.toml"} {
			c, found, err := readConfig(filepath.Join(at, name))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil || found {
				return c, err
			}
		}
		if at == filepath.Dir(at) {
			return Config{}, nil
		}
	}
}

// ReadConfig reads a configuration file that the caller names.
func ReadConfig(file string) (Config, error) {
	full, err := filepath.Abs(file)
	if err != nil {
		return Config{}, fmt.Errorf("finding %s: %w", file, err)
	}
	c, found, err := readConfig(full)
	if err != nil {
		return Config{}, err
	}
	if !found {
		return Config{}, fmt.Errorf("%s has no table [%s]", file, strings.Join(table(full), "."))
	}
	return c, nil
}

// table is where in a file our configuration is.
func table(file string) []string {
	if filepath.Base(file) == "pyproject.toml" {
		return []string{"tool", "hoofprint", "migrate"}
	}
	return []string{"migrate"}
}

func readConfig(file string) (Config, bool, error) {
	var c Config
	text, err := os.ReadFile(file)
	if err != nil {
		return c, false, fmt.Errorf("reading the configuration: %w", err)
	}
	at := table(file)
	if len(at) == 3 && !strings.Contains(string(text), "hoofprint") {
		return c, false, nil // most files of this name; one that is broken is not ours to report
	}
	var whole map[string]toml.Primitive
	meta, err := toml.Decode(string(text), &whole)
	if err != nil {
		return c, false, fmt.Errorf("reading the configuration %s: %w", file, err)
	}
	here := whole
	for i, key := range at {
		part, ok := here[key]
		if !ok {
			return c, false, nil
		}
		if i == len(at)-1 {
			err = meta.PrimitiveDecode(part, &c)
		} else {
			here = nil
			err = meta.PrimitiveDecode(part, &here)
		}
		if err != nil {
			return c, false, fmt.Errorf("reading [%s] of %s: %w", strings.Join(at, "."), file, err)
		}
	}
	for _, key := range meta.Undecoded() {
		if len(key) > len(at) && slices.Equal(key[:len(at)], at) {
			return c, false, fmt.Errorf("%s: [%s] has no key %q%s; it has: %s", file, strings.Join(at, "."), key[len(at)],
				Suggest(key[len(at)], configKeys), strings.Join(configKeys, ", "))
		}
	}
	c.File = file
	return c, true, nil
}

// PerFile are the ignored rules by pattern, in the order of the patterns.
func (c Config) PerFile() (patterns []*Patterns, rules [][]string) {
	for _, glob := range slices.Sorted(maps.Keys(c.PerFileIgnores)) {
		patterns = append(patterns, NewPatterns(filepath.Dir(c.File), []string{glob}))
		rules = append(rules, c.PerFileIgnores[glob])
	}
	return patterns, rules
}

// Suggest is `, did you mean "x"?` with the known word that a wrong one is closest to, or "".
func Suggest(wrong string, known []string) string {
	best, closest := "", 3
	for _, word := range known {
		if d := distance(strings.ReplaceAll(strings.ToLower(wrong), "_", "-"), word); d < closest {
			best, closest = word, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// distance is the number of letters to add, take out or change to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			before, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, before+cost)
		}
	}
	return row[len(b)]
}
