package variables

import (
	"bytes"
	"strings"
)

// group is what a pair of brackets holds, in JSON, HCL, TOML or Groovy; the first is the whole text.
type group struct {
	span         // the brackets included
	bracket byte // '{', '[', '(' or 0
	parent  int
	parts   []part
}

// part is an element of a list, a pair of a map, or a statement.
type part struct {
	span
	comma int // offset after the comma that ends it, or 0
}

const maxDepth = 500

// groups reads the brackets of a text from an offset; what does not match is closed where its parent is.
func groups(k kind, text []byte, from int) []group {
	all := []group{{span: span{from, len(text)}, parent: -1}}
	stack := []int{0}
	lines := k == hcl || k == groovy || k == toml
	grow := func(start, end int) {
		g := &all[stack[len(stack)-1]]
		if n := len(g.parts); n > 0 && g.parts[n-1].comma == 0 {
			g.parts[n-1].end = end
		} else {
			g.parts = append(g.parts, part{span: span{start, end}})
		}
	}
	finish := func(comma int) {
		g := &all[stack[len(stack)-1]]
		if n := len(g.parts); n > 0 && g.parts[n-1].comma == 0 {
			g.parts[n-1].comma = comma
		}
	}
	for i := from; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\t':
			i++
		case c == '\n' || c == '\r':
			if g := all[stack[len(stack)-1]]; lines && (g.bracket == 0 || g.bracket == '{' && k != toml) {
				finish(-1)
			}
			i++
		case c == '#' && k != json && k != groovy, c == '/' && i+1 < len(text) && text[i+1] == '/' && k != toml:
			i = lineEnd(text, i)
		case c == '/' && i+1 < len(text) && text[i+1] == '*' && k != toml:
			end := bytes.Index(text[i+2:], []byte("*/"))
			if end < 0 {
				return all
			}
			i += end + 4
		case c == ',':
			finish(i + 1)
			i++
		case c == '{' || c == '[' || c == '(':
			grow(i, i+1)
			if len(stack) > maxDepth {
				return all
			}
			all = append(all, group{span: span{i, len(text)}, bracket: c, parent: stack[len(stack)-1]})
			stack = append(stack, len(all)-1)
			i++
		case c == '}' || c == ']' || c == ')':
			if n := len(stack); n > 1 {
				all[stack[n-1]].end = i + 1
				stack = stack[:n-1]
			}
			grow(i, i+1)
			i++
		case c == '"' || c == '\'' && k != hcl:
			end := stringEnd(k, text, i)
			grow(i, end)
			i = end
		case c == '<' && k == hcl && bytes.HasPrefix(text[i:], []byte("<<")):
			l := lexer{text: text, at: i + 2}
			if l.at < len(text) && text[l.at] == '-' {
				l.at++
			}
			name := l.word()
			l.at = withEnd(text, span{i, lineEnd(text, l.at)}).end
			l.heredoc(bytes.TrimSpace(text[name.start:name.end]))
			end := max(l.at-1, i+2)
			grow(i, end)
			i = end
		default:
			grow(i, i+1)
			i++
		}
	}
	return all
}

func lineEnd(text []byte, i int) int {
	for i < len(text) && text[i] != '\n' && text[i] != '\r' {
		i++
	}
	return i
}

// stringEnd is the offset after the string that begins at i.
func stringEnd(k kind, text []byte, i int) int {
	quote := text[i : i+1]
	if triple := text[i:min(i+3, len(text))]; k != json && k != hcl && len(triple) == 3 && triple[1] == quote[0] && triple[2] == quote[0] {
		if end := bytes.Index(text[i+3:], triple); end >= 0 {
			return i + 3 + end + 3
		}
		return len(text)
	}
	for j := i + 1; j < len(text); j++ {
		switch text[j] {
		case '\\':
			if !(k == toml && quote[0] == '\'') {
				j++
			}
		case quote[0]:
			return j + 1
		case '\n':
			if k != groovy {
				return j // never closed
			}
		case '$':
			if k == hcl && j+1 < len(text) && text[j+1] == '{' {
				l := lexer{text: text[:lineEnd(text, j)], at: j + 1}
				l.bracket()
				j = l.at - 1
			}
		}
	}
	return len(text)
}

