package syntax

import (
	"unicode"
	"unicode/utf8"
)

// CPython's limits.
const (
	maxIndents  = 100
	maxBrackets = 200
)

// lexer cuts a text into tokens. It panics with an *Error, which Parse and Tokens return.
type lexer struct {
	src      string
	pos      int
	toks     []Token
	trivia   bool   // keep comments and blank newlines
	utf8     bool   // else one byte is one character
	unended  bool   // the file ends within a line
	brackets []byte // closing brackets that are due
	indents  []indent
}

// indent is the width of a block's indentation with tabs of 8 and of 1 columns.
type indent struct{ col, alt int }

// Classes of bytes.
const (
	isOther = iota
	isName  // may begin a name
	isDigit
	isSpace
	isNewline
	isQuote
)

var class = func() (table [256]uint8) {
	for c := range table {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c >= 0x80:
			table[c] = isName
		case c >= '0' && c <= '9':
			table[c] = isDigit
		}
	}
	table[' '], table['\t'], table['\f'] = isSpace, isSpace, isSpace
	table['\n'], table['\r'] = isNewline, isNewline
	table['\''], table['"'] = isQuote, isQuote
	return table
}()

func fail(offset int, message string) {
	panic(&Error{Offset: offset, Message: message})
}

// run cuts the whole text.
func (l *lexer) run() {
	l.indents = append(l.indents, indent{})
	for l.pos < len(l.src) {
		if l.lineStart() {
			l.words(false, format{})
		}
	}
	end := len(l.src)
	if l.unended {
		l.add(Newline, end, end)
	}
	for range l.indents[1:] {
		l.add(Dedent, end, end)
	}
	l.add(EndMarker, end, end)
	if l.utf8 && !utf8.ValidString(l.src) {
		l.checkUTF8()
	}
}

// checkUTF8 fails where a token is not UTF-8. CPython before 3.14 minds no other bytes than
// those in the comments of a module that it imports.
func (l *lexer) checkUTF8() {
	for _, t := range l.toks {
		word := l.src[t.Start:t.End]
		if t.Kind != Comment && !utf8.ValidString(word) {
			fail(int(t.Start)+invalidUTF8(word), "the file is not UTF-8")
		}
	}
}

func (l *lexer) add(kind TokenKind, start, end int) {
	l.toks = append(l.toks, Token{Span{int32(start), int32(end)}, kind})
}

func (l *lexer) at(i int) byte {
	if i < len(l.src) {
		return l.src[i]
	}
	return 0
}

// lineEnd returns the offset after the newline at i.
func (l *lexer) lineEnd(i int) int {
	if l.src[i] == '\r' && l.at(i+1) == '\n' {
		return i + 2
	}
	return i + 1
}

// lineStart reads the indentation of a line; false if the line is blank, and then read.
func (l *lexer) lineStart() bool {
	col, alt, continued := 0, 0, -1
	start := l.pos
	for ; l.pos < len(l.src); l.pos++ {
		switch l.src[l.pos] {
		case ' ':
			col, alt = col+1, alt+1
			continue
		case '\t':
			col, alt = (col/8+1)*8, alt+1
			continue
		case '\f':
			col, alt = 0, 0
			continue
		case '\\':
			if continued < 0 && col > 0 {
				continued = col
			}
			l.continuation()
			l.pos--
			continue
		case '#':
			l.comment()
			if l.pos < len(l.src) {
				l.blank()
			}
			return false
		case '\n', '\r':
			l.blank()
			return false
		}
		break
	}
	if l.pos == len(l.src) {
		return false
	}
	if continued > 0 {
		col, alt = continued, continued
	}
	l.indentation(start, indent{col, alt})
	return true
}

func (l *lexer) blank() {
	end := l.lineEnd(l.pos)
	if l.trivia {
		l.add(BlankNewline, l.pos, end)
	}
	l.pos = end
}

func (l *lexer) indentation(start int, now indent) {
	top := l.indents[len(l.indents)-1]
	if now.col > top.col {
		if len(l.indents) >= maxIndents {
			fail(l.pos, "too many levels of indentation")
		}
		if now.alt <= top.alt {
			fail(l.pos, "inconsistent use of tabs and spaces in indentation")
		}
		l.indents = append(l.indents, now)
		l.add(Indent, start, l.pos)
		return
	}
	for now.col < top.col {
		l.indents = l.indents[:len(l.indents)-1]
		top = l.indents[len(l.indents)-1]
		l.add(Dedent, l.pos, l.pos)
	}
	if now.col != top.col {
		fail(l.pos, "unindent does not match any outer indentation level")
	}
	if now.alt != top.alt {
		fail(l.pos, "inconsistent use of tabs and spaces in indentation")
	}
}

