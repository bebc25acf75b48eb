package query

import "strings"

// word is a bare word: literal without escapes, and as a glob pattern.
type word struct {
	literal string
	pattern string
	glob    bool // holds an unescaped * or ?
}

// word reads up to a space or parenthesis, and up to a colon for a key. A
// backslash takes the next character literally.
func (p *parser) word(key bool) (word, error) {
	var w word
	var literal, pattern strings.Builder
	at := p.pos
	for !p.done() {
		c := p.in[p.pos]
		if isSpace(c) || c == ')' || key && c == ':' {
			break
		}
		if c == '(' || c == '"' {
			return w, p.errorAt(at, p.pos+1, "%q is special; put the value in quotes or write \\%c", c, c)
		}
		if c == '\\' {
			if p.pos+1 >= len(p.in) {
				return w, p.errorAt(p.pos, p.pos+1, "nothing follows the backslash; write \\\\ for itself")
			}
			p.pos++
			c = p.in[p.pos]
			pattern.WriteByte('\\')
		} else if c == '*' || c == '?' && !key {
			w.glob = true
		}
		literal.WriteByte(c)
		pattern.WriteByte(c)
		p.pos++
	}
	w.literal, w.pattern = literal.String(), pattern.String()
	return w, nil
}

// quoted reads a phrase in double quotes, in which \" and \\ are escapes.
func (p *parser) quoted() (string, error) {
	at := p.pos
	var b strings.Builder
	for p.pos++; !p.done(); p.pos++ {
		switch c := p.in[p.pos]; c {
		case '"':
			p.pos++
			return b.String(), nil
		case '\\':
			if p.pos+1 < len(p.in) && (p.in[p.pos+1] == '"' || p.in[p.pos+1] == '\\') {
				p.pos++
			}
			b.WriteByte(p.in[p.pos])
		default:
			b.WriteByte(c)
		}
	}
	return "", p.errorAt(at, len(p.in), "this quote is never closed; add a \"")
}
