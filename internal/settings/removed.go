package settings

import "hoofprint/migration"

// Removed tells of a setting that version 4 does not read what became of it, and what to do.
func Removed(name string) (instead string, ok bool) {
	c, ok := migration.GoneSetting(name)
	if !ok {
		return "", false
	}
	if next, ok := c.Renames[name]; ok {
		return "set " + next, true
	}
	return c.Why + "; instead: " + c.Instead, true
}