// continuation skips a backslash and the end of the line after it.
func (l *lexer) continuation() {
	next := l.pos + 1
	if next < len(l.src) {
		if c := l.src[next]; c != '\n' && c != '\r' {
			fail(next, "unexpected character after line continuation character")
		}
		next = l.lineEnd(next)
	}
	// CPython up to 3.11 lets a file end with \ and CRLF.
	if crlf := next == l.pos+3; next >= len(l.src) && !crlf {
		fail(l.pos, "unexpected end of file after line continuation character")
	}
	l.pos = next
}

func (l *lexer) comment() {
	start := l.pos
	for l.pos < len(l.src) && l.src[l.pos] != '\n' && l.src[l.pos] != '\r' {
		l.pos++
	}
	if l.trivia {
		l.add(Comment, start, l.pos)
	}
}

// words cuts the rest of a logical line, or an f-string's field to its closing brace.
func (l *lexer) words(field bool, f format) {
	base := len(l.brackets)
	for l.pos < len(l.src) {
		start := l.pos
		c := l.src[start]
		switch class[c] {
		case isSpace:
			l.pos++
		case isName:
			l.word()
		case isDigit:
			l.number()
		case isQuote:
			l.str(start, false)
		case isNewline:
			if field || len(l.brackets) > 0 {
				l.blank()
				continue
			}
			l.pos = l.lineEnd(start)
			l.add(Newline, start, l.pos)
			return
		default:
			switch {
			case c == '#':
				l.comment()
			case c == '\\':
				l.continuation()
			case c == '.' && class[l.at(start+1)] == isDigit:
				l.number()
			case field && len(l.brackets) == base && l.fieldEnd(c, f):
				if c == '}' {
					return
				}
			default:
				l.operator(c)
			}
		}
	}
	if field || len(l.brackets) > 0 {
		fail(len(l.src), "unexpected end of file: a bracket was never closed")
	}
	l.unended = true
}

// word reads a name or keyword, or the string that it is the prefix of.
func (l *lexer) word() {
	start, end := l.pos, l.pos
	ascii := true
	for end < len(l.src) {
		c := l.src[end]
		if k := class[c]; k != isName && k != isDigit {
			break
		}
		if c >= 0x80 {
			ascii = false
		}
		end++
	}
	word := l.src[start:end]
	if len(word) <= 2 && end < len(l.src) && class[l.src[end]] == isQuote {
		switch prefixOf(word) {
		case plainPrefix:
			l.pos = end
			l.str(start, false)
			return
		case formatPrefix:
			l.pos = end
			l.str(start, true)
			return
		}
	}
	l.pos = end
	if !ascii {
		l.checkName(start, end)
		l.add(Identifier, start, end)
		return
	}
	l.add(wordKind(word), start, end)
}

// checkName fails where a name has a character that is none of a name.
func (l *lexer) checkName(start, end int) {
	if !l.utf8 {
		return
	}
	for i, r := range l.src[start:end] {
		if r < utf8.RuneSelf || unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start) {
			continue
		}
		if i > 0 && unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue) {
			continue
		}
		fail(start+i, "invalid character in a name")
	}
}

const (
	noPrefix = iota
	plainPrefix
	formatPrefix
)

func prefixOf(word string) int {
	letters := 0
	for i := range len(word) {
		switch word[i] | 0x20 {
		case 'r':
			letters |= 1
		case 'b':
			letters |= 2
		case 'u':
			letters |= 4
		case 'f', 't':
			letters |= 8
		default:
			return noPrefix
		}
	}
	if len(word) == 2 && letters != 1|2 && letters != 1|8 {
		return noPrefix
	}
	if letters&8 != 0 {
		return formatPrefix
	}
	return plainPrefix
}

// str reads a literal whose prefix begins at start and whose quotes are at l.pos.
func (l *lexer) str(start int, format bool) {
	quote := l.src[l.pos]
	triple := l.at(l.pos+1) == quote && l.at(l.pos+2) == quote
	if format {
		l.fstring(start, quote, triple)
		return
	}
	i := l.pos + 1
	if triple {
		i += 2
	}
	for i < len(l.src) {
		switch c := l.src[i]; {
		case c == '\\':
			i++
			if i < len(l.src) {
				if i = i + 1; l.src[i-1] == '\r' && l.at(i) == '\n' {
					i++
				}
			}
			continue
		case c == quote:
			if !triple || l.at(i+1) == quote && l.at(i+2) == quote {
				if l.pos = i + 1; triple {
					l.pos += 2
				}
				l.add(StringLiteral, start, l.pos)
				return
			}
		case !triple && (c == '\n' || c == '\r'):
			fail(start, "unterminated string literal")
		}
		i++
	}
	fail(start, "unterminated string literal")
}
