package settings

import "strings"

// Pair is one of "key:value,key:value".
type Pair struct {
	Key, Value string
	Colon      bool // false: a word alone
}

// Pairs reads a list of pairs as the traced process does: where there is no comma,
// spaces part them.
func Pairs(text string) []Pair {
	separator := " "
	if strings.Contains(text, ",") {
		separator = ","
	}
	var pairs []Pair
	for part := range strings.SplitSeq(text, separator) {
		key, value, colon := strings.Cut(strings.TrimSpace(part), ":")
		if key = strings.TrimSpace(key); key != "" || colon {
			pairs = append(pairs, Pair{Key: key, Value: strings.TrimSpace(value), Colon: colon})
		}
	}
	return pairs
}