// inBrackets understands hits in the formats that have brackets.
func inBrackets(k kind, text []byte, hits []hit, from ...int) []use {
	start := 0
	if len(from) > 0 {
		start = from[0]
	}
	all := groups(k, text, start)
	uses := make([]use, len(hits))
	type place struct{ group, part int }
	places := make([]place, len(hits))
	valued := map[int]bool{}
	current := 0 // groups are in the order of their opening brackets
	for i, h := range hits {
		for current+1 < len(all) && all[current+1].start <= h.start {
			current++
		}
		in := current
		for in > 0 && all[in].end <= h.start {
			in = all[in].parent
		}
		at := partAt(all[in].parts, h.start)
		uses[i] = around(text, h)
		places[i] = place{-1, -1}
		if at < 0 {
			uses[i] = use{hit: h} // in a comment
			continue
		}
		p := all[in].parts[at]
		key, value, pair := cutPair(text[p.start:p.end], k)
		switch {
		case pair && lastKey(key) == h.name && h.start < p.start+len(key)+1:
			uses[i].role = set
			uses[i].cut = span{}
			if k == hcl && in == 0 && bytes.HasPrefix(text[p.start:], []byte("variable")) {
				break
			}
			places[i] = place{in, at}
		case pair && string(bytes.Trim(value, "\"' \t")) == h.name && nameKey(string(bytes.TrimSpace(key))+":") && in > 0:
			uses[i].role, uses[i].cut = mention, span{}
			has, known := valued[in]
			if !known {
				has = hasValue(text, all[in].parts, k)
				valued[in] = has
			}
			if has {
				uses[i].role = set
			}
			outer := all[in].parent
			item := partAt(all[outer].parts, all[in].start)
			if item < 0 || uses[i].role != set {
				break
			}
			whole := all[outer].parts[item]
			header := bytes.TrimSpace(text[whole.start:all[in].start])
			block := k == hcl && all[in].bracket == '{' && all[in].end == whole.end && len(header) > 0 && wordByte(header[0]) && !bytes.Contains(header, []byte("="))
			if all[outer].bracket == '[' && whole.span == all[in].span || block {
				places[i] = place{outer, item}
			}
		case pair && string(bytes.Trim(value, "\"' \t")) == h.name && k != json:
			uses[i].role, uses[i].cut = pass, span{}
		case quotedStart(text, p.span, h) && h.end < p.end && text[h.end] == '=':
			uses[i].role, uses[i].cut = set, span{}
			option := at > 0 && bytes.HasPrefix(bytes.Trim(text[all[in].parts[at-1].start:all[in].parts[at-1].end], `"' `), []byte("-"))
			if all[in].bracket == '[' && !option {
				places[i] = place{in, at}
			}
		case quotedStart(text, p.span, h) && h.end == p.end-1 && all[in].bracket == '[':
			uses[i].role, uses[i].cut = pass, span{}
		}
	}
	going := map[int]int{} // by the group, how many of its parts may go
	for i := range uses {
		if places[i].group >= 0 && idle(uses[i].change) {
			going[places[i].group]++
		}
	}
	for i := range uses {
		at := places[i]
		if at.group < 0 {
			continue
		}
		uses[i].doubt = false
		uses[i].cut, uses[i].whole = cutPart(text, all[at.group], at.part)
		if k == groovy && going[at.group] >= len(all[at.group].parts) {
			uses[i].cut, uses[i].whole = span{}, false // Jenkins refuses an empty environment
		}
	}
	return uses
}

// hasValue is true if one of the pairs is the value that goes with a name.
func hasValue(text []byte, parts []part, k kind) bool {
	for _, p := range parts {
		if k, _, ok := cutPair(text[p.start:p.end], k); ok && strings.HasPrefix(strings.ToLower(strings.Trim(string(k), "\"' ")), "value") {
			return true
		}
	}
	return false
}

func partAt(parts []part, at int) int {
	low, high := 0, len(parts)
	for low < high {
		mid := (low + high) / 2
		if parts[mid].end <= at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < len(parts) && parts[low].start <= at {
		return low
	}
	return -1
}

// cutPair takes `key: value` or `key = value` apart.
func cutPair(text []byte, k kind) (key, value []byte, ok bool) {
	var quote byte
	for i, c := range text {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == ':' && k != toml, c == '=' && k != json:
			return text[:i], text[i+1:], true
		case c == '{' || c == '[' || c == '(' || i > 300:
			return nil, nil, false
		}
	}
	return nil, nil, false
}

// lastKey is X of env.X, "X" and X.
func lastKey(key []byte) string {
	s := strings.Trim(string(bytes.TrimSpace(key)), `"'`)
	return strings.Trim(s[strings.LastIndexByte(s, '.')+1:], `"'`)
}

// quotedStart is true if a part is a string that begins with the name, or with pytest-env's mark and the name.
func quotedStart(text []byte, p span, h hit) bool {
	lead := text[p.start:min(h.start, p.end)]
	if len(lead) == 0 || len(lead) > 3 || lead[0] != '"' && lead[0] != '\'' {
		return false
	}
	return len(lead) == 1 || len(lead) == 3 && lead[2] == ':' && strings.ContainsRune("DRU", rune(lead[1]))
}

// cutPart is what to remove for a list to be without one part: with its comma, or the one before it. The
// cuts of neighbours overlap, so that only one of them is made at a time.
func cutPart(text []byte, g group, at int) (span, bool) {
	p := g.parts[at]
	end := max(p.end, p.comma)
	// The last without a comma takes the one before.
	after := p.comma > 0 || at == 0
	lines, own := ownLines(text, span{p.start, end})
	plain := func(gap []byte) bool { return len(bytes.Trim(gap, ", \t\r\n")) == 0 }
	switch {
	case own && (after || p.comma < 0):
		return lines, true
	case p.comma < 0:
		return span{}, false // ends with its line, but other text is there
	case after && at+1 < len(g.parts):
		gap := span{p.start, g.parts[at+1].start}
		return gap, plain(text[p.end:gap.end])
	case after:
		return span{p.start, end}, true
	}
	gap := span{g.parts[at-1].end, p.end}
	if !plain(text[gap.start:p.start]) {
		return span{}, false
	}
	return gap, true
}

// ownLines are the lines that hold a span and nothing else, but a comment after it.
func ownLines(text []byte, s span) (span, bool) {
	if textBefore(text, s.start) {
		return s, false
	}
	rest := bytes.TrimLeft(text[s.end:], " \t")
	if bytes.HasPrefix(rest, []byte("#")) || bytes.HasPrefix(rest, []byte("//")) {
		s.end = lineEnd(text, s.end)
	}
	return wholeLines(text, s)
}
