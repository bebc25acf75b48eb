package variables

import "bytes"

// inDotenv understands a file of NAME=value lines.
func inDotenv(text []byte, hits []hit) []use {
	var uses []use
	for _, h := range hits {
		u := use{hit: h}
		line := lineOf(text, h.start)
		before := bytes.TrimSpace(text[line.start:h.start])
		after := bytes.TrimLeft(text[h.end:line.end], " \t")
		first := len(before) == 0 || string(before) == "export"
		switch {
		case bytes.HasPrefix(before, []byte("#")):
		case first && len(after) > 0 && (after[0] == '=' || after[0] == ':'):
			u.role = set
			u.cut = withEnd(text, span{line.start, valueEnd(text, line.end-len(after)+1, line.end)})
			u.whole = true
		case first && len(after) == 0:
			u.role, u.cut, u.whole = pass, withEnd(text, line), true
		default:
			u = around(text, h)
			u.cut = span{}
			if commented(text, h.start) {
				u.role = mention
			}
		}
		uses = append(uses, u)
	}
	return uses
}

// valueEnd is where the line ends on which a value that may be quoted over many lines ends.
func valueEnd(text []byte, at, end int) int {
	for at < end && (text[at] == ' ' || text[at] == '\t') {
		at++
	}
	if at >= end || text[at] != '"' && text[at] != '\'' {
		return end
	}
	l := lexer{text: text, at: at}
	if text[at] == '"' {
		l.quoted()
	} else {
		l.at = l.after(at+1, '\'')
	}
	if l.at >= len(text) && (len(text) == 0 || text[len(text)-1] != text[at]) {
		return end // never closed: no more than this line is of it
	}
	return lineOf(text, l.at).end
}
