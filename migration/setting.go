package migration

import "strings"

// GoneSetting returns the change that took an environment variable away, or gave it another name.
func GoneSetting(name string) (Change, bool) {
	var family Change
	for _, c := range Changes() {
		if c.Kind != Setting || c.What == Deprecated {
			continue
		}
		for _, have := range c.Names {
			if have == name {
				return c, true
			}
			before, after, ok := strings.Cut(have, "*")
			if ok && len(name) > len(before)+len(after) && strings.HasPrefix(name, before) && strings.HasSuffix(name, after) {
				family = c
			}
		}
	}
	return family, family.ID != ""
}
