package settings

import (
	"slices"
	"testing"
)

func TestPairs(t *testing.T) {
	for text, want := range map[string][]Pair{
		"":                 nil,
		" , ":              nil,
		"a:b,c:d":          {{"a", "b", true}, {"c", "d", true}},
		"a:b c:d":          {{"a", "b", true}, {"c", "d", true}},
		" a : b c , d:e:f": {{"a", "b c", true}, {"d", "e:f", true}},
		"a,:b":             {{"a", "", false}, {"", "b", true}},
	} {
		if got := Pairs(text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, not %v", text, got, want)
		}
	}
}
