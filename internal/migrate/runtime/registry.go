package runtime

import "hoofprint/migration"

// bridged tells whether the bridge would have seen a change running.
func (r *Report) bridged(rule string) bool {
	change, known := migration.Find(rule)
	return known && change.Bridge
}
