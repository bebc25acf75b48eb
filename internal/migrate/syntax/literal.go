package syntax

import (
	"strings"
	"unicode/utf8"
)

// text is how the content of a string literal is read.
type text struct {
	raw    bool
	bytes  bool
	format bool // {{ is a brace
	utf8   bool // else a byte of the file is a character of Latin-1
}

// value returns what content, at offset start, stands for. A name of \N{...} stays as it is
// written: it takes a table of Unicode that nothing else here needs.
func (t text) value(content string, start int) string {
	i := t.special(content)
	if i < 0 && (t.utf8 && !t.bytes || isASCII(content)) {
		return content
	}
	if t.bytes && !isASCII(content) {
		fail(start, "bytes can only contain ASCII literal characters")
	}
	if i < 0 {
		i = len(content)
	}
	var b strings.Builder
	b.Grow(len(content))
	t.plain(&b, content[:i])
	for i < len(content) {
		switch c := content[i]; {
		case c == '\r':
			b.WriteByte('\n')
			if i++; i < len(content) && content[i] == '\n' {
				i++
			}
		case t.format && (c == '{' || c == '}'):
			b.WriteByte(c)
			i += 2
		case c == '\\' && !t.raw && i+1 < len(content):
			i += t.escape(&b, content[i:], start+i)
		default:
			t.plain(&b, content[i:i+1])
			i++
		}
	}
	return b.String()
}

// special is the offset of the first byte that may not stand for itself, or -1.
func (t text) special(content string) int {
	for i := range len(content) {
		switch c := content[i]; c {
		case '\\', '\r':
			return i
		case '{', '}':
			if t.format {
				return i
			}
		}
	}
	return -1
}

func (t text) plain(b *strings.Builder, s string) {
	if t.utf8 {
		b.WriteString(s)
		return
	}
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
}

// escape writes what the escape at the start of s stands for and returns its length.
func (t text) escape(b *strings.Builder, s string, offset int) int {
	simple := func(c byte) int {
		b.WriteByte(c)
		return 2
	}
	switch c := s[1]; c {
	case '\n':
		return 2
	case '\r':
		if len(s) > 2 && s[2] == '\n' {
			return 3
		}
		return 2
	case '\\', '\'', '"':
		return simple(c)
	case 'a':
		return simple('\a')
	case 'b':
		return simple('\b')
	case 'f':
		return simple('\f')
	case 'n':
		return simple('\n')
	case 'r':
		return simple('\r')
	case 't':
		return simple('\t')
	case 'v':
		return simple('\v')
	case '0', '1', '2', '3', '4', '5', '6', '7':
		n, code := 1, 0
		for n < 4 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
			code = code*8 + int(s[n]-'0')
			n++
		}
		t.char(b, rune(code))
		return n
	case 'x':
		return t.hex(b, s, 2, offset)
	case 'u', 'U':
		if t.bytes {
			break
		}
		if c == 'u' {
			return t.hex(b, s, 4, offset)
		}
		return t.hex(b, s, 8, offset)
	case 'N':
		if t.bytes {
			break
		}
		end := strings.IndexByte(s, '}')
		if len(s) < 4 || s[2] != '{' || end < 4 {
			fail(offset, "malformed \\N character escape")
		}
		b.WriteString(s[:end+1])
		return end + 1
	}
	b.WriteByte('\\')
	return 1
}

func (t text) hex(b *strings.Builder, s string, digits, offset int) int {
	if len(s) < 2+digits {
		fail(offset, "truncated character escape")
	}
	code := rune(0)
	for i := 2; i < 2+digits; i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			code = code<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			code = code<<4 | rune(c|0x20-'a'+10)
		default:
			fail(offset, "truncated character escape")
		}
		if code > utf8.MaxRune {
			fail(offset, "illegal Unicode character")
		}
	}
	t.char(b, code)
	return 2 + digits
}

// char writes a character, or a byte. A lone surrogate is written as if it were a character.
func (t text) char(b *strings.Builder, code rune) {
	switch {
	case t.bytes:
		b.WriteByte(byte(code))
	case code >= 0xd800 && code < 0xe000:
		b.Write([]byte{0xe0 | byte(code>>12), 0x80 | byte(code>>6)&0x3f, 0x80 | byte(code)&0x3f})
	default:
		b.WriteRune(code)
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
