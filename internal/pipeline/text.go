package pipeline

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tagValue brings s into the form in which values of env and service are
// compared: lower case; letters, digits and . / : - stay; each run of anything
// else becomes one underscore, none at the end; at most 200 characters.
func tagValue(s string) string {
	if isTagValue(s) {
		return s
	}
	var b strings.Builder
	b.Grow(min(len(s), maxTagScan))
	pending := false // an underscore is due if anything follows
	runes := 0
	for i, r := range s {
		width := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, width = utf8.DecodeRuneInString(s[i:])
		}
		r = lower(r)
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == '/' || r == ':' || r == '-' {
			if pending {
				b.WriteByte('_')
				pending = false
			}
			b.WriteRune(r)
		} else {
			pending = true
		}
		runes++
		if runes >= maxTagRunes || i+width >= maxTagScan {
			break
		}
	}
	return b.String()
}

// isTagValue tells, for ASCII only, whether s is in the form already.
func isTagValue(s string) bool {
	if len(s) > maxTagRunes {
		return false
	}
	for i := range len(s) {
		if isTagByte(s[i]) {
			continue
		}
		if s[i] != '_' || i+1 == len(s) || !isTagByte(s[i+1]) {
			return false
		}
	}
	return true
}

func isTagByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '/' || c == ':' || c == '-'
}

// lower is the lower-case form of r if it takes as many bytes.
func lower(r rune) rune {
	if !unicode.IsUpper(r) {
		return r
	}
	if l := unicode.ToLower(r); utf8.RuneLen(l) == utf8.RuneLen(r) {
		return l
	}
	return r
}

// operation brings the name of an operation, of at most 100 bytes, into its form:
// it begins at the first ASCII letter, keeps letters, digits and dots, and turns
// each run of anything else into one underscore, which a following dot swallows.
// Case stays. It is "" when there is no letter.
func operation(s string) string {
	for len(s) > 0 && !isLetter(s[0]) {
		s = s[1:]
	}
	if isOperation(s) {
		return strings.TrimSuffix(s, "_")
	}
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		c := s[i]
		last := byte(0)
		if len(out) > 0 {
			last = out[len(out)-1]
		}
		switch {
		case isLetter(c) || isDigit(c):
			out = append(out, c)
		case c == '.' && last == '_':
			out[len(out)-1] = '.'
		case c == '.':
			out = append(out, '.')
		case last != '.' && last != '_':
			out = append(out, '_')
		}
	}
	return strings.TrimSuffix(string(out), "_")
}

// isOperation tells whether s, which begins with a letter, may stay as it is.
// This form is a little wider than what operation makes: an underscore may follow
// a dot.
func isOperation(s string) bool {
	for i := range len(s) {
		c := s[i]
		if isLetter(c) || isDigit(c) {
			continue
		}
		if (c != '.' && c != '_') || s[i-1] == '_' {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
