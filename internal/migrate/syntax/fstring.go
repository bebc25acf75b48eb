package syntax

import "strings"

// fstring reads an f-string whose prefix begins at start and whose quotes are at l.pos.
//
// Before 3.12 an f-string was an ordinary literal at first, so that its fields could have
// neither its quotes nor backslashes; what was valid then is valid and the same now.
func (l *lexer) fstring(start int, quote byte, triple bool) {
	f := format{start: start, quote: quote, triple: triple}
	f.raw = strings.ContainsAny(l.src[start:l.pos], "rR")
	if l.pos++; triple {
		l.pos += 2
	}
	l.add(FStringStart, start, l.pos)
	l.format(f, false)
}

// format is an f-string that is being read.
type format struct {
	start  int
	quote  byte
	triple bool
	raw    bool
}

// format reads the text and the fields up to the closing quotes, or a format spec up to the
// brace that closes its field.
func (l *lexer) format(f format, spec bool) {
	start := l.pos
	middle := func() {
		if l.pos > start {
			l.add(FStringMiddle, start, l.pos)
		}
	}
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; c {
		case f.quote:
			if f.triple && (l.at(l.pos+1) != c || l.at(l.pos+2) != c) {
				l.pos++
				continue
			}
			if spec {
				fail(l.pos, "f-string: a field was never closed")
			}
			middle()
			end := l.pos + 1
			if f.triple {
				end += 2
			}
			l.add(FStringEnd, l.pos, end)
			l.pos = end
			return
		case '{':
			if !spec && l.at(l.pos+1) == '{' {
				l.pos += 2
				continue
			}
			middle()
			l.field(f)
			start = l.pos
		case '}':
			if spec {
				middle()
				return
			}
			if l.at(l.pos+1) != '}' {
				fail(l.pos, "f-string: single '}' is not allowed")
			}
			l.pos += 2
		case '\\':
			l.formatEscape(f)
		case '\n', '\r':
			if spec && l.specEnd(f) {
				middle()
				l.blanks()
				return
			}
			if !f.triple {
				fail(f.start, "unterminated f-string literal")
			}
			l.pos = l.lineEnd(l.pos)
		default:
			l.pos++
		}
	}
	fail(f.start, "unterminated f-string literal")
}

// formatEscape skips a backslash with what it escapes, if that is no brace.
func (l *lexer) formatEscape(f format) {
	l.pos++
	switch c := l.at(l.pos); {
	case c == '{' || c == '}' || l.pos >= len(l.src):
	case c == '\r' || c == '\n':
		l.pos = l.lineEnd(l.pos)
	case c == 'N' && !f.raw && l.at(l.pos+1) == '{':
		for l.pos++; l.pos < len(l.src) && l.src[l.pos] != '}' && l.src[l.pos] != f.quote && class[l.src[l.pos]] != isNewline; {
			l.pos++
		}
		if l.at(l.pos) == '}' {
			l.pos++
		}
	default:
		l.pos++
	}
}

// specEnd says whether a single-quoted f-string's spec ends with the line: 3.12 and 3.13 let white
// space follow it up to the brace.
func (l *lexer) specEnd(f format) bool {
	return !f.triple && strings.HasPrefix(strings.TrimLeft(l.src[l.pos:], " \t\f\r\n"), "}")
}

func (l *lexer) blanks() {
	for l.pos < len(l.src) && l.src[l.pos] != '}' {
		l.pos++
	}
}

// field reads a replacement field with its braces.
func (l *lexer) field(f format) {
	l.open('}')
	l.add(opOpenBrace, l.pos, l.pos+1)
	l.pos++
	l.words(true, f)
}

// fieldEnd reads what ends the expression of a field, at its own level: a conversion, a
// format spec, the brace.
func (l *lexer) fieldEnd(c byte, f format) bool {
	start := l.pos
	switch {
	case c == '!' && l.at(start+1) != '=':
		l.pos++
		l.add(opBang, start, l.pos)
	case c == ':':
		l.pos++
		l.add(opColon, start, l.pos)
		l.format(f, true)
	case c == '}':
		l.shut('}')
		l.pos++
		l.add(opCloseBrace, start, l.pos)
	default:
		return false
	}
	return true
}
