package query

import "strings"

// MatchGlob tells whether s matches a pattern: * is any run of bytes, ? one
// character, and a backslash takes the next byte literally. It needs no memory
// and at most len(pattern) * len(s) steps, or about len(s) when * is all that is
// special in the pattern.
func MatchGlob(pattern, s string) bool {
	if !strings.ContainsAny(pattern, `?\`) {
		return matchRuns(pattern, s)
	}
	p, i := 0, 0
	star, mark := -1, 0
	for i < len(s) {
		if p < len(pattern) {
			switch c := pattern[p]; {
			case c == '*':
				star, mark = p, i
				p++
				continue
			case c == '?':
				p++
				i += runeWidth(s, i)
				continue
			case c == '\\' && p+1 < len(pattern):
				if pattern[p+1] == s[i] {
					p += 2
					i++
					continue
				}
			case c == s[i]:
				p++
				i++
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		p, i = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchRuns matches a pattern in which only * is special: what lies between two
// of them is best taken where it comes first.
func matchRuns(pattern, s string) bool {
	first, rest, found := strings.Cut(pattern, "*")
	if !found {
		return pattern == s
	}
	s, ok := strings.CutPrefix(s, first)
	if !ok {
		return false
	}
	for {
		run, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(s, run)
		}
		at := strings.Index(s, run)
		if at < 0 {
			return false
		}
		s, rest = s[at+len(run):], next
	}
}

// runeWidth is the length of the character at i; a stray byte counts as one.
func runeWidth(s string, i int) int {
	n := 1
	switch c := s[i]; {
	case c >= 0xf0:
		n = 4
	case c >= 0xe0:
		n = 3
	case c >= 0xc0:
		n = 2
	}
	for k := 1; k < n; k++ {
		if i+k >= len(s) || s[i+k]&0xc0 != 0x80 {
			return k
		}
	}
	return n
}
