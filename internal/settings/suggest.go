package settings

import "strings"

// Suggest returns the known name that name is most likely a misspelling of, or
// "". Names of integrations' settings (DD_<X>_SERVICE, DD_TRACE_<X>_ENABLED)
// are known only for the integrations in the table.
func Suggest(name string) string {
	best, bestDistance := "", maxEdits(name)+1
	for _, known := range Names() {
		if d := distance(name, known, bestDistance); d < bestDistance {
			best, bestDistance = known, d
		}
	}
	return best
}

// maxEdits is how many edits still read as a slip: one in six letters, at least
// two, so that DD_ENVS finds DD_ENV and DD_FOO finds nothing.
func maxEdits(name string) int {
	return min(max(2, len(strings.TrimPrefix(name, "DD_"))/6), 4)
}

// distance is the Damerau-Levenshtein distance (a swap of neighbours is one
// edit) of a and b, or limit if it is not below it.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			current[j] = d
		}
		before, previous, current = previous, current, before
	}
	return min(previous[len(b)], limit)
}
