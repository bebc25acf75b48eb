package migrate

import (
	"fmt"
	"path/filepath"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/walk"
	"hoofprint/migration"
)

// choice is which findings are wanted.
type choice struct {
	root        string
	wanted, not []string
	files       []*walk.Patterns
	fileRules   [][]string
}

func newChoice(root string, o Options) (*choice, error) {
	c := &choice{root: root, wanted: o.Config.Select, not: append(o.Config.Ignore[:len(o.Config.Ignore):len(o.Config.Ignore)], o.Ignore...)}
	if len(o.Select) > 0 {
		c.wanted = o.Select
	}
	c.files, c.fileRules = o.Config.PerFile()
	for _, list := range append([][]string{c.wanted, c.not}, c.fileRules...) {
		for _, name := range list {
			if err := checkRule(name); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// checkRule says of a word that it is neither a rule, nor the beginning of one, nor a kind of rules.
func checkRule(name string) error {
	ids := make([]string, 0, len(migration.Changes()))
	for _, c := range migration.Changes() {
		if matches(name, c.ID) {
			return nil
		}
		ids = append(ids, c.ID)
	}
	return fmt.Errorf("there is no rule %q%s; see hoofprint migrate --list-rules", name, walk.Suggest(name, ids))
}

// has says whether a finding is wanted.
func (c *choice) has(f finding.Finding) bool {
	if len(c.wanted) > 0 && !matchesAny(c.wanted, f.Rule) || matchesAny(c.not, f.Rule) {
		return false
	}
	for i, p := range c.files {
		if matchesAny(c.fileRules[i], f.Rule) && p.MatchBelow(filepath.Join(c.root, f.Path)) {
			return false
		}
	}
	return true
}

// matches says whether a word means a rule: its name, the beginning of its name, or its kind.
func matches(word, rule string) bool {
	if word == "" {
		return false
	}
	if strings.HasPrefix(rule, word) {
		return true
	}
	change, ok := migration.Find(rule)
	return ok && string(change.Kind) == word
}

func matchesAny(words []string, rule string) bool {
	for _, word := range words {
		if matches(word, rule) {
			return true
		}
	}
	return false
}
