package variables

import "bytes"

// word is a word of a shell command: its bytes with quotes and expansions.
type word struct {
	span
	// runs says that it runs commands of its own, which go with it: $(...) or `...`.
	runs bool
}

// command is a simple command and what separates it from its neighbours.
type command struct {
	words []word
	// before and after are the operators around it: "" at the ends of the text, "\n", ";", "&&", "|", "(", ...
	before, after string
}

// commands splits the text between two offsets into commands, as a shell does: quotes, comments,
// here documents and continued lines count; what is inside words is not looked into.
func commands(text []byte, start, end int) []command {
	l := lexer{text: text[:end], at: start}
	var all []command
	now := command{}
	heredocs := [][]byte{}
	finish := func(op string) {
		now.after = op
		if len(now.words) > 0 || op == "(" || op == ")" {
			all = append(all, now)
			now = command{before: op}
		} else if op != "\n" {
			now.before = op
		}
	}
	for l.at < end {
		c := l.text[l.at]
		switch {
		case c == ' ' || c == '\t':
			l.at++
		case c == '\\' && l.breakAt(l.at+1) > 0:
			l.at += 1 + l.breakAt(l.at+1)
		case l.breakAt(l.at) > 0:
			l.at += l.breakAt(l.at)
			for _, word := range heredocs {
				l.heredoc(word)
			}
			heredocs = heredocs[:0]
			finish("\n")
		case c == '#':
			for l.at < end && l.breakAt(l.at) == 0 {
				l.at++
			}
		case c == '<' && bytes.HasPrefix(l.text[l.at:], []byte("<<")) && !bytes.HasPrefix(l.text[l.at:], []byte("<<<")):
			l.at += 2
			for l.at < end && (l.text[l.at] == '-' || l.text[l.at] == ' ') {
				l.at++
			}
			w := l.word()
			if name := bytes.Trim(l.text[w.start:w.end], `"'\`); len(name) > 0 {
				heredocs = append(heredocs, name)
			}
		case c == '<' || c == '>':
			l.at++
		case c == ';' || c == '&' || c == '|' || c == '(' || c == ')':
			from := l.at
			for l.at < end && l.text[l.at] == c && c != '(' && c != ')' {
				l.at++
			}
			l.at = max(l.at, from+1)
			finish(string(l.text[from:l.at]))
		default:
			w := l.word()
			if w.empty() {
				l.at++
				continue
			}
			now.words = append(now.words, w)
		}
	}
	finish("")
	return all
}

// plainWords splits text at blanks and continued lines alone; a line of # and more is a comment.
func plainWords(text []byte, start, end int) []word {
	l := lexer{text: text[:end], at: start, plain: true}
	var words []word
	for l.at < end {
		switch c := l.text[l.at]; {
		case c == ' ' || c == '\t':
			l.at++
		case (c == '\\' || c == '`') && l.breakAt(l.at+1) > 0:
			l.at += 1 + l.breakAt(l.at+1)
		case l.breakAt(l.at) > 0:
			l.at += l.breakAt(l.at)
		case c == '#' && len(bytes.TrimSpace(text[lineOf(text, l.at).start:l.at])) == 0:
			l.at = lineOf(text, l.at).end
		default:
			w := l.word()
			if w.empty() {
				l.at++
				continue
			}
			words = append(words, w)
		}
	}
	return words
}

type lexer struct {
	text  []byte
	at    int
	plain bool // only blanks end a word, and nothing in it runs
}

// breakAt is the length of the line end at an offset, or 0.
func (l *lexer) breakAt(at int) int {
	switch {
	case at >= len(l.text):
		return 0
	case l.text[at] == '\n':
		return 1
	case l.text[at] == '\r' && at+1 < len(l.text) && l.text[at+1] == '\n':
		return 2
	case l.text[at] == '\r':
		return 1
	}
	return 0
}

// word reads to the end of a word.
func (l *lexer) word() word {
	w := word{span: span{l.at, l.at}}
	for l.at < len(l.text) {
		c := l.text[l.at]
		if l.plain && bytes.IndexByte([]byte(";&|<>()`$"), c) >= 0 {
			l.at++
			continue
		}
		switch c {
		case ' ', '\t', '\n', '\r', ';', '&', '|', '<', '>', '(', ')':
			w.end = l.at
			return w
		case '\\':
			if l.breakAt(l.at+1) > 0 {
				w.end = l.at
				return w
			}
			l.at += 2
		case '\'':
			l.at = l.after(l.at+1, '\'')
		case '"':
			from := l.at
			l.quoted()
			if l.plain {
				continue
			}
			if bytes.Contains(l.text[from:min(l.at, len(l.text))], []byte("$(")) || bytes.IndexByte(l.text[from:min(l.at, len(l.text))], '`') >= 0 {
				w.runs = true
			}
		case '`':
			w.runs = true
			l.at = l.after(l.at+1, '`')
		case '$':
			l.at++
			if l.at < len(l.text) && (l.text[l.at] == '(' || l.text[l.at] == '{') {
				w.runs = w.runs || l.text[l.at] == '('
				l.bracket()
			}
		default:
			l.at++
		}
	}
	l.at = min(l.at, len(l.text))
	w.end = l.at
	return w
}

func (l *lexer) after(from int, c byte) int {
	if from >= len(l.text) {
		return len(l.text)
	}
	if i := bytes.IndexByte(l.text[from:], c); i >= 0 {
		return from + i + 1
	}
	return len(l.text)
}

func (l *lexer) quoted() {
	for l.at++; l.at < len(l.text); l.at++ {
		switch l.text[l.at] {
		case '\\':
			l.at++
		case '"':
			l.at++
			return
		}
	}
	l.at = min(l.at, len(l.text))
}

// bracket reads past the bracket that closes the one it stands on.
func (l *lexer) bracket() {
	depth := 0
	for ; l.at < len(l.text); l.at++ {
		switch l.text[l.at] {
		case '\\':
			l.at++
		case '\'':
			l.at = l.after(l.at+1, '\'') - 1
		case '(', '{':
			depth++
		case ')', '}':
			if depth--; depth == 0 {
				l.at++
				return
			}
		}
	}
	l.at = min(l.at, len(l.text))
}

// heredoc skips the lines to the one that holds only the word.
func (l *lexer) heredoc(name []byte) {
	for l.at < len(l.text) {
		line := lineOf(l.text, l.at)
		l.at = max(withEnd(l.text, line).end, l.at+1)
		if bytes.Equal(bytes.TrimSpace(l.text[line.start:line.end]), name) {
			return
		}
	}
	l.at = min(l.at, len(l.text))
}
