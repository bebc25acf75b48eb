package query

import (
	"math/rand/v2"
	"testing"
)

// globByDefinition tries every way to read a pattern.
func globByDefinition(pattern, s string) bool {
	switch {
	case pattern == "":
		return s == ""
	case pattern[0] == '*':
		return globByDefinition(pattern[1:], s) || s != "" && globByDefinition(pattern, s[1:])
	case s == "":
		return false
	case pattern[0] == '?':
		return globByDefinition(pattern[1:], s[1:])
	case pattern[0] == '\\' && len(pattern) > 1:
		return pattern[1] == s[0] && globByDefinition(pattern[2:], s[1:])
	}
	return pattern[0] == s[0] && globByDefinition(pattern[1:], s[1:])
}

func TestGlobsMatchByDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	text := func(alphabet string, most int) string {
		b := make([]byte, r.IntN(most+1))
		for i := range b {
			b[i] = alphabet[r.IntN(len(alphabet))]
		}
		return string(b)
	}
	matched := 0
	for i := range 200_000 {
		pattern := text([]string{"ab*", "ab*?", `ab*?\`}[i%3], 7)
		s := text("ab*", 8)
		want := globByDefinition(pattern, s)
		if want {
			matched++
		}
		if got := MatchGlob(pattern, s); got != want {
			t.Fatalf("%q on %q is %v, want %v", pattern, s, got, want)
		}
	}
	if matched < 10_000 {
		t.Errorf("only %d pairs matched: the test tests little", matched)
	}
}
