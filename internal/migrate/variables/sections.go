package variables

import (
	"bytes"
	"strings"
)

// inSections understands TOML, and files of [sections] with `key = value` lines that indented lines go on with.
func inSections(k kind, text []byte, hits []hit) []use {
	if k == toml {
		return inBrackets(k, text, hits)
	}
	uses := make([]use, len(hits))
	for i, h := range hits {
		u := &uses[i]
		*u = around(text, h)
		line := lineOf(text, h.start)
		before := string(text[line.start:h.start])
		lead := strings.TrimLeft(before, " \t")
		after := strings.TrimLeft(string(text[h.end:line.end]), " \t")
		u.cut = span{}
		key, values, named := strings.Cut(lead, "=")
		key = strings.TrimSpace(key)
		switch {
		case strings.HasPrefix(lead, "#") || strings.HasPrefix(lead, ";"):
			u.role = mention
		case commented(text, h.start) && lead != "":
			u.role = mention
		case strings.Trim(lead, "DRU:") == "" && (strings.HasPrefix(after, "=") || strings.HasPrefix(after, ":")):
			u.role, u.doubt = set, false
			u.cut, u.whole = withEnd(text, line), !continued(text, line)
		case lead == "" && (after == "" || after[0] == '#') && before != "":
			u.role = pass
			u.cut, u.whole = withEnd(text, line), true
		case named && (key == "environment" || key == "env") && (strings.Contains(values, ",") || strings.Contains(after, ",")):
			// supervisord's environment=A="b",C="d"
			from := line.start + strings.IndexByte(string(text[line.start:line.end]), '=') + 1
			u.role = set
			if strings.TrimSpace(values) == "" || strings.HasSuffix(strings.TrimSpace(values), ",") {
				list := group{span: span{from, line.end}, parts: commas(text, from, line.end)}
				if at := partAt(list.parts, h.start); at >= 0 && len(list.parts) > 1 {
					u.cut, u.whole = cutPart(text, list, at)
				}
			}
		case named && (key == "env" || key == "raw-env") && strings.TrimSpace(values) == "" && strings.HasPrefix(after, "="):
			u.role = set // uwsgi's env = A=b, a line each
			u.cut, u.whole = withEnd(text, line), !continued(text, line) && bytes.Contains(text, []byte("[uwsgi]"))
		case named && (key == "passenv" || key == "pass_env"):
			u.role = pass
		}
	}
	return uses
}

// commas splits text at commas outside quotes.
func commas(text []byte, from, to int) []part {
	var parts []part
	for _, g := range groups(json, text[:to], from)[:1] {
		parts = g.parts
	}
	return parts
}

// continued is true if the next line goes on with what a line says, being indented more.
func continued(text []byte, line span) bool {
	next := withEnd(text, line).end
	if next >= len(text) {
		return false
	}
	indent := func(at int) int {
		n := 0
		for at+n < len(text) && (text[at+n] == ' ' || text[at+n] == '\t') {
			n++
		}
		return n
	}
	below := lineOf(text, next)
	return len(bytes.TrimSpace(text[below.start:below.end])) > 0 && indent(below.start) > indent(line.start)
}
