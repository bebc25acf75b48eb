package query

import (
	"strconv"
	"strings"
)

// String writes a tree so that Parse gives the same tree again.
func String(e Expr) string {
	var b strings.Builder
	format(&b, e, false)
	return b.String()
}

func format(b *strings.Builder, e Expr, nested bool) {
	switch e := e.(type) {
	case nil:
	case And:
		if len(e) == 0 && nested {
			b.WriteByte('*')
			return
		}
		formatList(b, e, " ", nested)
	case Or:
		formatList(b, e, " OR ", nested)
	case Not:
		b.WriteByte('-')
		format(b, e.X, true)
	case Compare:
		e.format(b)
	case Text:
		quote(b, string(e))
	}
}

func formatList(b *strings.Builder, list []Expr, between string, nested bool) {
	if nested {
		b.WriteByte('(')
	}
	for i, x := range list {
		if i > 0 {
			b.WriteString(between)
		}
		format(b, x, true)
	}
	if nested {
		b.WriteByte(')')
	}
}

func (c Compare) format(b *strings.Builder) {
	b.WriteString(c.Field.String())
	b.WriteByte(':')
	switch c.Op {
	case Exists:
		b.WriteByte('*')
		return
	case Eq:
		quote(b, c.Value)
		return
	case Glob:
		formatGlob(b, c.Value)
		return
	case Lt:
		b.WriteByte('<')
	case Le:
		b.WriteString("<=")
	case Gt:
		b.WriteByte('>')
	case Ge:
		b.WriteString(">=")
	}
	b.WriteString(strconv.FormatFloat(c.Number, 'g', -1, 64))
}

// String writes a field as it is typed.
func (f Field) String() string {
	var b strings.Builder
	if f.Tag {
		b.WriteByte('@')
	}
	for i := range len(f.Name) {
		switch c := f.Name[i]; c {
		case ' ', '\t', '\r', '\n', '(', ')', '"', ':', '\\', '*':
			b.WriteByte('\\')
		}
		b.WriteByte(f.Name[i])
	}
	return b.String()
}

// quote writes a value, bare when nothing in it is special.
func quote(b *strings.Builder, s string) {
	if isPlain(s) {
		b.WriteString(s)
		return
	}
	b.WriteByte('"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('"')
}

func isPlain(s string) bool {
	if s == "" || s == "AND" || s == "OR" || s == "NOT" || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '.', c == '/', c >= 0x80:
		default:
			return false
		}
	}
	return true
}

// formatGlob writes a pattern bare: * and ? stay, the rest that is special is
// escaped.
func formatGlob(b *strings.Builder, pattern string) {
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '\\':
			b.WriteByte(c)
			if i+1 < len(pattern) {
				i++
				b.WriteByte(pattern[i])
			}
			continue
		case ' ', '\t', '\r', '\n', '(', ')', '"':
			b.WriteByte('\\')
		case '-', '[', '{', '<', '>':
			if i == 0 {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(pattern[i])
	}
}
