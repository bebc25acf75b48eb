package ground

import "regexp"

// tags are the arguments of a Dockerfile that stand for an image's tag in it.
type tags map[string]bool

var argument = regexp.MustCompile(`(?i)^\s*(?:ARG|ENV)\s+(\w+)[= ]["']?v?(\d+(?:\.\d+){1,2})`)

// tagVariables are those that of finds in lines with FROM.
func (s *scan) tagVariables(of *regexp.Regexp) tags {
	found := tags{}
	if s.kind != docker {
		return found
	}
	for _, l := range s.rows() {
		if text := l.text[:l.note]; fromLine.MatchString(text) {
			if m := of.FindStringSubmatch(text); m != nil {
				found[m[1]] = true
			}
		}
	}
	return found
}

// value is where a line gives one of them its version.
func (t tags) value(text string) (start, end int, ok bool) {
	if len(t) == 0 {
		return 0, 0, false
	}
	m := argument.FindStringSubmatchIndex(text)
	if m == nil || !t[text[m[2]:m[3]]] {
		return 0, 0, false
	}
	return m[4], m[5], true
}
